// A read-out whose weights are too coarse for a word, as the sum of two matrices of weights.
#include "stoic/host/compiler/split_matrix.hpp"

#include <gtest/gtest.h>

#include <random>

namespace stoic {
namespace split_matrix_test {

using Eigen::MatrixXd;

constexpr std::int64_t no_limit = 62;

HardwareConfig config_of(std::int64_t state_width, std::int64_t weight_width,
                         std::int64_t accumulator_width) {
  HardwareConfig config;
  config.state_width = state_width;
  config.weight_width = weight_width;
  config.accumulator_width = accumulator_width;
  return config;
}

MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, double scale, std::uint64_t seed) {
  MatrixXd matrix(rows, columns);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> draw(-scale, scale);
  for (auto& entry : matrix.reshaped()) entry = draw(random);
  return matrix;
}

/// The largest |sum| that a row makes with states of `width` bits.
std::int64_t largest_sum(const QuantisedMatrix& matrix, std::int64_t width) {
  const auto row_sums = matrix.codes.cast<std::int64_t>().cwiseAbs().rowwise().sum();
  return row_sums.maxCoeff() * (std::int64_t{1} << (width - 1));
}

TEST(SplitMatrix, IsTheMatrixToHalfAUnitOfItsLowPart) {
  const auto config = config_of(16, 8, 32);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    const auto matrix = random_matrix(3, 40, std::ldexp(1.0, static_cast<int>(seed) - 10), seed);
    const auto split = split_matrix(matrix, config, no_limit, 2);
    ASSERT_EQ(split.parts.size(), 2U);
    EXPECT_EQ(split.parts[1].fraction_bits, split.parts[0].fraction_bits + 8);
    // The high part alone is off by up to half of its own unit.
    EXPECT_GT((split.parts[0].values() - matrix).cwiseAbs().maxCoeff(),
              std::ldexp(1.0, -static_cast<int>(split.parts[0].fraction_bits) - 2));
    const double error = (split.values() - matrix).cwiseAbs().maxCoeff();
    EXPECT_LE(error, 0.5 * std::ldexp(1.0, -static_cast<int>(split.parts[1].fraction_bits)));
  }
}

TEST(SplitMatrix, EveryFurtherPartIsAnotherWordOfWeights) {
  const auto config = config_of(16, 8, 48);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    const auto matrix = random_matrix(3, 40, 1.0, seed);
    const auto split = split_matrix(matrix, config, no_limit, 3);
    ASSERT_EQ(split.parts.size(), 3U);
    EXPECT_EQ(split.parts[1].fraction_bits, split.parts[0].fraction_bits + 8);
    EXPECT_EQ(split.parts[2].fraction_bits, split.parts[0].fraction_bits + 16);
    const double error = (split.values() - matrix).cwiseAbs().maxCoeff();
    EXPECT_LE(error, std::ldexp(0.5, -static_cast<int>(split.parts[2].fraction_bits)));
  }
  // The third where the accumulator has room for its bits alone.
  const auto matrix = random_matrix(3, 40, 1.0, 1);
  const auto first = split_matrix(matrix, config, no_limit, 1).parts[0].fraction_bits;
  EXPECT_EQ(split_matrix(matrix, config, no_limit, 3, first + 8).parts.size(), 2U);
  const auto least = split_matrix(matrix, config, no_limit, 3, first + 9);
  ASSERT_EQ(least.parts.size(), 3U);
  EXPECT_EQ(least.parts[2].fraction_bits, first + 9);
}

