#include "stoic/host/compare/confidence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace stoic {
namespace confidence_test {

constexpr double z = 1.959963984540054;
constexpr double rounding = 1e-12;

TEST(WilsonInterval, EndsSolveTheQuadraticThatDefinesThem) {
  for (const std::int64_t trials : {1, 10, 300, 10000})
    for (const double share : {0.0, 0.1, 0.5, 0.986, 1.0}) {
      const auto right = std::llround(share * static_cast<double>(trials));
      const auto n = static_cast<double>(trials);
      const auto interval = wilson_interval(right, trials);
      for (const double p : {interval.low, interval.high})
        EXPECT_NEAR(std::pow(static_cast<double>(right) / n - p, 2), z * z * p * (1 - p) / n, rounding)
            << right << " of " << trials;
      EXPECT_LE(interval.low, static_cast<double>(right) / n + rounding);
      EXPECT_GE(interval.high, static_cast<double>(right) / n - rounding);
    }
}

TEST(WilsonInterval, EqualsPublishedValues) {
  const auto interval = wilson_interval(8, 10);
  EXPECT_NEAR(interval.low, 0.49016, 1e-5);
  EXPECT_NEAR(interval.high, 0.94332, 1e-5);
}

TEST(WilsonInterval, AllRightStillLeavesDoubt) {
  const auto interval = wilson_interval(300, 300);
  EXPECT_NEAR(interval.low, 300 / (300 + z * z), rounding);
  EXPECT_DOUBLE_EQ(interval.high, 1);
  EXPECT_DOUBLE_EQ(wilson_interval(0, 0).low, 0);
  EXPECT_DOUBLE_EQ(wilson_interval(0, 0).high, 1);
}

TEST(PairedDifference, CountsOnlyDecisionsThatOneOfBothGetsRight) {
  const std::vector<std::uint8_t> labels{0, 1, 2, 3, 4, 5};
  const std::vector<std::uint8_t> first{0, 1, 2, 0, 9, 9};
  const std::vector<std::uint8_t> second{0, 1, 0, 3, 4, 8};  // both wrong at the end, differently
  const auto difference = paired_difference(first, second, labels);
  EXPECT_EQ(difference.samples, 6);
  EXPECT_EQ(difference.only_first_right, 1);
  EXPECT_EQ(difference.only_second_right, 2);
  EXPECT_DOUBLE_EQ(difference.difference, 1.0 / 6);
  const auto found = disagreements(first, second, labels);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[3].sample, 5);
  EXPECT_EQ(found[3].reference, 9);
  EXPECT_EQ(found[3].fixed, 8);
}

TEST(PairedDifference, WithoutDiscordantDecisionsTheIntervalIsSymmetricAndKeepsAWidth) {
  const auto interval = PairedDifference{.samples = 998}.interval();
  EXPECT_NEAR(interval.high, z * std::sqrt(2.0) / 1000, rounding);
  EXPECT_NEAR(interval.low, -interval.high, rounding);
}

TEST(PairedDifference, EqualsTheClosedFormAndTurnsRoundWhenBothAreExchanged) {
  const PairedDifference d{.samples = 98, .only_first_right = 9, .only_second_right = 3};
  const PairedDifference exchanged{.samples = 98, .only_first_right = 3, .only_second_right = 9};
  const double half = z * std::sqrt((0.10 + 0.04 - 0.06 * 0.06) / 100);
  EXPECT_NEAR(d.interval().low, -0.06 - half, rounding);
  EXPECT_NEAR(d.interval().high, -0.06 + half, rounding);
  EXPECT_NEAR(exchanged.interval().low, -d.interval().high, rounding);
}

TEST(PairedDifference, CoversTheTruthAsOftenAsPromised) {
  constexpr int experiments = 4000;
  constexpr int samples = 500;
  std::mt19937_64 random(7);
  std::discrete_distribution<int> outcome{0.97, 0.02, 0.01};
  int covered = 0;
  for (int e = 0; e < experiments; ++e) {
    PairedDifference d{.samples = samples};
    for (int s = 0; s < samples; ++s) {
      const int o = outcome(random);
      d.only_first_right += o == 1;
      d.only_second_right += o == 2;
    }
    const auto interval = d.interval();
    covered += interval.low <= -0.01 && -0.01 <= interval.high;
  }
  // Three standard deviations of the count are 0.01; the method is known to be a little cautious.
  EXPECT_GT(covered / static_cast<double>(experiments), 0.94);
  EXPECT_LT(covered / static_cast<double>(experiments), 0.98);
}

}  // namespace confidence_test
}  // namespace stoic
