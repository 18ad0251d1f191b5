#include "stoic/host/dynamics/sa_node_analysis.hpp"

#include <cmath>

namespace stoic {

SaNodeFlow::SaNodeFlow(const SaNodeParameters& parameters, const Matrices& matrices)
    : square_(parameters.well * parameters.well),
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

}  // namespace stoic