TEST(SplitMatrix, CodesFillTheirWordsAndNeverLeaveThem) {
  for (const std::int64_t width : {4, 8, 11}) {
    SCOPED_TRACE(width);
    const auto config = config_of(8, width, 48);
    const auto matrix = random_matrix(5, 30, 3.0, 7);
    const auto split = split_matrix(matrix, config, no_limit, 2);
    ASSERT_EQ(split.parts.size(), 2U);
    const int most = (1 << (width - 1)) - 1;
    EXPECT_LE(split.parts[0].codes.maxCoeff(), most);
    EXPECT_GE(split.parts[0].codes.minCoeff(), -most - 1);
    EXPECT_GT(split.parts[0].codes.cwiseAbs().maxCoeff(), most / 2) << "one more fraction bit had room";
    EXPECT_LE(split.parts[1].codes.maxCoeff(), most);
    EXPECT_GE(split.parts[1].codes.minCoeff(), -most - 1);
    EXPECT_GT(split.parts[1].codes.cwiseAbs().maxCoeff(), most / 2);
  }
}

TEST(SplitMatrix, NoRowOfEitherPartLeavesItsShareOfTheAccumulator) {
  for (const std::int64_t accumulator : {24, 26, 28, 32}) {
    for (const Eigen::Index columns : {1, 2, 63, 64, 65, 500}) {
      SCOPED_TRACE(testing::Message() << accumulator << " bits, " << columns << " columns");
      const auto config = config_of(16, 8, accumulator);
      const auto matrix = random_matrix(4, columns, 1.0, 3);
      const auto split = split_matrix(matrix, config, no_limit, 2);
      const auto bits = split.parts[0].fraction_bits;
      // A quarter of the range for each, and no fraction bit fewer than there is room for.
      const double quarter = std::ldexp(1.0, static_cast<int>(accumulator) - 3),
                   sum =
                       std::ldexp(matrix.cwiseAbs().rowwise().sum().maxCoeff(), static_cast<int>(bits) + 15);
      EXPECT_LE(sum, quarter);
      if (bits < fraction_bits_for(matrix.cwiseAbs().maxCoeff(), 8)) {
        EXPECT_GT(sum, quarter / 2);
      }
      if (split.parts.size() > 1) {
        EXPECT_LE(static_cast<double>(largest_sum(split.parts[1], 16)), 2 * quarter);
      }
    }
  }
}

TEST(SplitMatrix, IsOneMatrixWhereOneIsAskedForOrTheAccumulatorIsNarrow) {
  const auto matrix = random_matrix(4, 64, 1.0, 5);
  EXPECT_FALSE(weights_are_narrow(config_of(16, 12, 48)));
  EXPECT_TRUE(weights_are_narrow(config_of(16, 11, 48)));
  EXPECT_FALSE(split_matrix(matrix, config_of(16, 8, 48), no_limit, 1).parts.size() > 1);
  EXPECT_TRUE(split_matrix(matrix, config_of(16, 16, 48), no_limit, 2).parts.size() > 1);
  // 16 bits of a state, 6 for 64 columns: one bit is left of 23, none of 22.
  const auto least = split_matrix(matrix, config_of(16, 8, 23), no_limit, 2);
  ASSERT_EQ(least.parts.size(), 2U);
  EXPECT_EQ(least.parts[1].fraction_bits, least.parts[0].fraction_bits + 1);
  EXPECT_FALSE(split_matrix(matrix, config_of(16, 8, 22), no_limit, 2).parts.size() > 1);
}

TEST(SplitMatrix, HasNoMoreFractionBitsThanItMay) {
  const auto matrix = random_matrix(4, 64, 1.0, 5);
  const auto config = config_of(16, 8, 48);
  const auto bits = split_matrix(matrix, config, no_limit, 2).parts[0].fraction_bits;
  EXPECT_EQ(split_matrix(matrix, config, bits, 2).parts[0].fraction_bits, bits);
  EXPECT_EQ(split_matrix(matrix, config, bits - 1, 2).parts[0].fraction_bits, bits - 1);
  EXPECT_EQ(split_matrix(MatrixXd::Zero(2, 2), config, 5, 2).parts[0].fraction_bits, 5);
}

}  // namespace split_matrix_test
}  // namespace stoic
