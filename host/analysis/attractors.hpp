#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <span>

#include "stoic/host/dynamics/sa_node.hpp"

namespace stoic {

/// The continuous system of paper 002, eq. 1, around trained matrices, in double precision.
class SaNodeFlow {
 public:
  SaNodeFlow(const SaNodeParameters& parameters, const Matrices& matrices);

  /// F(x) = 4 γ x ∘ (a² - x²) + β A x
  Eigen::VectorXd operator()(const Eigen::VectorXd& x) const;
  /// dF/dx
  Eigen::MatrixXd jacobian(const Eigen::VectorXd& x) const;
  /// x after `duration` by RK4 with steps of at most `step`; time runs backwards for a negative duration
  /// (appendix D).
  Eigen::VectorXd integrate(const Eigen::VectorXd& x, double duration, double step) const;
  /// Columns after `steps` of the recipe's steps by Euler's method, with the bound that holds the states of
  /// the network too.
  Eigen::MatrixXd euler(const Eigen::MatrixXd& x, std::int64_t steps) const;

 private:
  SaNodeParameters parameters_;
  SaNode<double> euler_;         // as the network has it
  DoubleWellRule<double> rule_;  // slopes in its own unit of time
};

/// How near states [N x samples] came to the attractors [N x K] of their labels.
struct AttractorReport {
  double overlap = 0;          ///< m_f: mean of x·φ / |φ|² with the attractor of the label (eq. 5)
  double mean_square = 0;      ///< MSE: mean of |x - φ|² (eq. 6)
  double strict_accuracy = 0;  ///< H: share of samples with at least 95 % of their signs those of φ (eq. 7)
  double accuracy = 0;         ///< share of samples whose largest overlap is that with φ
};
AttractorReport judge_attractors(const Eigen::MatrixXd& states, const Eigen::MatrixXd& attractors,
                                 std::span<const std::uint8_t> labels);

/// How near the planted patterns are to stable fixed points.
struct StabilityReport {
  double residual = 0;  ///< largest |F(φ)| of any component and class
  double rate = 0;      ///< largest real part of an eigenvalue of dF/dx, which is the same at every pattern
};
StabilityReport attractor_stability(const SaNodeParameters& parameters, const Matrices& matrices);

/// Disturbances of one start along eigenvectors, as the paper's figures 5 and 6 make them: x(0) = Φ (c + δ),
/// where δ is Gaussian with deviation `sigma` in some of the coefficients.
struct DisturbanceTask {
  Eigen::VectorXd start;
  Eigen::VectorXd target;  ///< the attractor of its label
  double sigma = 1;
  double duration = 20;  ///< by Euler's method with the recipe's step
  std::int64_t trials = 20;
  std::uint64_t seed = 1;
};
/// |x - target|² after disturbing coefficient j alone, mean over trials, for every j (figure 5).
Eigen::VectorXd single_disturbances(const SaNodeParameters& parameters, const Matrices& matrices,
                                    const DisturbanceTask& task);
/// The largest share f of coefficients, the least sensitive first, that may be disturbed together while the
/// mean |x - target|² stays within `tolerance` |target|² of that without disturbance (figure 6).
/// `sensitivity` is what single_disturbances() returned.
double robust_share(const SaNodeParameters& parameters, const Matrices& matrices, const DisturbanceTask& task,
                    const Eigen::VectorXd& sensitivity, double tolerance = 0.05);

}  // namespace stoic
