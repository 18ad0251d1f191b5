#include "stoic/host/analysis/scaling_region.hpp"

#include <algorithm>

namespace stoic {
namespace {

using Eigen::Index;

struct Fit {
  double slope = 0;
  double explained = 0;  // share of the variance
};

Fit fit(const Eigen::VectorXd& y, Index from, Index to) {
  const Index n = to - from + 1;
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(n, -0.5, 0.5) * static_cast<double>(n - 1);
  const Eigen::ArrayXd off = y.segment(from, n).array() - y.segment(from, n).mean();
  const double along = (x * off).sum(), square = off.square().sum(), length = x.square().sum();
  return {along / length, square > 0 ? along * along / (length * square) : 0};
}

bool is_straight(const Eigen::VectorXd& y, Index from, Index to) {
  constexpr double enough = 0.985, alike = 1.25;
  const auto whole = fit(y, from, to);
  if (!(whole.slope > 0) || whole.explained < enough) return false;
  const Index middle = (from + to) / 2;
  const double first = fit(y, from, middle).slope, second = fit(y, middle, to).slope;
  return first > 0 && second > 0 && std::max(first, second) <= alike * std::min(first, second);
}

}  // namespace

double slope_of(const Eigen::VectorXd& y, Index from, Index to) { return fit(y, from, to).slope; }

std::optional<std::pair<Index, Index>> scaling_region(const Eigen::VectorXd& y) {
  constexpr Index fewest = 5;
  constexpr double least_rise = 1, least_share = 1.0 / 3;
  constexpr double level_off = 0.7;
  const double all = y.maxCoeff() - y.minCoeff(), highest = y.minCoeff() + level_off * all;
  double most = std::max(least_rise, least_share * all);
  std::optional<std::pair<Index, Index>> best;
  for (Index from = 0; from + fewest <= y.size(); ++from)
    for (Index to = from + fewest - 1; to < y.size(); ++to)
      if (y[to] <= highest && y[to] - y[from] >= most && is_straight(y, from, to)) {
        best = {from, to};
        most = y[to] - y[from];
      }
  return best;
}

}  // namespace stoic
