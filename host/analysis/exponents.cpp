#include "stoic/host/analysis/exponents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/analysis/rest.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Rounding adds up to some of these in a mean rate, relative to 1 and the rate.
constexpr double rounding = 1e-12;

/// How many steps of tangents until the longest has grown 100,000 times more than the shortest: products and
/// orthonormalisation leave ten digits of the shortest then.
std::int64_t chosen_interval(Evolution& evolution, Index count, std::int64_t most) {
  constexpr double most_parted = 11.5;  // ln 100,000
  std::int64_t every = 1;
  while (2 * every <= most) {
    Stretches sum(count);
    constexpr std::int64_t tries = 2;
    evolution.stretch(tries, every, sum);
    const double parted = count > 1 ? sum.log.maxCoeff() - sum.log.minCoeff() : sum.log.cwiseAbs().maxCoeff();
    if (!(parted <= most_parted)) break;  // of two intervals, so that twice as many steps stay within it
    every *= 2;
  }
  return every;
}

/// Mean rates over equal batches [exponents x batches], and what the verdict needs beside them.
struct Measured {
  MatrixXd rates;
  VectorXd spread;       // root mean square of the rate over single intervals
  double expansion = 0;  // mean, over time
  bool vanished = false;
};

Measured measure_batches(Evolution& evolution, Index count, std::int64_t intervals, std::int64_t every,
                         const ExponentTask& task) {
  Measured result{.rates = MatrixXd(count, exponent_batches), .spread = VectorXd::Zero(count)};
  const double batch_time = static_cast<double>(intervals * every) * evolution.step();
  const double before = evolution.expansion().value_or(0);
  for (Index b = 0; b < exponent_batches; ++b) {
    Stretches sum(count);
    // in pieces, so that whoever waits sees something
    constexpr std::int64_t pieces = 5;
    for (std::int64_t piece = 0; piece < pieces; ++piece) {
      evolution.stretch(intervals * (piece + 1) / pieces - intervals * piece / pieces, every, sum);
      if (task.progress) task.progress(b * pieces + piece + 1, exponent_batches * pieces);
    }
    require_finite(evolution);
    result.rates.col(b) = sum.log / batch_time;
    result.spread += sum.square / static_cast<double>(exponent_batches * intervals);
    result.expansion += sum.expansion;
    result.vanished |= sum.vanished;
  }
  result.spread = result.spread.cwiseSqrt() / (static_cast<double>(every) * evolution.step());
  // by the trapezoidal rule, for a flow; a map's belongs to the step to each state
  const auto steps = static_cast<double>(exponent_batches * intervals * every);
  result.expansion = result.expansion / steps;
  if (!evolution.is_map()) result.expansion += (before - evolution.expansion().value_or(0)) / (2 * steps);
  return result;
}

/// Whether the state is an exact fixed point or short cycle of a map: then the orbit is no longer the map's.
bool stands_still(Evolution& evolution) {
  const VectorXd x = evolution.state();
  for (int step = 0; step < 8; ++step) {
    evolution.advance(1);
    if (evolution.state() == x) return true;
  }
  evolution.set_state(x);
  return false;
}

/// The wider one of the intervals of all batches and of pairs of them: short batches may be alike.
Estimate interval_of(const VectorXd& batches) {
  auto result = mean_of(batches);
  const VectorXd pairs =
      0.5 * (batches(Eigen::seq(0, Eigen::last, 2)) + batches(Eigen::seq(1, Eigen::last, 2)));
  result.half_width =
      std::max({result.half_width, mean_of(pairs).half_width, rounding * (1 + std::abs(result.value))});
  return result;
}

/// How wide an interval may be: a twentieth of the exponent or of the largest one; of one that is not told
/// from 0, and of others where rates scatter much, a fiftieth of the fastest rate that was seen.
double widest(const LyapunovSpectrum& result, const Measured& measured, std::size_t j) {
  constexpr double narrow = 0.05, narrow_of_fastest = 0.02;
  const auto& e = result.exponents[j];
  double fastest = measured.spread[static_cast<Index>(j)];
  if (e.covers(0))
    for (const auto& other : result.exponents) fastest = std::max(fastest, std::abs(other.value));
  return std::max({narrow * std::abs(e.value), narrow * std::abs(result.exponents[0].value),
                   narrow_of_fastest * fastest, 2 * rounding});
}

void judge_spectrum(LyapunovSpectrum& result, const Measured& measured) {
  const auto fails = [&](std::string why) { result.verdict = "not converged: " + std::move(why); };
  for (std::size_t j = 0; j < result.exponents.size(); ++j) {
    const auto& e = result.exponents[j];
    if (!std::isfinite(e.value)) return fails(fmt::format("exponent {} is no finite number", j + 1));
    if (e.half_width > widest(result, measured, j))
      return fails(fmt::format("the interval of exponent {} is too wide: take a longer duration", j + 1));
  }
  if (measured.vanished)
    return fails("a tangent was stretched by 0, and the mean of its logarithm does not exist");
  constexpr double most_memory = 0.5, narrow = 1e-3;
  const double memory = memory_of(measured.rates.row(0));
  if (memory > most_memory && result.exponents[0].half_width > narrow * std::abs(result.exponents[0].value))
    return fails(
        fmt::format("batches of the largest one still remember each other (correlation {:.2f}): take a "
                    "longer transient or duration",
                    memory));
  result.converged = true;
  result.verdict = "converged";
}

