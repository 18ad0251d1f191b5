// A whole training step of every MNIST recipe that is built in, beside which compare_systems.py sets the same
// network in PyTorch.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <set>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/learning/learner.hpp"
#include "stoic/host/model/recipe.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace {

constexpr std::int64_t samples = 4096;

/// Without noise, which the other side does not draw either; so slow that no weight goes astray.
void training_of(benchmark::State& state, const std::filesystem::path& path) {
  auto recipe = parse_recipe(read_file(path), path.string());
  recipe.training.input_noise = 0;
  static const Dataset data = make_random_pixels(1, Split::train, samples, 784, 10);
  Team team(static_cast<int>(state.range(0)));
  Learner<float> learner(recipe, make_system<float>(in_training(recipe.system), recipe.draw_matrices()),
                         team);
  UpdateRule rule = update_rule(recipe.training, 0, 1);
  rule.rate = recipe.training.optimizer == "adam" ? 1e-6 : 1e-3;
  const auto order = random_permutation({1, Purpose::shuffle}, samples);
  const auto batch = static_cast<std::size_t>(recipe.training.batch);
  std::size_t first = 0;
  for (auto _ : state) {
    learner.step(data, std::span(order).subspan(first, batch), 0, rule);
    first = first + 2 * batch <= samples ? first + batch : 0;
  }
  state.SetItemsProcessed(state.iterations() * recipe.training.batch);
}

const int registered = [] {
  std::set<std::filesystem::path> recipes;
  for (const auto& entry : std::filesystem::directory_iterator(STOIC_SOURCE_DIR "/models"))
    if (entry.path().extension() == ".json" && entry.path().filename().string().starts_with("mnist-"))
      recipes.insert(entry.path());
  for (const auto& path : recipes)
    benchmark::RegisterBenchmark(("training_of/" + path.stem().string()).c_str(),
                                 [path](benchmark::State& state) { training_of(state, path); })
        ->ArgName("threads")
        ->Arg(1)
        ->Arg(2)
        ->UseRealTime();
  return 0;
}();

}  // namespace
}  // namespace stoic
