#include "stoic/host/analysis/rate_fit.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

namespace stoic {

double crossing(const std::vector<PlacedExponent>& placed, double onset, double most) {
  constexpr double least = 1e-3, furthest = 1;
  const auto logarithm = [&](const PlacedExponent& p) {
    return std::log(std::clamp(p.exponent, least, most));
  };
  const auto all = static_cast<double>(placed.size());
  double x = 0, y = 0, covariance = 0, variance = 0, first = INFINITY, last = -INFINITY;
  for (const auto& p : placed) {
    x += p.x / all, y += logarithm(p) / all;
    first = std::min(first, p.x), last = std::max(last, p.x);
  }
  for (const auto& p : placed) {
    covariance += (p.x - x) * (logarithm(p) - y);
    variance += (p.x - x) * (p.x - x);
  }
  const double slope = covariance / variance;
  if (!(slope > 0)) return x;
  return std::clamp(x + (std::log(onset) - y) / slope, first - furthest, last + furthest);
}

double top_of_fitted_parabola(const std::map<double, double>& learnt, double best) {
  Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
  Eigen::Vector3d right = Eigen::Vector3d::Zero();
  for (const auto& [x, merit] : learnt) {
    const Eigen::Vector3d powers(1, x - best, (x - best) * (x - best));
    normal += powers * powers.transpose();
    right += merit * powers;
  }
  const Eigen::Vector3d c = normal.ldlt().solve(right);
  if (!(c(2) < 0)) return best;
  return std::clamp(best - c(1) / (2 * c(2)), learnt.begin()->first, learnt.rbegin()->first);
}

}  // namespace stoic
