#include "stoic/host/analysis/rest.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <functional>

#include "stoic/host/kernels/decompositions.hpp"

namespace stoic {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// The derivative of a step at a fixed point near the state, which is left there.
std::optional<MatrixXd> newton(Evolution& evolution) {
  constexpr int most_iterations = 16;
  double last = std::numeric_limits<double>::infinity();
  for (int i = 0; i < most_iterations; ++i) {
    const VectorXd x = evolution.state();
    const MatrixXd basis = evolution.basis();
    const MatrixXd derivative = evolution.differentiate();
    const VectorXd error = basis.transpose() * (evolution.state() - x);
    const VectorXd correction =
        solve(MatrixXd::Identity(derivative.rows(), derivative.cols()) - derivative, error);
    const double size = correction.lpNorm<Eigen::Infinity>(), scale = 1 + x.lpNorm<Eigen::Infinity>();
    if (!(size < 10 * scale)) return {};
    evolution.set_state(x + basis * correction);
    if (evolution.dimension() < evolution.width()) evolution.advance(1);  // back to the surface of the states
    // quadratic until rounding: once it no longer halves below 1e-9 nothing more is gained
    if (size <= 1e-14 * scale || (size <= 1e-9 * scale && size > last / 2)) {
      const VectorXd found = evolution.state();
      MatrixXd at_rest = evolution.differentiate();
      evolution.set_state(found);
      return at_rest;
    }
    last = size;
  }
  return {};
}

VectorXd rates_of(const Evolution& evolution, const MatrixXd& derivative) {
  const VectorXd::Index n = derivative.rows();
  const Eigen::VectorXcd multipliers = eigenvalues(derivative);
  VectorXd rates(n);
  for (VectorXd::Index i = 0; i < n; ++i) rates[i] = evolution.rate(multipliers[i]);
  std::sort(rates.begin(), rates.end(), std::greater<>());
  return rates;
}

}  // namespace

std::optional<Rest> come_to_rest(Evolution& evolution, std::int64_t steps, Eigen::Index most) {
  if (evolution.dimension() > most) return {};
  const VectorXd start = evolution.state();
  const auto derivative = newton(evolution);
  const VectorXd rest = evolution.state();
  evolution.set_state(start);
  if (!derivative || !derivative->allFinite() || !rest.allFinite()) return {};
  double distance = (start - rest).norm();
  const double arrived = 1e-7 * (1 + rest.norm());
  const auto nearer = [&] {
    evolution.advance(steps);
    const double now = (evolution.state() - rest).norm();
    return now < distance && (distance = now, true);
  };
  // The eigenvalues cost most: they are found once the state is seen to come nearer.
  if (distance > arrived && !nearer()) return {};
  const VectorXd rates = rates_of(evolution, *derivative);
  if (!(rates[0] < 0)) return {};
  for (int again = 0; again < 11 && distance > arrived; ++again)
    if (!nearer()) return {};
  return Rest{rest, rates};
}

}  // namespace stoic
