#include "stoic/host/compare/series_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "stoic/host/compare/noise_curve.hpp"
#include "stoic/host/compare/word_lengths.hpp"
#include "stoic/host/compiler/driven_image.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index drift_stretches = 20;

VectorXd deviations(const MatrixXd& values) {
  return (values.colwise() - values.rowwise().mean()).array().square().rowwise().mean().sqrt();
}

std::vector<SeriesDrift> drift_of(const DrivenScores& fixed, const DrivenScores& reference) {
  const VectorXd unit = deviations(reference.truth);
  const MatrixXd apart = unit.cwiseInverse().asDiagonal() * (fixed.predicted - reference.predicted);
  std::vector<SeriesDrift> result;
  const Index steps = apart.cols(), count = std::min(drift_stretches, steps);
  for (Index s = 0; s < count; ++s) {
    const Index first = steps * s / count, end = steps * (s + 1) / count;
    const auto part = apart.middleCols(first, end - first);
    result.push_back(
        {first, end - first, std::sqrt(part.array().square().mean()), part.cwiseAbs().maxCoeff()});
  }
  return result;
}

struct GoldenError {
  double nrmse = 0;
  std::int64_t saturations = 0;
};

/// Of the test part alone, without free runs.
GoldenError golden_error(const Image& image, TimeSeries series, Team& team) {
  const auto ends = driven_image(image, "golden");
  series.parts.free_run = 0;
  const auto run = run_golden_series(image, ends, series, series.steps(), team);
  return {judge_fixed(image, ends, series, run.outputs, team).error.nrmse, run.saturations};
}

void measure_cell(SeriesWordLengths& cell, const DrivenModel& model, const TimeSeries& series,
                  const HardwareConfig& config, const std::atomic<bool>* stop) {
  Team alone(1, stop);
  try {
    const auto made =
        compile_driven(model, series, with_word_lengths(config, cell.state_width, cell.weight_width), alone);
    const auto error = golden_error(made.compilation.image, series, alone);
    cell.nrmse = error.nrmse;
    cell.saturations = error.saturations;
    cell.ridge = made.ridge;
    cell.weight_parts = made.weight_parts;
  } catch (const Error& error) {
    cell.obstacle = error.what();
  }
}

/// With noise on the inputs of the test part.
TimeSeries with_noise(const TimeSeries& series, double ratio, std::int64_t trial, std::uint64_t seed) {
  auto noisy = series;
  const Index first = series.parts.steps() - series.parts.test;
  const VectorXd size = deviations(series.inputs.leftCols(first)) / std::sqrt(ratio);
  for (Index i = 0; i < noisy.inputs.rows(); ++i) {
    const RandomKey key{seed, Purpose::observation_noise,
                        static_cast<std::uint64_t>(trial * noisy.inputs.rows() + i)};
    for (Index t = first; t < noisy.steps(); ++t)
      noisy.inputs(i, t) += size(i) * random_normal(key, static_cast<std::uint64_t>(t - first));
  }
  return noisy;
}

}  // namespace

SeriesComparison compare_series(const DrivenModel& model, const TimeSeries& series,
                                const HardwareConfig& config, Team& team) {
  SeriesComparison result;
  result.made = compile_driven(model, series, config, team);
  result.reference = judge_driven(model, series, team);
  auto rounded = result.made.rounded;
  fit_read_out(rounded, series, team);
  result.rounded = series_error(predict_test(rounded, series, team), series.test_targets());
  const auto& image = result.made.compilation.image;
  const auto ends = driven_image(image, "golden");
  result.run = run_golden_series(image, ends, series, series.steps(), team);
  result.golden = judge_fixed(image, ends, series, result.run.outputs, team);
  result.drift = drift_of(result.golden, result.reference);
  result.free_reference = free_run_statistics(result.reference.free, result.reference.truth);
  result.free_golden = free_run_statistics(result.golden.free, result.reference.truth);
  return result;
}

std::vector<SeriesWordLengths> series_word_lengths(const DrivenModel& model, const TimeSeries& series,
                                                   const HardwareConfig& config, Team& team,
                                                   const std::function<void(std::int64_t)>& progress) {
  std::vector<SeriesWordLengths> cells;
  for (const auto state_width : swept_state_widths)
    for (const auto weight_width : swept_weight_widths)
      cells.push_back({.state_width = state_width, .weight_width = weight_width});
  std::mutex telling;
  std::int64_t done = 0;
  team.split(std::ssize(cells), [&](std::int64_t first, std::int64_t end) {
    for (auto c = static_cast<std::size_t>(first); c < static_cast<std::size_t>(end); ++c) {
      team.stop_if_asked();
      measure_cell(cells[c], model, series, config, team.asked());
      const std::lock_guard lock(telling);
      progress(++done);
    }
  });
  return cells;
}

std::vector<SeriesNoise> series_noise(const DrivenModel& model, const TimeSeries& series,
                                      const SeriesComparison& comparison, std::int64_t trials, Team& team,
                                      const std::function<void(std::int64_t)>& progress) {
  std::vector<SeriesNoise> points;
  for (const double ratio : noise_ratios)
    points.push_back({ratio, std::vector<double>(static_cast<std::size_t>(trials)),
                      std::vector<double>(static_cast<std::size_t>(trials))});
  const auto& image = comparison.made.compilation.image;
  std::mutex telling;
  std::int64_t done = 0;
  team.split(std::ssize(points) * trials, [&](std::int64_t first, std::int64_t end) {
    for (auto job = first; job < end; ++job) {
      team.stop_if_asked();
      auto& point = points[static_cast<std::size_t>(job / trials)];
      const auto trial = static_cast<std::size_t>(job % trials);
      const auto noisy = with_noise(series, point.signal_to_noise, job % trials, model.recipe.seed);
      Team alone(1, team.asked());
      point.nrmse_float[trial] = series_error(predict_test(model, noisy, alone), series.test_targets()).nrmse;
      point.nrmse_fixed[trial] = golden_error(image, noisy, alone).nrmse;
      const std::lock_guard lock(telling);
      progress(++done);
    }
  });
  return points;
}

}  // namespace stoic
