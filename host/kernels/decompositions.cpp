#include "stoic/host/kernels/decompositions.hpp"

#define STOIC_EIGEN_PRODUCTS  // the one source that has them
#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <algorithm>
#include <utility>

#include "stoic/host/kernels/eigen_products.hpp"

namespace stoic {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

using SymmetricSolver = Eigen::SelfAdjointEigenSolver<MatrixXd>;
using Householder = Eigen::HouseholderQR<MatrixXd>;

}  // namespace

SymmetricEigen symmetric_eigen(const MatrixXd& matrix) {
  const SymmetricSolver solver(matrix);
  return {solver.eigenvalues(), solver.eigenvectors()};
}

SymmetricEigen tridiagonal_eigen(const VectorXd& diagonal, const VectorXd& below) {
  SymmetricSolver solver;
  solver.computeFromTridiagonal(diagonal, below);
  return {solver.eigenvalues(), solver.eigenvectors()};
}

Eigen::VectorXcd eigenvalues(const MatrixXd& matrix) {
  return Eigen::EigenSolver<MatrixXd>(matrix, false).eigenvalues();
}

Orthonormal orthonormal(const MatrixXd& matrix) {
  const Householder qr(matrix);
  const Index rows = matrix.rows(), columns = matrix.cols();
  MatrixXd basis = rows == columns ? MatrixXd(qr.householderQ())
                                   : MatrixXd(qr.householderQ() * MatrixXd::Identity(rows, columns));
  return {std::move(basis), qr.matrixQR().diagonal()};
}

MatrixXd triangular_factor(const MatrixXd& matrix) {
  return Householder(matrix).matrixQR().topRows(matrix.cols()).triangularView<Eigen::Upper>();
}

MatrixXd least_squares(const MatrixXd& matrix, const MatrixXd& values) {
  return Householder(matrix).solve(values);
}

MatrixXd column_space(const MatrixXd& matrix, Index dimension) {
  return Eigen::ColPivHouseholderQR<MatrixXd>(matrix).householderQ() *
         MatrixXd::Identity(matrix.rows(), dimension);
}

MatrixXd solve(const MatrixXd& matrix, const MatrixXd& values) { return matrix.partialPivLu().solve(values); }

MatrixXd inverse(const MatrixXd& matrix) { return matrix.partialPivLu().inverse(); }

double reciprocal_condition(const MatrixXd& matrix) { return matrix.partialPivLu().rcond(); }

double log_absolute_determinant(const MatrixXd& matrix) {
  return matrix.partialPivLu().matrixLU().diagonal().cwiseAbs().array().log().sum();
}

PositiveSolution solve_positive(const MatrixXd& matrix, const MatrixXd& right) {
  const Eigen::LLT<MatrixXd> cholesky(matrix);
  if (cholesky.info() != Eigen::Success) return {};
  return {cholesky.solve(right), cholesky.rcond()};
}

MatrixXd inverse_cholesky_factor(const MatrixXd& matrix) {
  const Eigen::LLT<MatrixXd> factor(matrix);
  MatrixXd result = MatrixXd::Identity(matrix.rows(), matrix.cols());
  factor.matrixL().solveInPlace(result);
  return result;
}

/// By the symmetric matrix [0 M; Mᵀ 0], whose eigenvalues are ± the singular values and whose eigenvectors are
/// (u, ±v) / √2 (Golub and Van Loan, Matrix Computations, section 8.6.1). Eigen's own takes half a minute to compile.
SingularDecomposition singular_decomposition(const MatrixXd& matrix) {
  const Index n = matrix.rows();
  MatrixXd both = MatrixXd::Zero(2 * n, 2 * n);
  both.bottomLeftCorner(n, n) = matrix.transpose();
  const SymmetricSolver solver(both);  // ascending: the last are the largest
  SingularDecomposition result{MatrixXd(n, n), MatrixXd(n, n), VectorXd(n)};
  for (Index k = 0; k < n; ++k) {
    const auto vector = solver.eigenvectors().col(2 * n - 1 - k);
    result.values(k) = std::max(solver.eigenvalues()(2 * n - 1 - k), 0.0);
    result.left.col(k) = vector.head(n).normalized();
    result.right.col(k) = vector.tail(n).normalized();
  }
  return result;
}

}  // namespace stoic
