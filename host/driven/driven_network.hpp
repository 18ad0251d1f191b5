#pragma once
#include <Eigen/Core>
#include <functional>
#include <memory>

#include "stoic/host/driven/driven_model.hpp"
#include "stoic/host/driven/driven_system.hpp"

namespace stoic {

/// A model that runs, step by step, on values as W_in takes them (Scaling::apply). Model and team must outlive
/// it.
class DrivenNetwork {
 public:
  using Index = Eigen::Index;
  DrivenNetwork(const DrivenModel& model, Team& team);
  /// To rest.
  void reset();
  /// One time step with an input; `fed_back` is the output of the step before, where there is feedback.
  /// Tangents of the state, if given, become what the step makes of them.
  void advance(const Eigen::Ref<const Eigen::VectorXd>& input,
               const Eigen::Ref<const Eigen::VectorXd>& fed_back, Eigen::MatrixXd* tangents = nullptr);
  /// What the read-out sees after a step.
  const Eigen::VectorXd& features() const { return features_; }
  /// W_out [features; 1]
  Eigen::VectorXd output() const;
  Eigen::VectorXd state() const { return system_->state(); }
  void set_state(const Eigen::VectorXd& x) { system_->set_state(x); }
  DrivenSystem& system() { return *system_; }

 private:
  const DrivenModel& model_;
  std::unique_ptr<DrivenSystem> system_;
  Eigen::VectorXd drive_, features_;
};

/// Throws Error, naming `where`, unless the series has as many inputs and outputs as the model.
void require_fitting(const DrivenModel& model, const TimeSeries& series, const std::string& where);

/// A series in the numbers that a model works with.
struct ScaledSeries {
  Eigen::MatrixXd inputs, targets;
  ScaledSeries(const DrivenModel& model, const TimeSeries& series)
      : inputs(model.input.apply(series.inputs)), targets(model.output.apply(series.targets)) {}
  Eigen::Index steps() const { return inputs.cols(); }
  /// What is fed back into step t: the target of the step before; 0 at the begin.
  Eigen::VectorXd before(Eigen::Index t) const {
    if (t == 0) return Eigen::VectorXd::Zero(targets.rows());
    return targets.col(t - 1);
  }
};

/// From rest through the steps 0 ... end-1 of a series, with its own targets fed back (teacher forcing):
/// look(t) is called after each. Throws DivergedError where the state is no finite number, and Stopped.
void follow_series(DrivenNetwork& network, const ScaledSeries& series, Eigen::Index end, Team& team,
                   const std::function<void(Eigen::Index)>& look);

}  // namespace stoic
