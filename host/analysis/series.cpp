#include "stoic/host/analysis/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "stoic/host/analysis/scaling_region.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index least_samples = 200, most_references = 4000, most_samples = 100000;
constexpr Index stretches = 10;  // of the series, whose slopes the interval is made of

void require_series(const VectorXd& x, const std::string& where) {
  for (Index i = 0; i < x.size(); ++i)
    if (!std::isfinite(x[i]))
      throw Error(
          fmt::format("{}: value {} is no finite number; leave it out or fill the gap", where, i + 1));
  if (x.size() < least_samples)
    throw Error(fmt::format("{}: {} values are too few to find neighbours in; {} or more are needed", where,
                            x.size(), least_samples));
  if (x.size() > most_samples)
    throw Error(
        fmt::format("{}: {} values are more than {}; give a part of them", where, x.size(), most_samples));
  if (x.maxCoeff() == x.minCoeff())
    throw Error(fmt::format("{}: the series is constant: nothing of it diverges", where));
}

std::int64_t delay_of(const Eigen::ArrayXd& centred) {
  const double square = centred.square().sum();
  const Index n = centred.size(), most = n / 10;
  for (Index lag = 1; lag < most; ++lag)
    if ((centred.head(n - lag) * centred.tail(n - lag)).sum() < (1 - std::exp(-1.0)) * square) return lag;
  return most;
}

double mean_period_of(const Eigen::ArrayXd& centred) {
  Index crossings = 0;
  for (Index i = 1; i < centred.size(); ++i) crossings += centred[i - 1] < 0 && centred[i] >= 0;
  return static_cast<double>(centred.size()) / static_cast<double>(std::max<Index>(crossings, 1));
}

/// The states of a series, by the number of their first sample.
struct States {
  const VectorXd& series;
  Index delay, dimension;
  Index count(Index ahead = 0) const { return series.size() - (dimension - 1) * delay - ahead; }
  /// Squared; more than `most` as soon as it is.
  double distance(Index i, Index j, double most = std::numeric_limits<double>::infinity()) const {
    double sum = 0;
    for (Index c = 0; c < dimension && sum <= most; ++c) {
      const double d = series[i + c * delay] - series[j + c * delay];
      sum += d * d;
    }
    return sum;
  }
};

/// The nearest other state of each reference among the first `count`, not at distance 0; -1 where there is
/// none.
std::vector<Index> neighbours(const States& states, const std::vector<Index>& references, Index count,
                              Index theiler, Team& team) {
  std::vector<Index> nearest(references.size(), -1);
  team.split(std::ssize(references), [&](std::int64_t first, std::int64_t end) {
    for (auto r = static_cast<std::size_t>(first); r < static_cast<std::size_t>(end); ++r) {
      const Index i = references[r];
      double best = std::numeric_limits<double>::infinity();
      for (Index j = 0; j < count; ++j) {
        if (std::abs(i - j) <= theiler) continue;
        const double d = states.distance(i, j, best);
        if (d < best && d > 0) best = d, nearest[r] = j;
      }
    }
  });
  return nearest;
}

std::vector<Index> spread_evenly(Index count, Index most) {
  std::vector<Index> result;
  const Index number = std::min(count, most);
  for (Index r = 0; r < number; ++r) result.push_back(r * count / number);
  return result;
}

Index dimension_of(const VectorXd& series, Index delay, Index theiler, Team& team) {
  constexpr Index most_dimensions = 10, references_tried = 1000;
  constexpr double torn = 15, few = 0.01, attractor = 2;
  const double deviation =
      std::sqrt((series.array() - series.mean()).square().sum() / static_cast<double>(series.size()));
  for (Index m = 1; m < most_dimensions; ++m) {
    const States states{series, delay, m};
    const Index count = states.count(delay);
    if (count < least_samples / 2) return m;
    const auto references = spread_evenly(count, references_tried);
    const auto nearest = neighbours(states, references, count, std::max(theiler, m * delay), team);
    Index wrong = 0, tried = 0;
    for (std::size_t r = 0; r < references.size(); ++r) {
      if (nearest[r] < 0) continue;
      ++tried;
      const double further = std::abs(series[references[r] + m * delay] - series[nearest[r] + m * delay]),
                   distance = std::sqrt(states.distance(references[r], nearest[r]));
      wrong += further > torn * distance || std::hypot(further, distance) > attractor * deviation;
    }
    if (static_cast<double>(wrong) <= few * static_cast<double>(tried)) return m;
  }
  return most_dimensions;
}

