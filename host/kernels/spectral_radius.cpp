#include "stoic/host/kernels/spectral_radius.hpp"

#include <Spectra/GenEigsSolver.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "stoic/host/kernels/decompositions.hpp"

namespace stoic {
namespace {

/// What Spectra multiplies with.
struct Product {
  using Scalar = double;
  const Eigen::MatrixXd& matrix;

  Eigen::Index rows() const { return matrix.rows(); }
  Eigen::Index cols() const { return matrix.cols(); }
  void perform_op(const double* x, double* y) const {
    Eigen::Map<Eigen::VectorXd>(y, matrix.rows()).noalias() =
        matrix * Eigen::Map<const Eigen::VectorXd>(x, matrix.cols());
  }
};

}  // namespace

std::optional<double> spectral_radius_by_iteration(const Eigen::MatrixXd& matrix) {
  constexpr Eigen::Index wanted = 4, most = 120;
  if (matrix.rows() < 2 * wanted || !matrix.allFinite()) return std::nullopt;
  Product product{matrix};
  Spectra::GenEigsSolver<Product> solver(product, wanted, std::min(most, matrix.rows()));
  try {
    solver.init();
    solver.compute(Spectra::SortRule::LargestMagn, 300, 1e-13);
  } catch (const std::runtime_error&) {  // a small eigenvalue problem within did not converge
    return std::nullopt;
  }
  if (solver.info() != Spectra::CompInfo::Successful) return std::nullopt;
  const Eigen::VectorXcd values = solver.eigenvalues();
  const Eigen::MatrixXcd vectors = solver.eigenvectors();
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    const Eigen::VectorXcd image = matrix * vectors.col(i);
    const double scale = std::abs(values(i)) * vectors.col(i).norm();
    if (!((image - values(i) * vectors.col(i)).norm() <= 1e-11 * scale)) return std::nullopt;
  }
  return values.cwiseAbs().maxCoeff();
}

double spectral_radius(const Eigen::MatrixXd& matrix) {
  if (matrix.rows() > 1000)
    if (const auto radius = spectral_radius_by_iteration(matrix)) return *radius;
  // A row and a column of zeros add an eigenvalue 0. They make the size odd: with 1024 rows all elements of a
  // row would share one set of the cache, and the solver takes four times as long.
  const Eigen::Index size = matrix.rows() | 1;
  Eigen::MatrixXd padded = Eigen::MatrixXd::Zero(size, size);
  padded.topLeftCorner(matrix.rows(), matrix.cols()) = matrix;
  return eigenvalues(padded).cwiseAbs().maxCoeff();
}

}  // namespace stoic
