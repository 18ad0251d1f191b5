#include "stoic/host/learning/training_time.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "stoic/host/learning/trainer.hpp"

namespace stoic {

double estimated_seconds(const Recipe& recipe, const Dataset& data, std::int64_t judged, int threads) {
  using Clock = std::chrono::steady_clock;
  constexpr double enough_seconds = 0.5;
  const auto seconds = [](Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
  };
  std::atomic<bool> stop{false};
  std::int64_t batches = 0, all_batches = 0;
  const auto start = Clock::now();
  auto first = start, last = start;
  TrainingOptions options{.threads = threads, .stop = &stop};
  options.progress = [&](const TrainingProgress& p) {
    last = Clock::now();
    if (batches++ == 0) first = last;
    all_batches = p.batches_per_epoch * p.epochs;
    stop = seconds(first, last) > enough_seconds;
  };
  train(recipe, data, options);
  const double preparation = seconds(start, first);
  if (batches < 2) return preparation * static_cast<double>(std::max<std::int64_t>(all_batches, 1));
  const double batch = seconds(first, last) / static_cast<double>(batches - 1);
  const double judged_batches = static_cast<double>(judged) / static_cast<double>(recipe.training.batch);
  return preparation + batch * (static_cast<double>(all_batches - 1) + judged_batches / 3);
}

}  // namespace stoic
