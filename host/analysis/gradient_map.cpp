#include "stoic/host/analysis/gradient_map.hpp"

#include <algorithm>
#include <cmath>

#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

constexpr double start_deviation = 0.1;
constexpr std::int64_t longest_cycle = 64, batches = 20;

double descended(double w, double rate) { return w - rate * (w * w * w - w); }
/// ln |f'(w)|
double stretch(double w, double rate) { return std::log(std::abs(1 + rate - 3 * rate * w * w)); }

/// Steps after which w comes back, up to rounding; 0: it does not.
std::int64_t period_of(double w, double rate) {
  double x = w;
  for (std::int64_t n = 1; n <= longest_cycle; ++n) {
    x = descended(x, rate);
    if (std::abs(x - w) < 1e-10 * (1 + std::abs(w))) return n;
  }
  return 0;
}

/// How far w is from where it is after so many steps.
double miss(double w, double rate, std::int64_t steps) {
  double x = w;
  for (std::int64_t n = 0; n < steps; ++n) x = descended(x, rate);
  return std::abs(x - w);
}

/// Whether an orbit that comes back after so many steps only swings about a cycle of half as many, or about rest: it comes
/// back, up to rounding, long before it is there.
bool creeps(double w, double rate, std::int64_t period) {
  return period % 2 == 0 && miss(w, rate, period / 2) < 1e-3;
}

/// Passes the transient, and goes on where the orbit still creeps to rest or to a cycle, until it comes no nearer.
void settle(double& w, const GradientMapTask& task) {
  constexpr int most = 100;
  double nearest = INFINITY;
  for (int round = 0; round < most; ++round) {
    for (std::int64_t n = 0; n < task.transient; ++n) w = descended(w, task.rate);
    const auto period = period_of(w, task.rate);
    if (creeps(w, task.rate, period > 0 ? period : 4)) continue;
    const double now = period > 0 ? miss(w, task.rate, period) : INFINITY;
    if (!(now < nearest / 2)) return;
    nearest = now;
  }
}

/// The mean stretch along a cycle. Where the cycle attracts, w is on it but for rounding, which may swing to and fro about
/// it where it hardly attracts: twice the cycle makes up for that.
double cycle_exponent(double w, double rate, std::int64_t period) {
  double sum = 0;
  for (std::int64_t n = 0; n < 2 * period; ++n, w = descended(w, rate)) sum += stretch(w, rate);
  return sum / static_cast<double>(2 * period);
}

}  // namespace

GradientMapPoint gradient_map(const GradientMapTask& task) {
  GradientMapPoint result;
  std::vector<double> means;
  double exact = 0;
  bool cycles = true;
  for (std::int64_t s = 0; s < task.starts; ++s) {
    double w =
        start_deviation * random_normal({task.seed, Purpose::orbit_start, static_cast<std::uint64_t>(s)}, 0);
    settle(w, task);
    const auto period = period_of(w, task.rate);
    const std::int64_t noted = std::max<std::int64_t>(task.points / task.starts, 1);
    const std::int64_t seen = period > 0 ? std::min(period, noted) : noted;
    double x = w;
    for (std::int64_t n = 0; n < seen; ++n, x = descended(x, task.rate)) result.visited.push_back(x);
    cycles = cycles && period > 0;
    result.period = std::max(result.period, period);
    if (period > 0) exact = std::max(s == 0 ? -INFINITY : exact, cycle_exponent(w, task.rate, period));
    for (std::int64_t b = 0; b < batches; ++b) {
      double sum = 0;
      const std::int64_t count = std::max<std::int64_t>(task.steps / batches, 1);
      for (std::int64_t n = 0; n < count; ++n, w = descended(w, task.rate)) sum += stretch(w, task.rate);
      means.push_back(sum / static_cast<double>(count));
    }
    if (!std::isfinite(w)) {
      result.diverged = true;
      return result;
    }
  }
  if (!cycles) result.period = 0;
  result.exponent = cycles ? Estimate{exact, 0}
                           : mean_of(Eigen::Map<const Eigen::VectorXd>(means.data(), std::ssize(means)));
  return result;
}

std::optional<double> gradient_map_exponent(double rate) {
  const double doubled = std::sqrt(5.0) - 1;
  if (rate >= 0 && rate < 1) return std::log(std::abs(1 - 2 * rate));
  if (rate > 1 && rate < doubled) return std::log(std::abs(9 - 2 * (1 + rate) * (1 + rate))) / 2;
  if (rate == 2) return std::log(3.0);
  return {};
}

QuadraticPoint gradient_quadratic(Eigen::Index size, double rate, std::uint64_t seed) {
  const Eigen::MatrixXd a = Eigen::MatrixXd::NullaryExpr(size, size, [&](Eigen::Index r, Eigen::Index c) {
    return random_normal({seed, Purpose::orbit_start, static_cast<std::uint64_t>(c)},
                         static_cast<std::uint64_t>(r));
  });
  const Eigen::MatrixXd hessian = a.transpose() * a / static_cast<double>(size);
  const Eigen::VectorXd sharpnesses = symmetric_eigen(hessian).values;
  QuadraticPoint result;
  result.sharpness = sharpnesses.maxCoeff();
  result.expected = std::log((1 - rate * sharpnesses.array()).abs().maxCoeff());
  // The map of twice as many steps is the square of the one before: disturbances are followed for 2^doublings steps, all
  // at once, and what is left of the norm's own size is divided by as many.
  constexpr int doublings = 48;
  Eigen::MatrixXd map = Eigen::MatrixXd::Identity(size, size) - rate * hessian;
  double steps = 1;
  for (int n = 0; n < doublings; ++n, steps *= 2) {
    const double stretch = map.norm();
    result.exponent += std::log(stretch) / steps;
    if (!(stretch > 0)) break;
    map /= stretch;
    map = (map * map).eval();
  }
  return result;
}

}  // namespace stoic
