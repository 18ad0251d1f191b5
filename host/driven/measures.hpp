#pragma once
#include <Eigen/Core>
#include <span>

#include "stoic/host/driven/time_series.hpp"

namespace stoic {

/// Mean squared error over the variance of the truth, of each output; the variance is that of the steps shown.
Eigen::VectorXd normalised_errors(const Eigen::MatrixXd& predicted, const Eigen::MatrixXd& truth);

/// Whether an output is more than one number and its rounding.
bool varies(const Eigen::Ref<const Eigen::RowVectorXd, 0, Eigen::InnerStride<>>& output);

/// Mean of normalised_errors() over the outputs whose truth varies, which of a class that does not occur is none; of no
/// output that does, the mean squared error.
double mean_normalised_error(const Eigen::MatrixXd& predicted, const Eigen::MatrixXd& truth);

/// How far outputs [outputs x steps] are from the truth.
struct SeriesError {
  Eigen::VectorXd nmse_of;  ///< of each output
  double nmse = 0;          ///< mean_normalised_error()
  double nrmse = 0;         ///< its root
  double smape = 0;         ///< 200 · mean of |y - ŷ| / (|y| + |ŷ|), per cent: 0 to 200
};
SeriesError series_error(const Eigen::MatrixXd& predicted, const Eigen::MatrixXd& truth);

/// Squared correlation of each output with its truth; of memory tasks their sum is the memory capacity.
Eigen::VectorXd determination(const Eigen::MatrixXd& predicted, const Eigen::MatrixXd& truth);

/// Share of the sequences whose outputs, meant over their steps, are largest at their class. Sequence steps count as
/// those of the series do, of which `first` is the first that was predicted.
double sequence_accuracy(const Eigen::MatrixXd& predicted, Eigen::Index first,
                         std::span<const Sequence> sequences);

/// Steps until |ŷ - y| first exceeds `bound` times the root mean square of |y - mean| (J. Pathak and others,
/// Phys. Rev. Lett. 120, 024102, 2018, with 0.4); all of them where it never does.
Eigen::Index valid_steps(const Eigen::MatrixXd& predicted, const Eigen::MatrixXd& truth, double bound = 0.4);

}  // namespace stoic
