#include "stoic/host/kernels/decompositions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/random/random.hpp"

namespace stoic {
namespace decompositions_test {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd random_matrix(Index rows, Index columns, std::uint64_t seed) {
  return MatrixXd::NullaryExpr(rows, columns, [&](Index r, Index c) {
    return random_normal({seed, Purpose::shuffle}, static_cast<std::uint64_t>(r * columns + c));
  });
}

double largest(const MatrixXd& matrix) { return matrix.cwiseAbs().maxCoeff(); }

class Decompositions : public testing::TestWithParam<Index> {
 protected:
  const Index n = GetParam();
  const MatrixXd a = random_matrix(n, n, 1), symmetric = a + a.transpose(), tall = random_matrix(2 * n, n, 2),
                 identity = MatrixXd::Identity(n, n);
  const double rounding = 1e-14 * static_cast<double>(n);
};

TEST_P(Decompositions, AnOrthonormalBasisSpansTheColumnsOneAfterTheOther) {
  const auto [basis, diagonal] = orthonormal(tall);
  EXPECT_LE(largest(basis.transpose() * basis - identity), rounding);
  const MatrixXd r = basis.transpose() * tall;
  EXPECT_LE(largest(basis * r - tall), 10 * rounding);
  EXPECT_LE(largest(MatrixXd(r.triangularView<Eigen::StrictlyLower>())), 10 * rounding);
  EXPECT_LE(largest(VectorXd(r.diagonal()) - diagonal), 10 * rounding);
  EXPECT_LE(largest(MatrixXd(triangular_factor(tall).triangularView<Eigen::Upper>()) - r), 10 * rounding);
}

TEST_P(Decompositions, SolutionsSolveAndInversesInvert) {
  const double condition = 1 / reciprocal_condition(a);
  EXPECT_LE(largest(a * inverse(a) - identity), rounding * condition);
  EXPECT_LE(largest(a * solve(a, symmetric) - symmetric), 10 * rounding * condition);
  const MatrixXd x = least_squares(tall, random_matrix(2 * n, 1, 3));
  EXPECT_LE(largest(tall.transpose() * (tall * x - random_matrix(2 * n, 1, 3))), 100 * rounding);
  const MatrixXd positive = tall.transpose() * tall;
  EXPECT_LE(largest(positive * solve_positive(positive, a).values - a), 1e4 * rounding);
}

TEST_P(Decompositions, EigenvectorsAreTurnedIntoMultiplesOfThemselves) {
  const auto [values, vectors] = symmetric_eigen(symmetric);
  EXPECT_LE(largest(vectors.transpose() * vectors - identity), 10 * rounding);
  EXPECT_LE(largest(symmetric * vectors - vectors * values.asDiagonal()), 100 * rounding);
  EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
  const Eigen::VectorXcd all = eigenvalues(a);
  EXPECT_NEAR(all.sum().real(), a.trace(), 100 * rounding);
  EXPECT_NEAR(all.sum().imag(), 0, 100 * rounding);
  EXPECT_NEAR(all.cwiseAbs().array().log().sum(), log_absolute_determinant(a), 1e4 * rounding);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Decompositions, testing::Values(1, 2, 37, 130));

/// Also of a matrix whose values fall over fifteen orders of magnitude, to the rounding of the largest.
TEST(SingularValues, AndTheirVectorsMakeTheMatrix) {
  for (const Index n : {1, 2, 40}) {
    const MatrixXd left = orthonormal(random_matrix(n, n, 1)).basis,
                   right = orthonormal(random_matrix(n, n, 2)).basis;
    const VectorXd values = VectorXd::NullaryExpr(
        n, [&](Index i) { return std::pow(10.0, -15.0 * static_cast<double>(i) / 40); });
    const MatrixXd a = left * values.asDiagonal() * right.transpose();
    const SingularDecomposition found = singular_decomposition(a);
    EXPECT_LE((found.values - values).cwiseAbs().maxCoeff(), 1e-14);
    EXPECT_LE((found.left * found.values.asDiagonal() * found.right.transpose() - a).cwiseAbs().maxCoeff(),
              1e-14);
    const Index certain =
        std::min<Index>(n, 25);  // above 1e-9: below, rounding mixes the vectors of ± a value
    const MatrixXd identity = MatrixXd::Identity(certain, certain);
    EXPECT_LE((found.left.leftCols(certain).transpose() * found.left.leftCols(certain) - identity).norm(),
              1e-6);
    EXPECT_LE((found.right.leftCols(certain).transpose() * found.right.leftCols(certain) - identity).norm(),
              1e-6);
  }
}

TEST(Cholesky, OfWhatIsNotPositiveDefiniteSaySo) {
  const MatrixXd indefinite = VectorXd::LinSpaced(3, -1, 1).asDiagonal();
  EXPECT_EQ(solve_positive(indefinite, MatrixXd::Ones(3, 1)).values.size(), 0);
  const MatrixXd definite = VectorXd::LinSpaced(3, 1, 4).asDiagonal();
  EXPECT_EQ(solve_positive(definite, MatrixXd::Ones(3, 1)).values(2, 0), 0.25);
}

}  // namespace decompositions_test
}  // namespace stoic
