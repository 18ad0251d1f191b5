// What free runs are like: how long they are valid, and where they are.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "stoic/host/compare/free_run_statistics.hpp"

namespace stoic {
namespace free_run_test {

using Eigen::MatrixXd;

/// Runs of one output that is uniform in [0, reach), each valid for as many steps as `valid` says.
FreeRuns uniform_runs(const std::vector<double>& valid, double reach, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> draw(0, reach);
  FreeRuns runs;
  for (const double steps : valid) {
    MatrixXd run(1, 500);
    for (auto& value : run.reshaped()) value = draw(random);
    runs.predicted.push_back(run);
    runs.valid_steps.push_back(steps);
  }
  auto sorted = valid;
  std::ranges::sort(sorted);
  runs.median_valid_steps = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
  return runs;
}

MatrixXd ramp() { return Eigen::RowVectorXd::LinSpaced(3200, 0, 1); }

TEST(MedianInterval, IsBetweenTheRanksOfTheBinomialDistribution) {
  std::vector<double> values;
  for (int n = 1; n <= 20; ++n) {
    values.push_back(n);
    // Conover, table A3: of 6 to 8 the ends, of 9 the second ones, of 20 the sixth.
    const auto interval = median_interval(values);
    ASSERT_EQ(interval.has_value(), n >= 6) << n;
    if (n == 8) {
      EXPECT_EQ(interval->low, 1);
      EXPECT_EQ(interval->high, 8);
    } else if (n == 9) {
      EXPECT_EQ(interval->low, 2);
      EXPECT_EQ(interval->high, 8);
    } else if (n == 20) {
      EXPECT_EQ(interval->low, 6);
      EXPECT_EQ(interval->high, 15);
    }
  }
}

TEST(MedianInterval, HoldsTheMedianInNineteenOfTwentySamples) {
  std::mt19937_64 random(3);
  std::exponential_distribution<double> draw(1);
  for (const int n : {7, 20, 101, 2000}) {
    int held = 0;
    constexpr int trials = 1000;
    for (int trial = 0; trial < trials; ++trial) {
      std::vector<double> values(static_cast<std::size_t>(n));
      for (auto& value : values) value = draw(random);
      const auto interval = *median_interval(values);
      held += interval.low <= std::log(2.0) && std::log(2.0) <= interval.high;
    }
    EXPECT_GE(held, 930) << n;
    EXPECT_LE(held, n == 7 ? 995 : 980) << n;
  }
}

TEST(FreeRunStatistics, DistanceIsHalfTheSumOfDifferences) {
  const auto all = free_run_statistics(uniform_runs({1, 2, 3, 4, 5, 6, 7}, 1, 1), ramp()).value();
  EXPECT_LT(all.distance, 0.06);
  // Half of the attractor has the share of one: half of the differences is the other half.
  const auto half = free_run_statistics(uniform_runs({1, 2, 3, 4, 5, 6, 7}, 0.5, 2), ramp()).value();
  EXPECT_NEAR(half.distance, 0.5, 0.03);
  EXPECT_LE(half.distance_interval->low, half.distance);
  EXPECT_GE(half.distance_interval->high, half.distance);
  EXPECT_NEAR(half.histogram.sum(), 1, 1e-12);
  // What leaves the attractor, and what is no number, counts for the ends.
  FreeRuns away = uniform_runs({1}, 1, 3);
  away.predicted[0].setConstant(7);
  EXPECT_NEAR(free_run_statistics(away, ramp())->distance, 1 - 1.0 / histogram_bins, 1e-3);
  away.predicted[0].setConstant(NAN);
  EXPECT_NEAR(free_run_statistics(away, ramp())->distance, 1 - 1.0 / histogram_bins, 1e-3);
  EXPECT_FALSE(free_run_statistics(FreeRuns{}, ramp()));
}

TEST(FreeRunStatistics, TellWhatIsWorseFromWhatIsChance) {
  const std::vector<double> valid{80, 90, 100, 110, 120, 130, 140, 150};
  const auto of = [&](double factor, double reach, std::uint64_t seed) {
    auto scaled = valid;
    for (auto& steps : scaled) steps *= factor;
    return free_run_statistics(uniform_runs(scaled, reach, seed), ramp()).value();
  };
  const auto known = of(1, 1, 1);
  EXPECT_EQ(standing(known, known), Standing::within);
  EXPECT_EQ(standing(known, of(2, 1, 1)), Standing::within) << "better is no fault";
  EXPECT_EQ(standing(known, of(0.6, 1, 1)), Standing::overlapping);
  EXPECT_EQ(standing(known, of(0.5, 1, 1)), Standing::worse);
  EXPECT_EQ(standing(known, of(1, 0.5, 2)), Standing::worse);
  EXPECT_EQ(standing(known, free_run_statistics(uniform_runs({1, 2}, 1, 1), ramp()).value()),
            Standing::unknown);
}

}  // namespace free_run_test
}  // namespace stoic
