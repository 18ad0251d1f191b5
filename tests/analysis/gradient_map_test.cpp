#include "stoic/host/analysis/gradient_map.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace stoic {
namespace gradient_map_test {

TEST(GradientMap, HasItsClosedFormsWhereItRestsAndWhereItGoesToAndFro) {
  for (const double rate : {0.001, 0.1, 0.37, 0.499, 0.75, 0.9, 0.99, 0.999, 0.9999, 0.99999}) {
    const auto point = gradient_map({.rate = rate});
    EXPECT_NEAR(point.exponent.value, std::log(std::abs(1 - 2 * rate)), 1e-10) << rate;
    EXPECT_EQ(point.period, 1) << rate;
  }
  for (const double rate : {1.001, 1.01, 1.1, 1.2, 1.23, 1.235}) {
    const auto point = gradient_map({.rate = rate});
    EXPECT_NEAR(point.exponent.value, std::log(std::abs(9 - 2 * (1 + rate) * (1 + rate))) / 2, 1e-10) << rate;
    EXPECT_EQ(point.period, 2) << rate;
    // The cycle: a b = 1/η, (a + b)² = 1 + 3/η.
    const double a = point.visited[0], b = point.visited[1];
    EXPECT_NEAR(a * b, 1 / rate, 1e-12);
    EXPECT_NEAR((a + b) * (a + b), 1 + 3 / rate, 1e-12);
  }
  EXPECT_EQ(gradient_map({.rate = 1.236}).period, 2) << "just below, where the cycle is hardly reached";
  EXPECT_EQ(gradient_map({.rate = 1.25}).period, 4) << "periods double at 1 and at √5 - 1";
  const auto chaos = gradient_map({.rate = 2, .steps = 400'000});
  EXPECT_TRUE(Estimate(chaos.exponent.value, chaos.exponent.half_width + 1e-3).covers(std::log(3.0)));
  EXPECT_TRUE(gradient_map({.rate = 2.5}).diverged);
}

/// The same map in long double, without any of the code above.
double reference_exponent(long double rate) {
  long double w = 0.1L, sum = 0;
  for (int n = 0; n < 20'000; ++n) w -= rate * (w * w * w - w);
  constexpr int steps = 100'000;
  for (int n = 0; n < steps; ++n) {
    sum += std::log(std::abs(1 + rate - 3 * rate * w * w));
    w -= rate * (w * w * w - w);
  }
  return static_cast<double>(sum / steps);
}

TEST(GradientMap, FirstIsChaosWhereALongDoubleReferenceHasIt) {
  double first = 0, reference = 0;
  for (int i = 0; i <= 80 && (first == 0 || reference == 0); ++i) {
    const double rate = 1.28 + 0.0005 * i;
    const auto point = gradient_map({.rate = rate, .starts = 1, .steps = 100'000});
    if (first == 0 && point.exponent.low() > 0) first = rate;
    if (reference == 0 && reference_exponent(rate) > 1e-3) reference = rate;
  }
  EXPECT_GT(first, 1.28);
  EXPECT_NEAR(first, reference, 0.0011);
}

TEST(GradientMap, OfAParabolaTurnsAtTwoOverTheSharpness) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const double sharpness = gradient_quadratic(12, 0.1, seed).sharpness;
    for (const double share : {0.2, 0.7, 0.99, 1.01, 1.5, 3.0}) {
      const auto point = gradient_quadratic(12, share * 2 / sharpness, seed);
      EXPECT_NEAR(point.exponent, point.expected, 1e-10) << seed << " " << share;
      EXPECT_EQ(point.exponent > 0, share > 1) << seed << " " << share;
    }
  }
  // Of many weights, whose smallest eigenvalues are all but alike.
  const auto many = gradient_quadratic(200, 0.1, 5);
  EXPECT_NEAR(many.exponent, many.expected, 1e-12);
}

}  // namespace gradient_map_test
}  // namespace stoic