void finish_spectrum(LyapunovSpectrum& result, const VectorXd& batch_sums) {
  result.sum = interval_of(batch_sums);
  double size = 1;
  for (const auto& e : result.exponents) size += std::abs(e.value);
  result.sum.half_width = std::max(result.sum.half_width, rounding * size);
  result.kaplan_yorke = kaplan_yorke_dimension(result.exponents, result.dimension);
}

LyapunovSpectrum spectrum_at_rest(const Rest& rest, Index count, LyapunovSpectrum result) {
  for (Index j = 0; j < count; ++j)
    result.exponents.push_back({rest.rates[j], 10 * rounding * (1 + std::abs(rest.rates[j]))});
  result.at_rest = result.converged = true;
  result.verdict = "converged: the system came to rest at a stable fixed point, whose exponents are exact";
  finish_spectrum(result, VectorXd::Constant(exponent_batches, rest.rates.head(count).sum()));
  result.sum.value = rest.rates.head(count).sum();
  return result;
}

}  // namespace

std::optional<double> kaplan_yorke_dimension(const std::vector<Estimate>& exponents, Index dimension) {
  double sum = 0;
  for (std::size_t j = 0; j < exponents.size(); ++j) {
    const double next = exponents[j].value;
    if (sum + next < 0) return static_cast<double>(j) + (j > 0 ? sum / std::abs(next) : 0);
    sum += next;
  }
  if (static_cast<Index>(exponents.size()) == dimension) return static_cast<double>(dimension);
  return {};
}

LyapunovSpectrum lyapunov_spectrum(Evolution& evolution, const ExponentTask& task) {
  LyapunovSpectrum result;
  result.dimension = evolution.dimension();
  const Index count = task.count == 0 ? result.dimension : task.count;
  if (count < 0 || count > result.dimension)
    throw Error(fmt::format("{} exponents: the system has {}; ask for 1 to {} or all", count,
                            result.dimension, result.dimension));
  const std::int64_t transient = steps_in(task.transient, evolution), half = transient / 2;
  result.transient = static_cast<double>(transient) * evolution.step();
  const VectorXd start = evolution.state();
  const bool driven = evolution.is_driven();
  if (!driven) evolution.advance(1);
  const bool starts_at_rest = evolution.state() == start;
  evolution.set_state(start);
  evolution.advance(transient - half);
  require_finite(evolution);
  const auto expected = [&](double expansion) {
    if (result.complete() && evolution.expansion()) result.expected_sum = expansion;
  };
  const auto at_rest = [&](const Rest& rest) {
    auto found = spectrum_at_rest(rest, count, result);
    evolution.set_state(rest.state);
    if (found.complete()) found.expected_sum = evolution.expansion();
    return found;
  };
  const auto rest = [&]() -> std::optional<Rest> {
    if (driven) return {};
    return come_to_rest(evolution, std::max<std::int64_t>(half, 1));
  };
  if (const auto found = rest()) return at_rest(*found);

  const std::int64_t longest = std::llround(task.longest_interval / evolution.step()),
                     most = std::min(longest > 0 ? longest : 64,
                                     steps_in(task.duration, evolution) / exponent_batches);
  evolution.begin(count, task.seed);
  std::int64_t every = task.interval > 0 ? std::max<std::int64_t>(steps_in(task.interval, evolution), 1)
                                         : chosen_interval(evolution, count, most);
  Stretches turning(count);
  evolution.stretch(half / every, every, turning);
  require_finite(evolution);
  const std::int64_t steps = steps_in(task.duration, evolution);
  std::int64_t intervals = steps / (every * exponent_batches);
  if (task.interval <= 0 && steps >= exponent_batches) {  // a shorter one where the duration is then used up
    intervals = (steps + every * exponent_batches - 1) / (every * exponent_batches);
    every = steps / (intervals * exponent_batches);
  }
  if (intervals < 1)
    throw Error(
        fmt::format("a duration of {:g} is shorter than {} intervals of {:g}: take a longer duration or "
                    "a shorter interval",
                    task.duration, exponent_batches, static_cast<double>(every) * evolution.step()));
  const auto measured = measure_batches(evolution, count, intervals, every, task);
  result.steps = intervals * every * exponent_batches;
  result.duration = static_cast<double>(result.steps) * evolution.step();
  result.interval = static_cast<double>(every) * evolution.step();
  if (measured.rates(0, exponent_batches - 1) < 0)
    if (const auto found = rest()) return at_rest(*found);

  for (Index j = 0; j < count; ++j) result.exponents.push_back(interval_of(measured.rates.row(j)));
  result.batches = measured.rates;
  // QR gives them in order but for noise
  std::sort(result.exponents.begin(), result.exponents.end(),
            [](const auto& a, const auto& b) { return a.value > b.value; });
  finish_spectrum(result, measured.rates.colwise().sum());
  expected(measured.expansion);
  judge_spectrum(result, measured);
  if (result.exponents[0].value > 0 && !starts_at_rest && stands_still(evolution)) {
    result.collapsed = true;
    result.converged = false;
    result.verdict =
        "not converged: the orbit collapsed onto a point that is unstable, as binary numbers let it; the "
        "exponents are those of that point";
  }
  return result;
}

}  // namespace stoic
