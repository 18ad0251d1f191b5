#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/analysis/batch_means.hpp"
#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// How a time series becomes states: (x_i, x_{i+delay}, ..., x_{i+(dimension-1) delay}) (Takens).
struct SeriesOptions {
  /// Between the numbers of a state, in samples. 0: the first lag at which the autocorrelation is below 1 -
  /// 1/e.
  std::int64_t delay = 0;
  /// Numbers of a state. 0: the fewest, up to 10, of which no more than 1 % of nearest neighbours are false
  /// (Kennel, Brown, Abarbanel 1992: one more number tears them apart by more than 15 times their distance).
  std::int64_t dimension = 0;
  /// Neighbours must lie further apart in time (Theiler 1986), in samples. 0: the larger one of a state's own
  /// length and the mean time between two crossings of the mean upwards.
  std::int64_t theiler = 0;
  /// How far neighbours are followed, in samples. 0: ten mean times between crossings, 20 to 500.
  std::int64_t horizon = 0;
  double step = 1;  ///< time between samples: the exponent is per unit of it
};

/// The largest exponent of a series by the divergence of nearest neighbours (Rosenstein, Collins, De Luca
/// 1993).
struct SeriesExponent {
  std::int64_t samples = 0, delay = 0, dimension = 0, theiler = 0;
  double mean_period = 0;        ///< samples between crossings of the mean upwards
  std::int64_t pairs = 0;        ///< of neighbours that were followed
  std::vector<double> distance;  ///< mean of ln of the distance after 0, 1, ... samples
  /// First and last sample of the scaling region, the longest stretch over which that grows in a straight
  /// line; nothing where there is none, and then no exponent.
  std::optional<std::pair<std::int64_t, std::int64_t>> window;
  /// Slope there. The interval is over ten stretches of the series, and half of what the slopes of the
  /// window's halves differ by.
  std::optional<Estimate> exponent;
  std::string verdict;
};

/// Throws Error, one line that begins with `where`: for a series that is too short, is constant, or holds
/// what is no finite number.
SeriesExponent series_exponent(const Eigen::VectorXd& series, const std::string& where,
                               const SeriesOptions& options, Team& team);

}  // namespace stoic
