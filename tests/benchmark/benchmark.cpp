// Kernels of the float reference, on the network of paper 001: FFESN 784-500-10, spectral radius 1.8, T = 2.
// compare.py runs the two that a PyTorch user would run too, beside PyTorch.
#include <benchmark/benchmark.h>

#include <numeric>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/data/random.hpp"
#include "stoic/host/dynamics/reservoir.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/learner.hpp"

namespace stoic {
namespace {

constexpr std::int64_t samples = 8192;

Recipe recipe() {
  Recipe result{};
  result.dynamics = "ffesn";
  result.neurons = 500;
  result.inputs = 784;
  result.classes = 10;
  result.spectral_radius = 1.8;
  result.density = 0.5;
  result.steps = 2;
  result.input_scale = 1.0 / 255;
  result.training.optimizer = "sgd";
  result.seed = 1;
  return result;
}

const Dataset& data() {
  static const Dataset made = make_random_pixels(1, Split::train, samples, 784, 10);
  return made;
}

const Eigen::MatrixXd& reservoir() {
  static const Eigen::MatrixXd made = make_reservoir(500, 0.5, 1.8, 1);
  return made;
}

/// A whole step: gathering pixels (and drawing noise), forward, loss, backward, SGD with momentum.
/// Arguments: batch, threads, input noise in percent.
void training_step(benchmark::State& state) {
  Recipe shape = recipe();
  shape.training.input_noise = static_cast<double>(state.range(2)) / 100;
  Team team(static_cast<int>(state.range(1)));
  Learner<Ffesn<float>> learner(shape, Ffesn<float>(reservoir().cast<float>(), shape.steps), team);
  UpdateRule rule;
  rule.rate = 5e-3;
  rule.momentum = 0.9;
  const std::vector<std::uint32_t> order = random_permutation({1, Purpose::shuffle}, samples);
  const auto batch = static_cast<std::size_t>(state.range(0));
  std::size_t first = 0;
  for (auto _ : state) {
    learner.step(data(), std::span(order).subspan(first, batch), 0, rule);
    first = (first + batch) % samples;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(training_step)
    ->ArgNames({"batch", "threads", "noise"})
    ->ArgsProduct({{64, 256}, {1, 2}, {0, 15}})
    ->UseRealTime();

/// Evaluation of 8192 samples. Arguments: threads, precision in bits.
void inference(benchmark::State& state) {
  Model model{recipe(), {}, reservoir(), {}, state.range(1) == 32};
  model.W_in = Eigen::MatrixXd::Constant(500, 784, 0.01);
  model.W_out = Eigen::MatrixXd::Constant(10, 501, 0.01);
  InferenceOptions options;
  options.threads = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(logits(model, data().pixels, options));
  state.SetItemsProcessed(state.iterations() * samples);
}
BENCHMARK(inference)->ArgNames({"threads", "bits"})->ArgsProduct({{1, 2}, {32, 64}})->UseRealTime();

void reservoir_of(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(make_reservoir(state.range(0), 0.5, 1.8, 1));
}
BENCHMARK(reservoir_of)->ArgName("neurons")->Arg(500)->Arg(1024)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace stoic
