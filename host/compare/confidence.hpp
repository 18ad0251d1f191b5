#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "stoic/host/analysis/confidence_level.hpp"

namespace stoic {

struct Interval {
  double low = 0;
  double high = 0;
};

/// Wilson's interval of a share of which `successes` of `trials` independent samples are known. It stays
/// within [0, 1] and has a width even when all samples agree. No trials: [0, 1].
Interval wilson_interval(std::int64_t successes, std::int64_t trials);

/// The chance that just k of n things of which each goes either way, as likely one as the other, go one way.
double binomial_chance(std::int64_t k, std::int64_t n);

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

/// Two deciders on several trials of the same samples, such as draws of noise. A sample's trials are alike,
/// so they count as one cluster. Comparisons on other samples may be added to it.
class ClusteredDifference {
 public:
  /// `sums[s]`: in how many of the `trials` of sample s the second alone is right, minus those in which the
  /// first alone is.
  void add(std::span<const std::int32_t> sums, std::int64_t trials);

  std::int64_t samples() const { return samples_; }
  /// Accuracy of the second minus accuracy of the first, over all trials.
  double difference() const;
  /// Of the ratio of sums over clusters (Cochran, Sampling Techniques, chapter 6), with two samples more, in
  /// all of whose trials one or the other alone is right: for one trial it is PairedDifference::interval().
  Interval interval() const;

 private:
  std::int64_t samples_ = 0;
  double trials_ = 0, sum_ = 0;                            // over samples: t, s
  double squares_ = 0, products_ = 0, trial_squares_ = 0;  // s s, s t, t t
};

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
