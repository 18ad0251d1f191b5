// Eigen's own decompositions take a minute and more to compile, hence heavy.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>

#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace decompositions_heavy_test {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd drawn(Index rows, Index columns, std::uint64_t seed) {
  return MatrixXd::NullaryExpr(rows, columns, [&](Index r, Index c) {
    return random_normal({seed, Purpose::shuffle}, static_cast<std::uint64_t>(r * columns + c));
  });
}

/// Weights are drawn by them: a training repeats only if they never change.
TEST(DecompositionsHeavy, HaveTheBitsOfEigensOwn) {
  for (const Index n : {1, 2, 37, 130}) {
    SCOPED_TRACE(n);
    const MatrixXd a = drawn(n, n, 1), symmetric = a + a.transpose(), tall = drawn(2 * n, n, 2);
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

}  // namespace decompositions_heavy_test
}  // namespace stoic
