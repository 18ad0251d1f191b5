#include "stoic/host/learning/training_time.hpp"

#include <algorithm>
#include <atomic>

#include "stoic/host/learning/trainer.hpp"
#include "stoic/sim/io/stopwatch.hpp"

namespace stoic {

double estimated_seconds(const Recipe& recipe, const Dataset& data, std::int64_t judged, int threads) {
  constexpr double enough_seconds = 0.5;
  std::atomic<bool> stop{false};
  std::int64_t batches = 0, all_batches = 0;
  const Stopwatch watch;
  double first = 0, last = 0;  // when these batches were done
  TrainingOptions options{.threads = threads, .stop = &stop};
  options.progress = [&](const TrainingProgress& p) {
    last = watch.seconds();
    if (batches++ == 0) first = last;
    all_batches = p.batches_per_epoch * p.epochs;
    stop = last - first > enough_seconds;
  };
  train(recipe, data, options);
  if (batches < 2) return first * static_cast<double>(std::max<std::int64_t>(all_batches, 1));
  const double batch = (last - first) / static_cast<double>(batches - 1);
  const double judged_batches = static_cast<double>(judged) / static_cast<double>(recipe.training.batch);
  return first + batch * (static_cast<double>(all_batches - 1) + judged_batches / 3);
}

}  // namespace stoic
