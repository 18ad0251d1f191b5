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

double place_below(const std::map<double, double>& learnt, bool onset_counts) {
  constexpr double half = 1.5;  // the places are 1 or 2 apart, but for rounding
  const auto by_merit = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto best = std::max_element(learnt.begin(), learnt.end(), by_merit)->first;
  const auto lowest = learnt.begin()->first, onset = learnt.rbegin()->first;
  if (onset_counts && best < onset && onset - best < half) return (best + onset) / 2;
  Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
  Eigen::Vector3d right = Eigen::Vector3d::Zero();
  for (const auto& [x, merit] : learnt) {
    const Eigen::Vector3d powers(1, x - best, (x - best) * (x - best));
    normal += powers * powers.transpose();
    right += merit * powers;
  }
  const Eigen::Vector3d c = normal.ldlt().solve(right);
  return c(2) < 0 ? std::clamp(best - c(1) / (2 * c(2)), lowest, onset) : best;
}

}  // namespace stoic
