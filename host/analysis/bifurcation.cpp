#include "stoic/host/analysis/bifurcation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

double component_of(const Evolution& evolution, Eigen::Index component) {
  require_finite(evolution);
  return evolution.state()[component];
}

/// The top of the parabola through three values at equal distances, the middle one the largest.
double top_of_parabola(double before, double at, double after) {
  const double bend = before - 2 * at + after;
  return bend < 0 ? at - (after - before) * (after - before) / (8 * bend) : at;
}

}  // namespace

std::vector<double> visited(Evolution& evolution, const BifurcationTask& task) {
  if (task.component < 0 || task.component >= evolution.width())
    throw Error(
        fmt::format("component {}: the state has {}, numbered from 0", task.component, evolution.width()));
  evolution.advance(std::max<std::int64_t>(steps_in(task.transient, evolution), 1));
  const auto steps = std::max<std::int64_t>(steps_in(task.duration, evolution), 1);
  const auto most = static_cast<std::size_t>(task.most);
  std::vector<double> values;
  double before = 0, at = component_of(evolution, task.component), least = at, largest = at;
  for (std::int64_t step = 0; step < steps && values.size() < most; ++step) {
    evolution.advance(1);
    const double after = component_of(evolution, task.component);
    least = std::min(least, after);
    largest = std::max(largest, after);
    if (evolution.is_map())
      values.push_back(after);
    else if (step > 0 && at > before && at >= after)
      values.push_back(top_of_parabola(before, at, after));
    before = at;
    at = after;
  }
  // Maxima of a flow that comes to rest are rounding, or ripples that die away.
  constexpr double still = 1e-6;
  if (!evolution.is_map() && (values.empty() || largest - least < still * (1 + std::abs(at)))) return {at};
  return values;
}

std::int64_t distinct_values(std::vector<double> values, double tolerance) {
  std::sort(values.begin(), values.end());
  std::int64_t count = values.empty() ? 0 : 1;
  for (std::size_t i = 1; i < values.size(); ++i) count += values[i] - values[i - 1] > tolerance;
  return count;
}

}  // namespace stoic
