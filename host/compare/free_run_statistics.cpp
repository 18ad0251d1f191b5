#include "stoic/host/compare/free_run_statistics.hpp"

#include <algorithm>
#include <cmath>

#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

double distance_of(const MatrixXd& shares, const MatrixXd& truth) {
  return (shares - truth).cwiseAbs().sum() / 2 / static_cast<double>(truth.rows());
}

/// Of the distance of the mean of these histograms, by drawing some of them with replacement.
Interval resampled(const std::vector<MatrixXd>& of_runs, const MatrixXd& truth) {
  constexpr std::size_t draws = 1000;
  const auto count = static_cast<std::uint32_t>(of_runs.size());
  std::vector<double> distances;
  for (std::size_t d = 0; d < draws; ++d) {
    MatrixXd sum = MatrixXd::Zero(truth.rows(), truth.cols());
    for (std::uint32_t r = 0; r < count; ++r)
      sum += of_runs[random_below({1, Purpose::resampled_runs, d}, r, count)];
    distances.push_back(distance_of(sum / count, truth));
  }
  std::ranges::sort(distances);
  const auto outside = static_cast<std::size_t>(std::lround((1 - confidence_level) / 2 * draws));
  return {distances[outside], distances[draws - 1 - outside]};
}

}  // namespace

HistogramBins::HistogramBins(const MatrixXd& truth)
    : least(truth.rowwise().minCoeff()),
      width((truth.rowwise().maxCoeff() - least).cwiseMax(1e-300) / histogram_bins) {}

MatrixXd HistogramBins::shares(const MatrixXd& values) const {
  MatrixXd counts = MatrixXd::Zero(least.size(), histogram_bins);
  for (Index t = 0; t < values.cols(); ++t)
    for (Index i = 0; i < values.rows(); ++i) {
      const double at = (values(i, t) - least(i)) / width(i);
      counts(i, at < histogram_bins ? static_cast<Index>(std::max(at, 0.0)) : histogram_bins - 1) += 1;
    }
  return counts / static_cast<double>(values.cols());
}

std::optional<Interval> median_interval(std::vector<double> values) {
  std::ranges::sort(values);
  const auto n = values.size();
  double outside = 0;  // the chance that fewer than k are below the median
  std::size_t k = 0;
  while (2 * k < n) {
    outside += binomial_chance(static_cast<std::int64_t>(k), static_cast<std::int64_t>(n));
    if (outside > (1 - confidence_level) / 2) break;
    ++k;
  }
  if (k == 0) return {};
  return Interval{values[k - 1], values[n - k]};
}

std::optional<FreeRunStatistics> free_run_statistics(const FreeRuns& runs, const MatrixXd& truth) {
  if (runs.predicted.empty()) return {};
  const HistogramBins bins(truth);
  const MatrixXd shares = bins.shares(truth);
  std::vector<MatrixXd> of_runs;
  MatrixXd sum = MatrixXd::Zero(shares.rows(), shares.cols());
  for (const auto& predicted : runs.predicted) sum += of_runs.emplace_back(bins.shares(predicted));
  const MatrixXd mean = sum / static_cast<double>(of_runs.size());
  FreeRunStatistics result{.valid_steps = runs.median_valid_steps,
                           .valid_steps_interval = median_interval(runs.valid_steps),
                           .distance = distance_of(mean, shares),
                           .distance_interval = {},
                           .histogram = mean};
  if (result.valid_steps_interval) result.distance_interval = resampled(of_runs, shares);
  return result;
}

Standing standing(const FreeRunStatistics& known, const FreeRunStatistics& other) {
  if (!known.valid_steps_interval || !other.valid_steps_interval) return Standing::unknown;
  const double least = known.valid_steps_interval->low, most = known.distance_interval->high;
  if (other.valid_steps >= least && other.distance <= most) return Standing::within;
  if (other.valid_steps_interval->high >= least && other.distance_interval->low <= most)
    return Standing::overlapping;
  return Standing::worse;
}

}  // namespace stoic
