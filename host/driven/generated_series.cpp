#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "stoic/host/analysis/order8.hpp"
#include "stoic/host/driven/time_series.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

RandomKey series_key(std::uint64_t seed, std::uint64_t attempt = 0) {
  return {seed, Purpose::time_series, attempt};
}

double uniform_at(const RandomKey& key, Index i) {
  return random_uniform(key, static_cast<std::uint64_t>(i));
}

/// y(t+1) of the orders, from u and y up to t; both are 0 before the begin.
double narma_step(int order, const MatrixXd& u, const MatrixXd& y, Index t) {
  const auto at = [](const MatrixXd& series, Index i) { return i >= 0 ? series(0, i) : 0.0; };
  if (order == 2) return 0.4 * at(y, t) + 0.4 * at(y, t) * at(y, t - 1) + 0.6 * std::pow(u(0, t), 3) + 0.1;
  double sum = 0;
  for (Index i = 0; i < order; ++i) sum += at(y, t - i);
  const double next = 0.3 * at(y, t) + 0.05 * at(y, t) * sum + 1.5 * at(u, t - order + 1) * u(0, t);
  return order == 20 ? std::tanh(next + 0.01) : next + 0.1;
}

constexpr double beyond = 10;      // an order 10 that gets here does not come back
constexpr Index drawn_anew = 100;  // inputs before that

}  // namespace

TimeSeries make_narma(int order, Index steps, std::uint64_t seed) {
  TimeSeries series{.inputs = MatrixXd(1, steps), .targets = {}};
  const auto draw = [&](std::uint64_t attempt, Index from, Index to) {
    const auto key = series_key(seed, attempt);
    for (Index t = from; t < to; ++t) series.inputs(0, t) = 0.5 * uniform_at(key, t);
  };
  draw(0, 0, steps);
  MatrixXd y = MatrixXd::Zero(1, steps + 1);
  std::uint64_t attempt = 0;
  for (Index t = 0; t < steps; ++t) {
    y(0, t + 1) = narma_step(order, series.inputs, y, t);
    if (std::abs(y(0, t + 1)) < beyond) continue;
    const Index from = std::max<Index>(t - drawn_anew, 0);
    draw(++attempt, from, t + 1);
    t = from - 1;
  }
  series.targets = y.rightCols(steps);
  return series;
}

TimeSeries make_waves(Index period, Index steps, std::uint64_t seed) {
  const auto key = series_key(seed);
  TimeSeries series{.inputs = MatrixXd(1, steps), .targets = MatrixXd::Zero(2, steps)};
  series.target_names = {"sine", "square"};
  for (Index t = 0; t < steps; ++t) {
    const Index square = uniform_at(key, t / period) < 0.5 ? 1 : 0;
    if (t % period == 0) series.sequences.push_back({.begin = t, .steps = period, .of_class = square});
    // at the middles of its parts, where the sign is never that of 0
    const double sine = std::sin(2 * std::numbers::pi * (static_cast<double>(t % period) + 0.5) /
                                 static_cast<double>(period));
    series.inputs(0, t) = square ? std::copysign(1.0, sine) : sine;
    series.targets(square, t) = 1;
  }
  return series;
}

TimeSeries make_memory(Index delays, Index steps, std::uint64_t seed) {
  const auto key = series_key(seed);
  MatrixXd u(1, steps + delays);
  for (Index t = 0; t < u.cols(); ++t) u(0, t) = 2 * uniform_at(key, t) - 1;
  TimeSeries series{.inputs = u.rightCols(steps), .targets = MatrixXd(delays, steps)};
  for (Index k = 1; k <= delays; ++k) series.targets.row(k - 1) = u.middleCols(delays - k, steps);
  return series;
}

MatrixXd mackey_glass(double tau, double step, Index steps, std::uint64_t seed) {
  constexpr double longest = 0.05, transient = 1000;
  const auto delay = static_cast<Index>(std::ceil(tau / longest));
  const double h = tau / static_cast<double>(delay);
  const auto count = static_cast<Index>(std::ceil((transient + step * static_cast<double>(steps)) / h)) + 2;
  std::vector<double> x(static_cast<std::size_t>(delay + count + 1)), slope(x.size());
  const double past = 0.5 + 0.8 * random_uniform(series_key(seed), 0);
  std::fill_n(x.begin(), delay + 1, past);
  const auto f = [](double now, double before) {
    return 0.2 * before / (1 + std::pow(before, 10)) - 0.1 * now;
  };
  // Hermite's cubic between grid point i and the next, at a share s of the way
  const auto between = [&](std::size_t i, double s) {
    const double r = 1 - s;
    return (1 + 2 * s) * r * r * x[i] + s * s * (3 - 2 * s) * x[i + 1] +
           h * s * r * (r * slope[i] - s * slope[i + 1]);
  };
  const auto d = static_cast<std::size_t>(delay);
  for (std::size_t i = d; i + 1 < x.size(); ++i) {
    const double now = x[i], early = x[i - d], middle = between(i - d, 0.5), late = x[i - d + 1];
    const double k1 = f(now, early), k2 = f(now + h / 2 * k1, middle), k3 = f(now + h / 2 * k2, middle),
                 k4 = f(now + h * k3, late);
    slope[i] = k1;
    x[i + 1] = now + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    slope[i + 1] = f(x[i + 1], late);
  }
  MatrixXd result(1, steps);
  for (Index t = 0; t < steps; ++t) {
    const double at = (transient + step * static_cast<double>(t)) / h;
    const auto i = static_cast<std::size_t>(at);
    result(0, t) = between(d + i, at - std::floor(at));
  }
  return result;
}

MatrixXd lorenz63(double step, Index steps, std::uint64_t seed) {
  using State = std::array<double, 3>;
  constexpr double longest = 0.01, transient = 50;
  const auto key = series_key(seed);
  State x{1 + random_uniform(key, 0), 1 + random_uniform(key, 1), 20 + random_uniform(key, 2)};
  const auto f = [](const State& at, State& slope) {
    slope = {10 * (at[1] - at[0]), at[0] * (28 - at[2]) - at[1], at[0] * at[1] - 8.0 / 3 * at[2]};
  };
  for (Index i = 0; i < static_cast<Index>(transient / longest); ++i) step_of_order_8(f, x, longest);
  const auto parts = static_cast<Index>(std::ceil(step / longest));
  MatrixXd result(3, steps);
  for (Index t = 0; t < steps; ++t) {
    result.col(t) << x[0], x[1], x[2];
    for (Index i = 0; i < parts; ++i) step_of_order_8(f, x, step / static_cast<double>(parts));
  }
  return result;
}

MatrixXd henon(Index steps, std::uint64_t seed) {
  constexpr Index transient = 1000;
  const auto key = series_key(seed);
  double x = 0.1 * random_uniform(key, 0), y = 0.1 * random_uniform(key, 1);
  MatrixXd result(1, steps);
  for (Index t = -transient; t < steps; ++t) {
    if (t >= 0) result(0, t) = x;
    const double next = 1 - 1.4 * x * x + y;
    y = 0.3 * x;
    x = next;
  }
  return result;
}

}  // namespace stoic
