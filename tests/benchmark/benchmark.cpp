// Kernels of the float reference and the golden model, on the network of paper 001: FFESN 784-500-10,
// spectral radius 1.8, T = 2. compare.py sets golden beside float, and runs the two that a PyTorch user would
// run too, beside PyTorch.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "pixels.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/dynamics/reservoir.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/learner.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/golden/batch.hpp"

namespace stoic {
namespace {

constexpr std::int64_t samples = 8192;

Recipe recipe() {
  Recipe result{};
  result.system = FfesnParameters{.neurons = 500, .spectral_radius = 1.8, .steps = 2};
  result.inputs = 784;
  result.classes = 10;
  result.input_scale = 1.0 / 255;
  result.training.optimizer = "sgd";
  result.seed = 1;
  return result;
}

const Dataset& data() {
  static const Dataset made = make_black_digits(samples);
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
  Learner<float> learner(shape, make_system<float>(shape.system, {{"W_reservoir", reservoir()}}), team);
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

/// A network with weights drawn as training draws them.
const Model& model() {
  static const Model made = [] {
    Model result{.recipe = recipe(), .matrices = {{"W_reservoir", reservoir()}}};
    const auto uniform = [](Eigen::Index rows, Eigen::Index columns, Purpose purpose) {
      const RandomKey key{1, purpose};
      const double limit = 1 / std::sqrt(static_cast<double>(columns));
      return Eigen::MatrixXd::NullaryExpr(rows, columns, [=](Eigen::Index r, Eigen::Index c) {
        return limit * (2 * random_uniform(key, static_cast<std::uint64_t>(r * columns + c)) - 1);
      });
    };
    result.W_in = uniform(500, 784, Purpose::read_in_weights);
    result.W_out = uniform(10, 501, Purpose::read_out_weights);
    return result;
  }();
  return made;
}

/// Evaluation of 8192 samples. Arguments: threads, precision in bits.
void inference(benchmark::State& state) {
  const InferenceOptions options{.threads = static_cast<int>(state.range(0)),
                                 .single_precision = state.range(1) == 32};
  for (auto _ : state) benchmark::DoNotOptimize(logits(model(), data().samples, options));
  state.SetItemsProcessed(state.iterations() * samples);
}
BENCHMARK(inference)->ArgNames({"threads", "bits"})->ArgsProduct({{1, 2}, {32, 64}})->UseRealTime();

/// The same samples in exact fixed point on an accelerator instance, preparation of the image included.
void golden_inference(benchmark::State& state, const char* instance) {
  const auto image = compile(model(), data(), load_hardware_config(instance)).image;
  const golden::BatchOptions options{.threads = static_cast<int>(state.range(0))};
  const auto input = [](std::int64_t sample, std::span<std::int32_t> codes) {
    std::copy_n(data().samples.bytes().data() + sample * data().inputs, codes.size(), codes.begin());
  };
  for (auto _ : state) benchmark::DoNotOptimize(golden::run_batch(image, samples, input, options));
  state.SetItemsProcessed(state.iterations() * samples);
}
BENCHMARK_CAPTURE(golden_inference, small, "small")->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(golden_inference, default, "default")->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(golden_inference, wide, "wide")->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

void reservoir_of(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(make_reservoir(state.range(0), 0.5, 1.8, 1));
}
BENCHMARK(reservoir_of)->ArgName("neurons")->Arg(500)->Arg(1024)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace stoic
