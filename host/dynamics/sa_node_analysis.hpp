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
  Eigen::VectorXd integrate(Eigen::VectorXd x, double duration, double step) const;

 private:
  double square_, stiffness_;
  Eigen::MatrixXd coupling_;  // β A
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

}  // namespace stoic
