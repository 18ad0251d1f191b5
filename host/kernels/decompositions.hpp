#pragma once
#include <Eigen/Core>

namespace stoic {

// Decompositions of real matrices in double precision. Eigen's are templates that take seconds to compile wherever they are
// used; here each is compiled once. What they return has Eigen's bits, but for singular values, which Eigen finds otherwise.

struct SymmetricEigen {
  Eigen::VectorXd values;   ///< ascending
  Eigen::MatrixXd vectors;  ///< orthonormal columns
};
/// Of a symmetric matrix, of which the lower triangle is read.
SymmetricEigen symmetric_eigen(const Eigen::MatrixXd& matrix);
/// Of one that is zero but for its diagonal and the one below it.
SymmetricEigen tridiagonal_eigen(const Eigen::VectorXd& diagonal, const Eigen::VectorXd& below);

/// The eigenvector of the largest eigenvalue of such a matrix, by Rayleigh quotients from a vector near it; of no size where
/// they lead to another one.
Eigen::VectorXd largest_of_tridiagonal(const Eigen::VectorXd& diagonal, const Eigen::VectorXd& below,
                                       const Eigen::VectorXd& start);

Eigen::VectorXcd eigenvalues(const Eigen::MatrixXd& matrix);

/// Householder's Q and R of a matrix with at least as many rows as columns.
struct Orthonormal {
  Eigen::MatrixXd basis;     ///< the first columns of Q
  Eigen::VectorXd diagonal;  ///< of R, of either sign
};
Orthonormal orthonormal(const Eigen::MatrixXd& matrix);
/// R alone [columns x columns].
Eigen::MatrixXd triangular_factor(const Eigen::MatrixXd& matrix);
/// The x with the least |matrix x - values|².
Eigen::MatrixXd least_squares(const Eigen::MatrixXd& matrix, const Eigen::MatrixXd& values);
/// An orthonormal basis of the space that the columns span, by pivots, where `dimension` is known.
Eigen::MatrixXd column_space(const Eigen::MatrixXd& matrix, Eigen::Index dimension);

Eigen::MatrixXd solve(const Eigen::MatrixXd& matrix, const Eigen::MatrixXd& values);
Eigen::MatrixXd inverse(const Eigen::MatrixXd& matrix);
/// An estimate of 1 / (‖M‖ ‖M⁻¹‖).
double reciprocal_condition(const Eigen::MatrixXd& matrix);
double log_absolute_determinant(const Eigen::MatrixXd& matrix);

/// By Cholesky's L Lᵀ of a symmetric matrix.
struct PositiveSolution {
  Eigen::MatrixXd values;  ///< matrix⁻¹ right; of no size where the matrix is not positive definite
  double reciprocal_condition = 0;  ///< an estimate
};
PositiveSolution solve_positive(const Eigen::MatrixXd& matrix, const Eigen::MatrixXd& right);
/// L⁻¹.
Eigen::MatrixXd inverse_cholesky_factor(const Eigen::MatrixXd& matrix);

/// matrix = left * diag(values) * rightᵀ of a square matrix, values descending, to rounding of the largest.
struct SingularDecomposition {
  Eigen::MatrixXd left, right;
  Eigen::VectorXd values;
};
SingularDecomposition singular_decomposition(const Eigen::MatrixXd& matrix);

}  // namespace stoic
