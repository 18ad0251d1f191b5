#include "stoic/host/analysis/rate_fit.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace stoic {
namespace {

/// The places that were judged are 1 or 2 apart, but for rounding.
constexpr double half = 1.5;

bool by_merit(const std::pair<const double, double>& a, const std::pair<const double, double>& b) {
  return a.second < b.second;
}

}  // namespace

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

std::optional<double> beside_best(const std::map<double, double>& learnt, double step) {
  const auto best = std::max_element(learnt.begin(), learnt.end(), by_merit);
  if (best == learnt.begin()) return best->first - step;
  const auto below = std::prev(best), above = std::next(best);
  const bool room_below = best->first - below->first > half,
             room_above = above != learnt.end() && above->first - best->first > half;
  if (!room_below && !room_above) return {};
  const bool up = room_above && (!room_below || above->second > below->second);
  return ((up ? above : below)->first + best->first) / 2;
}

double place_best(const std::map<double, double>& learnt, double onset, bool full, double worth) {
  const auto at = std::max_element(learnt.begin(), learnt.end(), by_merit);
  const double best = at->first, lowest = learnt.begin()->first, highest = learnt.rbegin()->first;
  if (full && best < onset && onset - best < half) return (best + onset) / 2;
  const bool three = full && at != learnt.begin() && std::next(at) != learnt.end();
  const auto beside = [&](double x) { return x >= std::prev(at)->first && x <= std::next(at)->first; };
  Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
  Eigen::Vector3d right = Eigen::Vector3d::Zero();
  for (const auto& place : learnt) {
    if (three && !beside(place.first)) continue;
    const double x = place.first - best;
    const Eigen::Vector3d powers(1, x, x * x);
    normal += powers * powers.transpose();
    right += place.second * powers;
  }
  const Eigen::Vector3d c = normal.ldlt().solve(right);
  if (c(2) >= 0) return best;
  const double nearly = best > onset ? std::sqrt(-worth / c(2)) : 0;
  return std::clamp(best - c(1) / (2 * c(2)) + nearly, lowest, highest);
}

}  // namespace stoic
