// Driven echo-state networks: states of one series, step by step, and the sums of ridge regression. compare_series.py
// sets NumPy beside it.
#include <benchmark/benchmark.h>

#include <vector>

#include "stoic/host/driven/driven_network.hpp"
#include "stoic/host/driven/ridge.hpp"

namespace stoic {
namespace series_benchmark {

constexpr Eigen::Index neurons = 500;

/// A step of a series. Argument: per cent of W's entries that are not zero.
void esn_states(benchmark::State& state) {
  DrivenRecipe recipe = parse_driven_recipe(
      R"({"dynamics": "esn", "neurons": 500, "leak": 0.5, "density": )" +
          std::to_string(static_cast<double>(state.range(0)) / 100) +
          R"(, "drive": {}, "data": {"set": "narma10", "train": 4000, "validation": 1000, "test": 2000}})",
      "benchmark");
  const auto series = load_series(recipe.data, 1);
  const DrivenModel model = draw_driven_model(recipe, series);
  const ScaledSeries scaled(model, series);
  Team alone(1);
  DrivenNetwork network(model, alone);
  Eigen::MatrixXd kept(neurons, series.steps());
  for (auto _ : state) {
    follow_series(network, scaled, series.steps(), alone,
                  [&](Eigen::Index t) { kept.col(t) = network.features(); });
    benchmark::DoNotOptimize(kept.data());
  }
  state.SetItemsProcessed(state.iterations() * series.steps());
}
BENCHMARK(esn_states)->Arg(10)->Arg(100)->Unit(benchmark::kMillisecond);

/// Sums of 100,000 steps of 500 features, all of them in memory, and the read-out.
void ridge(benchmark::State& state) {
  constexpr Eigen::Index steps = 100'000;
  constexpr auto piece = NormalEquations::good_steps;
  const Eigen::MatrixXd y = Eigen::MatrixXd::Random(1, piece);
  std::vector<Eigen::MatrixXd> pieces;
  for (Eigen::Index t = 0; t < steps; t += piece) pieces.push_back(Eigen::MatrixXd::Random(neurons, piece));
  for (auto _ : state) {
    NormalEquations equations(neurons, 1);
    for (const auto& z : pieces) equations.add(z, y);
    benchmark::DoNotOptimize(equations.solve(1e-4).W_out);
  }
  state.SetItemsProcessed(state.iterations() * ((steps + piece - 1) / piece * piece));
}
BENCHMARK(ridge)->Unit(benchmark::kMillisecond);

}  // namespace series_benchmark
}  // namespace stoic