/// Mean ln of the distance after each number of samples: of all pairs, and of those that begin in each
/// stretch.
struct Divergence {
  VectorXd all;
  MatrixXd of_stretch;
};

Divergence follow(const States& states, const std::vector<Index>& references,
                  const std::vector<Index>& nearest, Index horizon) {
  MatrixXd sum = MatrixXd::Zero(horizon + 1, stretches), count = sum;
  for (std::size_t r = 0; r < references.size(); ++r) {
    if (nearest[r] < 0) continue;
    const Index stretch = static_cast<Index>(r) * stretches / std::ssize(references);
    for (Index k = 0; k <= horizon; ++k) {
      const double d = states.distance(references[r] + k, nearest[r] + k);
      if (d <= 0) continue;
      sum(k, stretch) += 0.5 * std::log(d);
      count(k, stretch) += 1;
    }
  }
  return {sum.rowwise().sum().cwiseQuotient(count.rowwise().sum().cwiseMax(1)),
          sum.cwiseQuotient(count.cwiseMax(1))};
}

}  // namespace

SeriesExponent series_exponent(const VectorXd& series, const std::string& where, const SeriesOptions& options,
                               Team& team) {
  require_series(series, where);
  SeriesExponent result;
  const Eigen::ArrayXd centred = series.array() - series.mean();
  result.samples = series.size();
  result.mean_period = mean_period_of(centred);
  const auto period =
      static_cast<Index>(std::ceil(std::min(result.mean_period, static_cast<double>(series.size()) / 10)));
  result.delay = options.delay > 0 ? options.delay : delay_of(centred);
  result.theiler = options.theiler > 0 ? options.theiler : period;
  result.dimension =
      options.dimension > 0 ? options.dimension : dimension_of(series, result.delay, result.theiler, team);
  if (options.theiler == 0)
    result.theiler = std::max<std::int64_t>(result.theiler, (result.dimension - 1) * result.delay);
  const Index horizon = options.horizon > 0 ? options.horizon : std::clamp<Index>(10 * period, 20, 500);
  const States states{series, result.delay, result.dimension};
  const Index count = states.count(horizon);
  if (count < least_samples / 2 + 2 * result.theiler)
    throw Error(
        fmt::format("{}: {} values are too few for {} numbers a state {} apart that are followed for {} "
                    "samples; give more, or a smaller delay, dimension or horizon",
                    where, series.size(), result.dimension, result.delay, horizon));
  const auto references = spread_evenly(count, most_references);
  const auto nearest = neighbours(states, references, count, result.theiler, team);
  result.pairs = std::count_if(nearest.begin(), nearest.end(), [](Index j) { return j >= 0; });
  if (result.pairs < least_samples / 4)
    throw Error(
        fmt::format("{}: only {} states have a neighbour at another distance than 0: the series repeats "
                    "itself exactly",
                    where, result.pairs));
  const auto divergence = follow(states, references, nearest, horizon);
  result.distance.assign(divergence.all.begin(), divergence.all.end());
  result.window = scaling_region(divergence.all);
  if (!result.window) {
    result.verdict = "no scaling region: the distance of neighbours does not grow exponentially";
    return result;
  }
  const auto [from, to] = *result.window;
  VectorXd slopes(stretches);
  for (Index s = 0; s < stretches; ++s)
    slopes[s] = slope_of(divergence.of_stretch.col(s), from, to) / options.step;
  const Index middle = (from + to) / 2;
  const double bend = slope_of(divergence.all, from, middle) - slope_of(divergence.all, middle, to);
  result.exponent = Estimate{slope_of(divergence.all, from, to) / options.step,
                             std::hypot(mean_of(slopes).half_width, bend / 2 / options.step)};
  result.verdict = result.exponent->low() > 0 ? "positive" : "not told from 0";
  return result;
}

}  // namespace stoic
