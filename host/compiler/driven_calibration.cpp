#include "stoic/host/compiler/driven_calibration.hpp"

#include <cmath>
#include <limits>

#include "stoic/host/driven/driven_network.hpp"

namespace stoic {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

TrackRange nothing_seen(Index count) {
  constexpr double far = std::numeric_limits<double>::max();
  return {VectorXd::Constant(count, far), VectorXd::Constant(count, -far), VectorXd::Zero(count)};
}

void include(TrackRange& range, const VectorXd& values) {
  range.least = range.least.cwiseMin(values);
  range.most = range.most.cwiseMax(values);
  range.mean += values;
}

namespace {

MatrixXd covariance(MatrixXd& squares, const VectorXd& mean, Index steps) {
  squares.triangularView<Eigen::StrictlyUpper>() = squares.transpose();
  return squares / static_cast<double>(steps) - mean * mean.transpose();
}

}  // namespace

VectorXd centre_of_codes(const VectorXd& mean, std::int64_t u_bits, std::int64_t y_bits) {
  const double place = std::ldexp(1.0, -static_cast<int>(u_bits));
  const double aside = y_bits > u_bits ? std::ldexp(0.5, -static_cast<int>(y_bits)) : 0;
  return (mean / place).array().round() * place + aside;
}

MatrixXd taken_matrix(const DrivenModel& model) {
  MatrixXd result(model.W_in.rows(), model.W_in.cols() + model.W_feedback.cols());
  result.leftCols(model.W_in.cols()) = model.W_in;
  if (model.W_feedback.size() > 0) result.rightCols(model.W_feedback.cols()) = model.W_feedback;
  return result;
}

DrivenCalibration calibrate_driven(const DrivenModel& model, const TimeSeries& series, Team& team) {
  const ScaledSeries scaled(model, series);
  const Index begin = series.parts.washout, end = series.parts.steps() - series.parts.test;
  const auto taken = taken_matrix(model);
  const Index width = taken.cols(), neurons = taken.rows();
  DrivenCalibration seen{nothing_seen(width), nothing_seen(neurons), nothing_seen(neurons), {}, {}, {}};
  MatrixXd inputs = MatrixXd::Zero(width, width), states = MatrixXd::Zero(neurons, neurons);
  DrivenNetwork network(model, team);
  VectorXd before = VectorXd::Zero(neurons), u(width);
  follow_series(network, scaled, end, team, [&](Index t) {
    u.head(model.inputs()) = scaled.inputs.col(t);
    if (model.W_feedback.size() > 0) u.tail(model.outputs()) = scaled.before(t);
    const VectorXd sum = model.matrix * before + taken * u + model.b_in;
    before = network.state();
    seen.output.include(scaled.targets.col(t));
    if (t < begin) return;
    include(seen.taken, u);
    include(seen.sums, sum);
    include(seen.states, before);
    seen.output.include(network.output());
    inputs.selfadjointView<Eigen::Lower>().rankUpdate(u);
    states.selfadjointView<Eigen::Lower>().rankUpdate(before);
  });
  for (auto* range : {&seen.taken, &seen.sums, &seen.states}) range->mean /= static_cast<double>(end - begin);
  seen.taken_covariance = covariance(inputs, seen.taken.mean, end - begin);
  seen.state_covariance = covariance(states, seen.states.mean, end - begin);
  return seen;
}

}  // namespace stoic
