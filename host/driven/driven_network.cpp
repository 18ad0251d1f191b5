#include "stoic/host/driven/driven_network.hpp"

#include <fmt/format.h>

#include "stoic/host/learning/diverged_error.hpp"

namespace stoic {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

DrivenNetwork::DrivenNetwork(const DrivenModel& model, Team& team)
    : model_(model), system_(make_driven_system(model.recipe, model.matrix, team)) {
  drive_ = VectorXd::Zero(model.recipe.drives());
  features_ = VectorXd::Zero(model.recipe.features(model.inputs()));
}

void DrivenNetwork::reset() { system_->reset(); }

void DrivenNetwork::advance(const Eigen::Ref<const VectorXd>& input,
                            const Eigen::Ref<const VectorXd>& fed_back, MatrixXd* tangents) {
  drive_ = model_.b_in;
  drive_.noalias() += model_.W_in * input;
  if (model_.W_feedback.size() > 0) drive_.noalias() += model_.W_feedback * fed_back;
  const Index observed = model_.recipe.observed();
  system_->step(drive_, features_.head(observed), tangents);
  const auto& read_out = model_.recipe.read_out;
  if (read_out.features == "quadratic")
    features_.segment(observed, observed) = features_.head(observed).cwiseAbs2();
  if (read_out.input) features_.tail(model_.inputs()) = input;
}

VectorXd DrivenNetwork::output() const {
  const Index count = features_.size();
  VectorXd result = model_.W_out.col(count);
  result.noalias() += model_.W_out.leftCols(count) * features_;
  return result;
}

void require_fitting(const DrivenModel& model, const TimeSeries& series, const std::string& where) {
  if (series.inputs.rows() != model.inputs() || series.targets.rows() != model.outputs())
    throw Error(fmt::format(
        "{}: has {} inputs and {} outputs, the series {} {} and {}; give it data of the same kind", where,
        model.inputs(), model.outputs(), series.where, series.inputs.rows(), series.targets.rows()));
}

void follow_series(DrivenNetwork& network, const ScaledSeries& series, Index end, Team& team,
                   const std::function<void(Index)>& look) {
  network.reset();
  for (Index t = 0; t < end; ++t) {
    team.stop_if_asked();
    network.advance(series.inputs.col(t), series.before(t));
    if (!network.features().allFinite())
      throw DivergedError(
          fmt::format("the reservoir diverges: its state is no finite number in step {}; take a smaller "
                      "drive.input_scale, of an esn "
                      "a smaller spectral_radius, of what is integrated a shorter step",
                      t + 1));
    look(t);
  }
}

}  // namespace stoic
