// Driven echo-state networks: states of one series, step by step, and the sums of ridge regression. compare_series.py
// sets NumPy beside it.
#include <benchmark/benchmark.h>
#include <sys/mman.h>

#include <cstdlib>
#include <memory>
#include <new>

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

/// Memory in huge pages where the system has them, as NumPy asks for them: with pages of 4 KB the same work takes 1.2 to
/// 2 times as long, depending on where they lie.
class HugePages {
 public:
  explicit HugePages(std::size_t values)
      : bytes_((values * sizeof(double) + page - 1) / page * page),
        data_(static_cast<double*>(std::aligned_alloc(page, bytes_))) {
    if (!data_) throw std::bad_alloc();
    madvise(data_.get(), bytes_, MADV_HUGEPAGE);  // a system that has none says so, and nothing else changes
  }
  double* data() { return data_.get(); }

 private:
  static constexpr std::size_t page = std::size_t{2} << 20;
  struct Free {
    void operator()(double* data) const { std::free(data); }
  };
  std::size_t bytes_;
  std::unique_ptr<double, Free> data_;
};

/// Sums of 100,000 steps of 500 features, all of them in memory, and the read-out.
void ridge(benchmark::State& state) {
  constexpr Eigen::Index piece = NormalEquations::good_steps, steps = (100'000 + piece - 1) / piece * piece;
  const Eigen::MatrixXd y = Eigen::MatrixXd::Random(1, piece);
  HugePages memory(static_cast<std::size_t>(neurons * steps));
  Eigen::Map<Eigen::MatrixXd> z(memory.data(), neurons, steps);
  z.setRandom();
  for (auto _ : state) {
    NormalEquations equations(neurons, 1);
    for (Eigen::Index t = 0; t < steps; t += piece) equations.add(z.middleCols(t, piece), y);
    benchmark::DoNotOptimize(equations.solve(1e-4).W_out);
  }
  state.SetItemsProcessed(state.iterations() * steps);
}
BENCHMARK(ridge)->Unit(benchmark::kMillisecond);

}  // namespace series_benchmark
}  // namespace stoic
