#include "stoic/host/kernels/decompositions.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>

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

/// Weights are drawn by them: a training repeats only if they never change.
TEST(Decompositions, HaveTheBitsOfEigensOwn) {
  for (const Index n : {1, 2, 37, 130}) {
    SCOPED_TRACE(n);
    const MatrixXd a = random_matrix(n, n, 1), symmetric = a + a.transpose(),
                   tall = random_matrix(2 * n, n, 2);
    EXPECT_EQ(orthonormal(a).basis, MatrixXd(Eigen::HouseholderQR<MatrixXd>(a).householderQ()));
    const Eigen::HouseholderQR<MatrixXd> qr(tall);
    EXPECT_EQ(orthonormal(tall).basis, MatrixXd(qr.householderQ() * MatrixXd::Identity(2 * n, n)));
    EXPECT_EQ(orthonormal(tall).diagonal, VectorXd(qr.matrixQR().diagonal()));
    EXPECT_EQ(inverse(a), MatrixXd(a.partialPivLu().inverse()));
    EXPECT_EQ(solve(a, symmetric), MatrixXd(a.partialPivLu().solve(symmetric)));
    EXPECT_EQ(symmetric_eigen(symmetric).vectors,
              Eigen::SelfAdjointEigenSolver<MatrixXd>(symmetric).eigenvectors());
    EXPECT_EQ(eigenvalues(a), Eigen::EigenSolver<MatrixXd>(a, false).eigenvalues());
  }
}

/// Also of a matrix whose values fall over fifteen orders of magnitude, to the rounding of the largest.
TEST(Decompositions, SingularValuesAndTheirVectorsMakeTheMatrix) {
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

TEST(Decompositions, OfWhatIsNotPositiveDefiniteSaySo) {
  const MatrixXd indefinite = VectorXd::LinSpaced(3, -1, 1).asDiagonal();
  EXPECT_EQ(solve_positive(indefinite, MatrixXd::Ones(3, 1)).values.size(), 0);
  const MatrixXd definite = VectorXd::LinSpaced(3, 1, 4).asDiagonal();
  EXPECT_EQ(solve_positive(definite, MatrixXd::Ones(3, 1)).values(2, 0), 0.25);
}

}  // namespace decompositions_test
}  // namespace stoic
