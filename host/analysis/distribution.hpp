#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

namespace stoic {

/// What a number is like over many samples.
struct Distribution {
  std::int64_t samples = 0;   ///< finite ones: the others are left out of all that follows
  std::int64_t infinite = 0;  ///< those
  double mean = 0;
  double deviation = 0;  ///< standard deviation over the samples; 0 of one
  double least = 0, largest = 0;
  std::vector<std::pair<double, double>> quantiles;  ///< share of the samples below, value

  /// Of what share of the samples it is above 0.
  double positive = 0;
};

/// Quantiles at 0.05, 0.25, 0.5, 0.75 and 0.95, between samples by a straight line.
Distribution distribution(std::span<const double> values);

/// "samples", "mean", "deviation", "least", "largest", "quantiles", "positive", and "infinite" where there
/// are such.
nlohmann::ordered_json json_of(const Distribution& d);

/// How many of the values lie in each of `bins` equal parts from `least` to `largest`.
std::vector<double> histogram(std::span<const double> values, double least, double largest, int bins);

}  // namespace stoic
