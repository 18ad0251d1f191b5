#include "stoic/host/compiler/binary_point.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace stoic {
namespace binary_point_test {

constexpr std::uint64_t seed = 1;

double largest_code(std::int64_t width) { return std::ldexp(1.0, static_cast<int>(width - 1)) - 1; }
double rounded(double value, std::int64_t fraction_bits) {
  return std::floor(std::ldexp(value, static_cast<int>(fraction_bits)) + 0.5);
}

TEST(FractionBits, AreTheMostThatHoldTheMagnitude) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(-40, 40);
  for (std::int64_t width = 4; width <= 24; ++width) {
    for (int i = 0; i < 2000; ++i) {
      const double magnitude = std::exp2(exponent(random));
      const auto bits = fraction_bits_for(magnitude, width);
      ASSERT_LE(rounded(magnitude, bits), largest_code(width)) << magnitude << ", width " << width;
      ASSERT_GT(rounded(magnitude, bits + 1), largest_code(width)) << magnitude << ", width " << width;
    }
    // The edges: the largest code itself, what still rounds to it, and what no longer does.
    const double most = largest_code(width);
    EXPECT_EQ(fraction_bits_for(most, width), 0);
    EXPECT_EQ(fraction_bits_for(most + 0.499, width), 0);
    EXPECT_EQ(fraction_bits_for(most + 0.5, width), -1);
    EXPECT_EQ(fraction_bits_for(std::ldexp(most, -30), width), 30);
  }
  EXPECT_EQ(fraction_bits_for(0, 16), 0);
  EXPECT_EQ(fraction_bits_for(1, 16), 14);
}

TEST(Quantise, RoundsToNearestWithTiesUpwardsAndSaturates) {
  EXPECT_EQ(quantise(0.375, 2, 8), 2);    // 1.5
  EXPECT_EQ(quantise(-0.375, 2, 8), -1);  // -1.5
  EXPECT_EQ(quantise(0.37, 2, 8), 1);
  EXPECT_EQ(quantise(100, -3, 8), 13);  // 12.5
  EXPECT_EQ(quantise(64, 1, 8), 127);
  EXPECT_EQ(quantise(-64, 1, 8), -128);
  EXPECT_EQ(quantise(-1e300, 10, 24), -(1 << 23));
}

TEST(Quantise, OfManyValuesIsThatOfEach) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> code(-70000, 70000);
  for (const std::int64_t bits : {-900, -33, -1, 0, 1, 15, 24, 1000, 1060}) {
    std::vector<double> values{0, -0.0, 0.5, -0.5};
    for (int i = 0; i < 100; ++i) values.push_back(std::ldexp(code(random), -static_cast<int>(bits)));
    for (const std::int64_t width : {4, 16, 24}) {
      std::vector<std::int32_t> codes(values.size());
      quantise(values, bits, width, codes.data());
      for (std::size_t i = 0; i < values.size(); ++i)
        EXPECT_EQ(codes[i], quantise(values[i], bits, width)) << values[i] << ", " << bits << " bits";
    }
  }
}

TEST(QuantisedMatrices, AreWithinHalfAUnitAndKnowTheirGrowth) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  for (const std::int64_t width : {4, 8, 18}) {
    Eigen::MatrixXd matrix(7, 11);
    for (auto& entry : matrix.reshaped()) entry = normal(random);
    matrix.row(3) *= 2;
    const auto quantised = quantise_matrix(matrix, width);
    const Eigen::MatrixXd scaled = matrix * std::ldexp(1.0, static_cast<int>(quantised.fraction_bits));
    EXPECT_LE((scaled - quantised.codes.cast<double>()).cwiseAbs().maxCoeff(), 0.5);
    EXPECT_LE(quantised.codes.cwiseAbs().maxCoeff(), largest_code(width));
    EXPECT_GT(2 * quantised.codes.cwiseAbs().maxCoeff() + 1, largest_code(width));
  }
  EXPECT_EQ(quantise_matrix(Eigen::MatrixXd::Zero(2, 2), 8).codes.cwiseAbs().sum(), 0);
}

}  // namespace binary_point_test
}  // namespace stoic
