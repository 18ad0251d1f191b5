#include "stoic/host/compare/confidence.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace stoic {
namespace {

constexpr double z = confidence_deviations;

}  // namespace

Interval wilson_interval(std::int64_t successes, std::int64_t trials) {
  if (trials == 0) return {0, 1};
  const auto n = static_cast<double>(trials);
  const double share = static_cast<double>(successes) / n;
  const double centre = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

double binomial_chance(std::int64_t k, std::int64_t n) {
  const auto log_factorial = [](std::int64_t m) { return std::lgamma(static_cast<double>(m) + 1); };
  return std::exp(log_factorial(n) - log_factorial(k) - log_factorial(n - k) -
                  static_cast<double>(n) * std::numbers::ln2);
}

Interval PairedDifference::interval() const {
  const auto n = static_cast<double>(samples + 2);
  const double first = static_cast<double>(only_first_right + 1) / n;
  const double second = static_cast<double>(only_second_right + 1) / n;
  const double centre = second - first;
  const double half = z * std::sqrt((first + second - centre * centre) / n);
  return {std::max(-1.0, centre - half), std::min(1.0, centre + half)};
}

void ClusteredDifference::add(std::span<const std::int32_t> sums, std::int64_t trials) {
  const auto t = static_cast<double>(trials);
  for (const double s : sums) {
    sum_ += s;
    squares_ += s * s;
    products_ += s * t;
  }
  const auto count = static_cast<double>(sums.size());
  samples_ += static_cast<std::int64_t>(sums.size());
  trials_ += count * t;
  trial_squares_ += count * t * t;
}

double ClusteredDifference::difference() const { return trials_ > 0 ? sum_ / trials_ : 0; }

Interval ClusteredDifference::interval() const {
  if (samples_ == 0) return {-1, 1};
  const double mean = trials_ / static_cast<double>(samples_), trials = trials_ + 2 * mean;
  const double centre = sum_ / trials;
  const double spread = squares_ + 2 * mean * mean - 2 * centre * products_ +
                        centre * centre * (trial_squares_ + 2 * mean * mean);
  const double half = z * std::sqrt(std::max(0.0, spread)) / trials;
  return {std::max(-1.0, centre - half), std::min(1.0, centre + half)};
}

PairedDifference paired_difference(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second,
                                   std::span<const std::uint8_t> labels) {
  PairedDifference result{.samples = static_cast<std::int64_t>(labels.size())};
  for (std::size_t s = 0; s < labels.size(); ++s) {
    const bool first_right = first[s] == labels[s];
    const bool second_right = second[s] == labels[s];
    result.only_first_right += first_right && !second_right;
    result.only_second_right += second_right && !first_right;
  }
  result.difference = static_cast<double>(result.only_second_right - result.only_first_right) /
                      static_cast<double>(std::max<std::int64_t>(result.samples, 1));
  return result;
}

std::vector<Disagreement> disagreements(std::span<const std::uint8_t> reference,
                                        std::span<const std::uint8_t> fixed,
                                        std::span<const std::uint8_t> labels) {
  std::vector<Disagreement> result;
  for (std::size_t s = 0; s < labels.size(); ++s)
    if (reference[s] != fixed[s])
      result.push_back({static_cast<std::int64_t>(s), labels[s], reference[s], fixed[s]});
  return result;
}

}  // namespace stoic
