#include "stoic/host/compiler/compensated_rounding.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace stoic {
namespace compensated_rounding_test {

constexpr std::uint64_t seed = 11;

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return normal(random); });
}

/// Mean square of (W - codes) x over operands with these second moments.
double product_error(const Eigen::MatrixXd& W, const QuantisedMatrix& quantised,
                     const Eigen::MatrixXd& moments) {
  const Eigen::MatrixXd error =
      W - quantised.codes.cast<double>() * std::ldexp(1.0, static_cast<int>(-quantised.fraction_bits));
  return (error * moments * error.transpose()).trace();
}

TEST(CompensatedRounding, RoundsToNearestWhereOperandsAreUncorrelated) {
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const auto W = random_matrix(20, 150, random);
  const Eigen::MatrixXd moments = random_matrix(150, 1, random).cwiseAbs2().asDiagonal();
  EXPECT_EQ(quantise_for_products(W, 6, moments).codes, quantise_matrix(W, 6).codes);
  EXPECT_EQ(quantise_for_products(W, 6, Eigen::MatrixXd(Eigen::MatrixXd::Zero(150, 150))).codes,
            quantise_matrix(W, 6).codes);
}

TEST(CompensatedRounding, KeepsProductsWithCorrelatedOperandsCloser) {
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (const Eigen::Index columns : {1, 2, 63, 64, 65, 200}) {
    const auto W = random_matrix(30, columns, random);
    // Operands of a tenth as many dimensions as there are columns, and a little noise.
    const auto mixing = random_matrix(columns, std::max<Eigen::Index>(columns / 10, 1), random);
    const Eigen::MatrixXd moments =
        mixing * mixing.transpose() + 1e-3 * Eigen::MatrixXd::Identity(columns, columns);
    for (const std::int64_t width : {4, 8}) {
      const auto compensated = quantise_for_products(W, width, moments);
      const auto nearest = quantise_matrix(W, width);
      EXPECT_EQ(compensated.fraction_bits, nearest.fraction_bits);
      EXPECT_LE(compensated.codes.cwiseAbs().maxCoeff(), 1 << (width - 1));
      const double ratio = product_error(W, compensated, moments) / product_error(W, nearest, moments);
      EXPECT_LE(ratio, columns > 60 ? 0.3 : 1 + 1e-12) << columns << " columns, " << width << " bits";
    }
  }
}

TEST(CompensatedRounding, HasTheSameCodesWhateverElseWasRoundedForTheSameOperands) {
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const auto W = random_matrix(10, 70, random), other = random_matrix(10, 70, random);
  const auto mixing = random_matrix(70, 7, random);
  const SecondMoments shared(Eigen::MatrixXd(mixing * mixing.transpose()));
  for (const auto& matrix : {W, other, W, W})
    for (const std::int64_t width : {6, 8, 6})
      for (const std::int64_t most_bits : {3, 40}) {
        const auto known = quantise_for_products(matrix, width, shared, most_bits);
        const auto alone =
            quantise_for_products(matrix, width, SecondMoments(Eigen::MatrixXd(shared.mean())), most_bits);
        EXPECT_EQ(known.codes, alone.codes) << width << " bits, at most " << most_bits << " of fraction";
        EXPECT_EQ(known.fraction_bits, alone.fraction_bits);
      }
}

}  // namespace compensated_rounding_test
}  // namespace stoic
