#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/host/driven/driven_model.hpp"
#include "stoic/host/driven/measures.hpp"
#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// What the read-out was learnt by.
struct ReadOutFit {
  double ridge = 0;                 ///< the one that was chosen
  double validation_nrmse = 0;      ///< of the choice; 0 where there was none
  std::vector<double> nrmse_of;     ///< of each one in the recipe, on the validation part
  bool by_svd = false;              ///< the equations were too ill-conditioned for Cholesky
  double reciprocal_condition = 0;  ///< of the equations at the least regularisation
};

/// Learns W_out: the one of the recipe's regularisations with the least error on the validation part, once
/// more on training and validation part together. Nothing behind them is looked at. Threads change no bit.
/// Throws Error for a reservoir that diverges and for a read-out that is not finite, and Stopped.
ReadOutFit fit_read_out(DrivenModel& model, const TimeSeries& series, Team& team);

/// Outputs of the steps of the test part [outputs x test], in the series' own numbers. Where a recipe has
/// feedback, targets are fed back up to the test part, in it the outputs.
Eigen::MatrixXd predict_test(const DrivenModel& model, const TimeSeries& series, Team& team);

/// Runs that are fed their own outputs as the next inputs.
struct FreeRuns {
  std::vector<Eigen::MatrixXd> predicted, truth;  ///< [outputs x free_run] of each
  std::vector<double> smape, valid_steps;         ///< of each
  double median_valid_steps = 0, mean_smape = 0;
};
/// Errors, and their mean and median, of the runs that are there.
void finish_free_runs(FreeRuns& runs);

/// Those of a series that predicts itself, from states that its values led to, evenly from the begin of the
/// test part. None where the recipe asks for none.
FreeRuns run_freely(const DrivenModel& model, const TimeSeries& series, Team& team);

}  // namespace stoic
