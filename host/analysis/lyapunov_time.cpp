#include "stoic/host/analysis/lyapunov_time.hpp"

#include <algorithm>
#include <cmath>

#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

/// States of one orbit, so many steps apart.
std::vector<VectorXd> states_of(Evolution& evolution, std::int64_t count, std::int64_t apart) {
  std::vector<VectorXd> states;
  for (std::int64_t i = 0; i < count; ++i) {
    evolution.advance(apart);
    states.push_back(evolution.state());
    require_finite(evolution);
  }
  return states;
}

double size_of(const std::vector<VectorXd>& states) {
  const std::size_t half = states.size() / 2;
  double sum = 0;
  for (std::size_t i = 0; i < half; ++i) sum += (states[i] - states[i + half]).norm();
  return sum / static_cast<double>(half);
}

VectorXd disturbed(const VectorXd& x, double length, std::uint64_t seed, std::uint64_t number) {
  VectorXd direction(x.size());
  for (Index i = 0; i < x.size(); ++i)
    direction[i] = random_normal({seed, Purpose::initial_tangents, number}, static_cast<std::uint64_t>(i));
  return x + length * direction.normalized();
}

/// Two states that go on together.
class Pair {
 public:
  Pair(Evolution& evolution, VectorXd first, VectorXd second)
      : evolution_(evolution), first_(std::move(first)), second_(std::move(second)) {}
  double distance() const { return (first_ - second_).norm(); }
  void advance() {
    for (auto* x : {&first_, &second_}) {
      evolution_.set_state(*x);
      evolution_.advance(1);
      *x = evolution_.state();
    }
  }

 private:
  Evolution& evolution_;
  VectorXd first_, second_;
};

}  // namespace

SpanningTime spanning_time(Evolution& evolution, const LyapunovTimeTask& task) {
  SpanningTime result{.starts = task.starts, .disturbance = task.disturbance, .reaches = task.reaches};
  evolution.advance(std::max<std::int64_t>(steps_in(task.transient, evolution), 1));
  const auto apart = std::max<std::int64_t>(steps_in(task.transient / 100, evolution), 1);
  constexpr std::int64_t of_size = 200;
  const auto states = states_of(evolution, std::max(of_size, task.starts), apart);
  result.size = size_of(states);
  const double scale = 1 + states.back().norm();
  if (!(result.size > 1e-9 * scale)) return result.size = 0, result;

  std::vector<double> shares;
  for (double share = 10 * task.disturbance; share < task.reaches; share *= 10) shares.push_back(share);
  shares.push_back(task.reaches);
  std::vector<std::vector<double>> times(shares.size());
  const auto longest = std::max<std::int64_t>(steps_in(task.longest, evolution), 1);
  for (std::int64_t s = 0; s < task.starts; ++s) {
    const auto& x = states[static_cast<std::size_t>(s * std::ssize(states) / task.starts)];
    Pair pair(evolution, x,
              disturbed(x, task.disturbance * result.size, task.seed, static_cast<std::uint64_t>(s)));
    std::size_t reached = 0;
    for (std::int64_t step = 1; step <= longest && reached < shares.size(); ++step) {
      pair.advance();
      const double share = pair.distance() / result.size;
      while (reached < shares.size() && share >= shares[reached])
        times[reached++].push_back(static_cast<double>(step) * evolution.step());
    }
    if (task.progress) task.progress(s + 1, task.starts);
  }
  for (std::size_t i = 0; i < shares.size(); ++i)
    if (!times[i].empty())
      result.growth.emplace_back(shares[i],
                                 Eigen::Map<VectorXd>(times[i].data(), std::ssize(times[i])).mean());
  auto& last = times.back();
  result.spanned = std::ssize(last);
  if (result.spanned == task.starts)
    result.time = mean_of(Eigen::Map<VectorXd>(last.data(), std::ssize(last)));
  return result;
}

}  // namespace stoic
