// Kernels of coupled spin-torque oscillators: 200 of them, 300 ps in 30 steps of RK4, as the PyTorch peer
// takes them.
#include <benchmark/benchmark.h>

#include <vector>

#include "pixels.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/learning/learner.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace csto_benchmark {

constexpr std::int64_t oscillators = 200;

CstoParameters csto() {
  CstoParameters result;
  result.oscillators = oscillators;
  result.step_ps = 10;
  return result;
}

Recipe csto_recipe() {
  Recipe recipe{};
  recipe.system = csto();
  recipe.inputs = 784;
  recipe.classes = 10;
  recipe.input_scale = 1.0 / 255;
  recipe.training.optimizer = "sgd";
  recipe.seed = 1;
  return recipe;
}

const Eigen::MatrixXd& coupling() {
  static const Eigen::MatrixXd made = make_coupling(oscillators, 1);
  return made;
}

void count_oscillator_steps(benchmark::State& state, std::int64_t samples) {
  const auto steps = state.iterations() * samples * oscillators * csto().time().steps();
  state.counters["oscillator_steps/s"] =
      benchmark::Counter(static_cast<double>(steps), benchmark::Counter::kIsRate);
}

/// m(T) of a batch, one core, nothing remembered.
void csto_forward(benchmark::State& state) {
  const Csto<float> system(coupling(), csto());
  Team alone(1);
  auto trajectory = system.make_passage(state.range(0));
  std::vector<float> normal(static_cast<std::size_t>(csto().width()));
  for (Eigen::Index s = 0; s < state.range(0); ++s) {
    fill_normal(normal, {1, Purpose::initial_state, static_cast<std::uint64_t>(s)});
    for (Eigen::Index i = 0; i < csto().width(); ++i)
      trajectory.first()(i, s) = normal[static_cast<std::size_t>(i)];
  }
  for (auto _ : state) system.forward(trajectory, alone);
  count_oscillator_steps(state, state.range(0));
}
BENCHMARK(csto_forward)->ArgName("batch")->Arg(64)->Arg(256);

/// The matrix products of csto_forward alone: what no integrator can beat.
void csto_products(benchmark::State& state) {
  const Panels<float> weights(Eigen::MatrixXf(coupling().cast<float>()));
  constexpr Eigen::Index group = group_samples;
  const Panels<float> x(oscillators, group);
  Panels<float> y(oscillators, group);
  const std::int64_t steps = csto().time().steps();
  for (auto _ : state)
    for (std::int64_t product = 0; product < state.range(0) / group * 4 * steps; ++product) {
      for (Eigen::Index p = 0; p < weights.panels(); ++p) multiply_panel(weights, x, y, p, 0, group);
      benchmark::DoNotOptimize(y.panel(0));
    }
  count_oscillator_steps(state, state.range(0));
}
BENCHMARK(csto_products)->ArgName("batch")->Arg(256);

/// From inputs to outputs.
void csto_inference(benchmark::State& state) {
  const Recipe recipe = csto_recipe();
  const Eigen::Index samples = state.range(0);
  const Csto<float> system(coupling(), csto());
  const auto random = [](Eigen::Index rows, Eigen::Index columns, std::uint64_t stream) {
    Eigen::MatrixXf values(rows, columns);
    fill_normal(std::span(values.data(), static_cast<std::size_t>(values.size())),
                {1, Purpose::initial_state, stream});
    return Panels<float>(values);
  };
  const auto read_in = random(recipe.neurons(), recipe.inputs, 0), inputs = random(recipe.inputs, samples, 1),
             read_out = random(recipe.classes, recipe.neurons() + 1, 2);
  Panels<float> outputs(recipe.classes, samples);
  Team team(static_cast<int>(state.range(1)));
  auto trajectory = system.make_passage(samples);
  for (auto _ : state) {
    multiply(read_in, inputs, trajectory.first(), team);
    system.forward(trajectory, team);
    multiply(read_out, trajectory.last(), outputs, team);
  }
  state.SetItemsProcessed(state.iterations() * samples);
}
BENCHMARK(csto_inference)->ArgNames({"batch", "threads"})->ArgsProduct({{64, 256}, {1, 2}})->UseRealTime();

/// A whole step of training: pixels, forward, loss, discrete adjoint, SGD with momentum.
void csto_training_step(benchmark::State& state) {
  constexpr std::int64_t samples = 2048;
  static const Dataset data = make_black_digits(samples);
  const Recipe recipe = csto_recipe();
  Team team(static_cast<int>(state.range(1)));
  Learner<float> learner(recipe, make_system<float>(recipe.system, {{"W_coupling", coupling()}}), team);
  UpdateRule rule;
  rule.rate = 5e-3;
  rule.momentum = 0.9;
  const std::vector<std::uint32_t> order = random_permutation({1, Purpose::shuffle}, samples);
  const auto batch = static_cast<std::size_t>(state.range(0));
  std::size_t first = 0;
  for (auto _ : state) {
    learner.step(data, std::span(order).subspan(first, batch), 0, rule);
    first = (first + batch) % samples;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(csto_training_step)
    ->ArgNames({"batch", "threads"})
    ->ArgsProduct({{64, 256}, {1, 2}})
    ->UseRealTime();

}  // namespace csto_benchmark
}  // namespace stoic
