// A whole training step of every MNIST recipe that is built in, and inference, beside which
// compare_systems.py sets the same network in PyTorch.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <thread>

#include "pixels.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/learner.hpp"
#include "stoic/host/model/recipe.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace systems_benchmark {

constexpr std::int64_t samples = 4096;

const Dataset& data() {
  static const Dataset made = make_black_digits(samples);
  return made;
}

/// Without noise, which the other side does not draw either.
Recipe quiet_recipe(const std::filesystem::path& path) {
  auto recipe = parse_recipe(read_file(path), path.string());
  recipe.training.input_noise = 0;
  return recipe;
}

/// Arguments: batch, threads. So slow that no weight goes astray.
void training_of(benchmark::State& state, const std::filesystem::path& path) {
  const Recipe recipe = quiet_recipe(path);
  Team team(static_cast<int>(state.range(1)));
  Learner<float> learner(recipe, make_system<float>(in_training(recipe.system), recipe.draw_matrices()),
                         team);
  UpdateRule rule = update_rule(recipe.training, 0, 1);
  rule.rate = recipe.training.optimizer == "adam" ? 1e-6 : 1e-3;
  const auto order = random_permutation({1, Purpose::shuffle}, samples);
  const auto batch = static_cast<std::size_t>(state.range(0));
  std::size_t first = 0;
  for (auto _ : state) {
    learner.step(data(), std::span(order).subspan(first, batch), 0, rule);
    first = first + 2 * batch <= samples ? first + batch : 0;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// Of a network before its training. Argument: threads.
void inference_of(benchmark::State& state, const std::filesystem::path& path) {
  Model model{.recipe = quiet_recipe(path)};
  model.matrices = model.recipe.draw_matrices();
  Team alone(1);
  const Learner<float> learner(model.recipe, make_system<float>(model.recipe.system, model.matrices), alone);
  model.W_in = learner.read_in.weights.dense().cast<double>();
  model.W_out = learner.read_out.weights.dense().cast<double>();
  for (auto _ : state)
    benchmark::DoNotOptimize(logits(model, data().samples,
                                    {.threads = static_cast<int>(state.range(0)), .single_precision = true}));
  state.SetItemsProcessed(state.iterations() * samples);
}

/// Each recipe with its own batch, two of them with further ones and for inference.
const int registered = [] {
  const int cores = std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
  std::set<std::filesystem::path> recipes;
  for (const auto& entry : std::filesystem::directory_iterator(STOIC_SOURCE_DIR "/models"))
    if (entry.path().extension() == ".json" && entry.path().filename().string().starts_with("mnist-"))
      recipes.insert(entry.path());
  for (const auto& path : recipes) {
    const std::string name = path.stem().string();
    std::set<std::int64_t> batches{std::min(quiet_recipe(path).training.batch, samples)};
    const bool more = name == "mnist-ffesn" || name == "mnist-csto";
    if (more) batches.insert({64, 256});
    for (const auto batch : batches)
      for (const int threads : {1, cores})
        benchmark::RegisterBenchmark(("training_of/" + name).c_str(),
                                     [path](benchmark::State& state) { training_of(state, path); })
            ->ArgNames({"batch", "threads"})
            ->Args({batch, threads})
            ->UseRealTime();
    for (const int threads : {1, cores})
      if (more)
        benchmark::RegisterBenchmark(("inference_of/" + name).c_str(),
                                     [path](benchmark::State& state) { inference_of(state, path); })
            ->ArgName("threads")
            ->Arg(threads)
            ->UseRealTime();
  }
  return 0;
}();

}  // namespace systems_benchmark
}  // namespace stoic
