#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "stoic/host/compare/confidence.hpp"
#include "stoic/host/driven/driven_scores.hpp"

namespace stoic {

/// What free runs are like: for how long they are right, and whether they stay on the attractor of the series when
/// they no longer are.
struct FreeRunStatistics {
  /// Median over the runs of the steps that each is valid for. Its interval is between two of the runs: of n
  /// independent ones the median of all is between the k-th least and the k-th largest with a chance that the
  /// binomial distribution gives (W. J. Conover, Practical Nonparametric Statistics, chapter 3.2); the narrowest
  /// such of 95 % at least. Of fewer than six runs there is none, here and below.
  double valid_steps = 0;
  std::optional<Interval> valid_steps_interval;
  /// How far what the runs give is distributed from how the test part is: half the sum of the differences of both
  /// histograms, of `histogram_bins` bins between least and largest value of the test part, mean over the outputs;
  /// 0 where they are the same, 1 where they have nothing in common. Its interval by drawing as many runs with
  /// replacement a thousand times.
  double distance = 0;
  std::optional<Interval> distance_interval;
  Eigen::MatrixXd histogram;  ///< of all runs together: shares, [outputs x bins]
};
inline constexpr std::int64_t histogram_bins = 32;

/// Bins of the values of a test part [outputs x steps]. What is beyond, or no number, counts for a bin at the end.
struct HistogramBins {
  Eigen::VectorXd least, width;  ///< of each output
  explicit HistogramBins(const Eigen::MatrixXd& truth);
  /// [outputs x bins]
  Eigen::MatrixXd shares(const Eigen::MatrixXd& values) const;
};

/// Of runs in the same numbers as `truth` [outputs x steps], the test part; nothing where there are none.
std::optional<FreeRunStatistics> free_run_statistics(const FreeRuns& runs, const Eigen::MatrixXd& truth);

/// What the second is beside the first: within the first one's intervals, or better; else not to be told from it,
/// since intervals of both overlap; else worse.
enum class Standing { unknown, within, overlapping, worse };
Standing standing(const FreeRunStatistics& known, const FreeRunStatistics& other);

/// The narrowest interval of 95 % of the median of values that these are a sample of; nothing of fewer than six.
std::optional<Interval> median_interval(std::vector<double> values);

}  // namespace stoic
