#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace stoic {

/// Two-sided confidence level of every interval here.
constexpr double confidence_level = 0.95;

struct Interval {
  double low = 0;
  double high = 0;
};

/// Wilson's interval of a share of which `successes` of `trials` independent samples are known. It stays
/// within [0, 1] and has a width even when all samples agree. No trials: [0, 1].
Interval wilson_interval(std::int64_t successes, std::int64_t trials);

/// Two deciders on the same samples.
struct PairedDifference {
  std::int64_t samples = 0;
  std::int64_t only_first_right = 0;
  std::int64_t only_second_right = 0;
  double difference = 0;  ///< accuracy of the second minus accuracy of the first

  /// Interval of the difference after Bonett and Price (2012): with both discordant counts raised by one and
  /// d the difference of their shares a and b among samples + 2, d ± z sqrt((a + b - d²) / (samples + 2)).
  /// Samples that both judge alike tell nothing but their number, so it is far narrower than two separate
  /// intervals suggest.
  Interval interval() const;
};

PairedDifference paired_difference(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second,
                                   std::span<const std::uint8_t> labels);

/// A sample on which float and fixed point decide differently.
struct Disagreement {
  std::int64_t sample = 0;
  int label = 0;
  int reference = 0;
  int fixed = 0;
};

std::vector<Disagreement> disagreements(std::span<const std::uint8_t> reference,
                                        std::span<const std::uint8_t> fixed,
                                        std::span<const std::uint8_t> labels);

}  // namespace stoic
