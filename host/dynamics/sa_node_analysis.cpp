#include "stoic/host/dynamics/sa_node_analysis.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "stoic/host/random/random.hpp"

namespace stoic {

SaNodeFlow::SaNodeFlow(const SaNodeParameters& parameters, const Matrices& matrices)
    : parameters_(parameters),
      square_(parameters.well * parameters.well),
      stiffness_(matrices.at("stiffness")(0, 0)),
      coupling_(parameters.coupling() * coupling_matrix(parameters, matrices)) {}

Eigen::VectorXd SaNodeFlow::operator()(const Eigen::VectorXd& x) const {
  return (4 * stiffness_ * x.array() * (square_ - x.array().square())).matrix() + coupling_ * x;
}

Eigen::MatrixXd SaNodeFlow::jacobian(const Eigen::VectorXd& x) const {
  Eigen::MatrixXd result = coupling_;
  result.diagonal().array() += 4 * stiffness_ * (square_ - 3 * x.array().square());
  return result;
}

Eigen::VectorXd SaNodeFlow::integrate(Eigen::VectorXd x, double duration, double step) const {
  const auto steps = static_cast<std::int64_t>(std::ceil(std::abs(duration) / step));
  const double h = duration / static_cast<double>(steps);
  for (std::int64_t i = 0; i < steps; ++i) {
    const Eigen::VectorXd k1 = (*this)(x), k2 = (*this)(x + h / 2 * k1), k3 = (*this)(x + h / 2 * k2),
                          k4 = (*this)(x + h * k3);
    x += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  return x;
}

Eigen::MatrixXd SaNodeFlow::euler(Eigen::MatrixXd x, std::int64_t steps) const {
  const double step = parameters_.step, most = parameters_.largest_state(stiffness_);
  for (std::int64_t i = 0; i < steps; ++i) {
    const Eigen::MatrixXd pulled = coupling_ * x;
    x.array() += step * (4 * stiffness_ * x.array() * (square_ - x.array().square()) + pulled.array());
    x = x.cwiseMax(-most).cwiseMin(most);
  }
  return x;
}

AttractorReport judge_attractors(const Eigen::MatrixXd& states, const Eigen::MatrixXd& attractors,
                                 std::span<const std::uint8_t> labels) {
  constexpr double enough_signs = 0.95;
  AttractorReport report;
  for (Eigen::Index s = 0; s < states.cols(); ++s) {
    const auto label = labels[static_cast<std::size_t>(s)];
    const Eigen::VectorXd x = states.col(s), target = attractors.col(label);
    const auto signs = (x.array() * target.array() > 0).count();
    report.overlap += x.dot(target) / target.squaredNorm();
    report.mean_square += (x - target).squaredNorm();
    report.strict_accuracy += static_cast<double>(signs) >= enough_signs * static_cast<double>(x.size());
    Eigen::Index nearest = 0;
    (attractors.transpose() * x).maxCoeff(&nearest);  // all attractors have the same length
    report.accuracy += nearest == label;
  }
  const double samples = static_cast<double>(states.cols());
  return {report.overlap / samples, report.mean_square / samples, report.strict_accuracy / samples,
          report.accuracy / samples};
}

StabilityReport attractor_stability(const SaNodeParameters& parameters, const Matrices& matrices) {
  const SaNodeFlow flow(parameters, matrices);
  const Eigen::MatrixXd patterns = parameters.attractors();
  StabilityReport report;
  for (Eigen::Index k = 0; k < patterns.cols(); ++k)
    report.residual = std::max(report.residual, flow(patterns.col(k)).cwiseAbs().maxCoeff());
  report.rate = Eigen::EigenSolver<Eigen::MatrixXd>(flow.jacobian(patterns.col(0)), false)
                    .eigenvalues()
                    .real()
                    .maxCoeff();
  return report;
}

namespace {

/// Mean |x - target|² over trials in which the coefficients of `chosen` are disturbed.
double mean_square_after(const SaNodeFlow& flow, const SaNodeParameters& parameters,
                         const Eigen::MatrixXd& basis, const DisturbanceTask& task,
                         std::span<const Eigen::Index> chosen) {
  Eigen::MatrixXd x = task.start.replicate(1, task.trials);
  for (Eigen::Index trial = 0; trial < x.cols(); ++trial)
    for (const auto j : chosen)
      x.col(trial) += task.sigma *
                      random_normal({task.seed, Purpose::initial_state, static_cast<std::uint64_t>(trial)},
                                    static_cast<std::uint64_t>(j)) *
                      basis.col(j);
  x = flow.euler(std::move(x), std::llround(task.duration / parameters.step));
  return (x.colwise() - task.target).colwise().squaredNorm().mean();
}

}  // namespace

Eigen::VectorXd single_disturbances(const SaNodeParameters& parameters, const Matrices& matrices,
                                    const DisturbanceTask& task) {
  const SaNodeFlow flow(parameters, matrices);
  const Eigen::MatrixXd basis = eigenbasis(parameters, matrices);
  Eigen::VectorXd result(basis.cols());
  for (Eigen::Index j = 0; j < basis.cols(); ++j)
    result(j) = mean_square_after(flow, parameters, basis, task, std::span(&j, 1));
  return result;
}

double robust_share(const SaNodeParameters& parameters, const Matrices& matrices, const DisturbanceTask& task,
                    const Eigen::VectorXd& sensitivity, double tolerance) {
  const SaNodeFlow flow(parameters, matrices);
  const Eigen::MatrixXd basis = eigenbasis(parameters, matrices);
  std::vector<Eigen::Index> order(static_cast<std::size_t>(basis.cols()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return sensitivity(a) < sensitivity(b); });
  const auto damage = [&](std::size_t count) {
    return mean_square_after(flow, parameters, basis, task, std::span(order).first(count));
  };
  const double most = damage(0) + tolerance * task.target.squaredNorm();
  std::size_t good = 0;
  for (std::size_t count = 1; count <= order.size(); ++count)
    if (damage(count) <= most) good = count;
  return static_cast<double>(good) / static_cast<double>(order.size());
}

}  // namespace stoic
