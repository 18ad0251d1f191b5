#include "stoic/host/analysis/attractors.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {

namespace {

/// x(T) from x(0), columns of samples.
template <class System>
Eigen::MatrixXd end_of(const System& system, const Eigen::MatrixXd& x) {
  auto passage = system.make_passage(x.cols());
  passage.first().assign(x);
  Team alone(1);
  system.forward(passage, alone);
  return passage.last().dense().topRows(x.rows());
}

}  // namespace

SaNodeFlow::SaNodeFlow(const SaNodeParameters& parameters, const Matrices& matrices)
    : parameters_(parameters), euler_(parameters, matrices), rule_(parameters, matrices, 1) {}

Eigen::VectorXd SaNodeFlow::operator()(const Eigen::VectorXd& x) const {
  const auto f = rule_.equation();
  return rule_.coupling().weights().dense() * x + (well_force(f.strength, x.array(), f.square)).matrix();
}

Eigen::MatrixXd SaNodeFlow::jacobian(const Eigen::VectorXd& x) const {
  const auto f = rule_.equation();
  Eigen::MatrixXd result = rule_.coupling().weights().dense();
  result.diagonal().array() += well_stiffness(f.strength, x.array(), f.square);
  return result;
}

Eigen::VectorXd SaNodeFlow::integrate(const Eigen::VectorXd& x, double duration, double step) const {
  const auto steps = static_cast<std::int64_t>(std::ceil(std::abs(duration) / step));
  return end_of(Integrated<DoubleWellRule<double>, Rk4>(rule_, steps, duration / static_cast<double>(steps)),
                x);
}

Eigen::MatrixXd SaNodeFlow::euler(const Eigen::MatrixXd& x, std::int64_t steps) const {
  return end_of(euler_.over(steps), x);
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
  report.rate = eigenvalues(flow.jacobian(patterns.col(0))).real().maxCoeff();
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
  x = flow.euler(x, std::llround(task.duration / parameters.step));
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
