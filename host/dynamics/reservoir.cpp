#include "stoic/host/dynamics/reservoir.hpp"

#include <Spectra/GenEigsSolver.h>
#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <vector>

#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

Eigen::MatrixXd draw(std::int64_t neurons, double density, std::uint64_t seed, std::uint64_t attempt) {
  Eigen::MatrixXd weights(neurons, neurons);
  const RandomKey mask{seed, Purpose::reservoir_mask, attempt};
  const RandomKey values{seed, Purpose::reservoir_weights, attempt};
  for (std::int64_t row = 0; row < neurons; ++row)
    for (std::int64_t column = 0; column < neurons; ++column) {
      const auto index = static_cast<std::uint64_t>(row * neurons + column);
      const bool connected = random_uniform(mask, index) < density;
      weights(row, column) = connected ? 2 * random_uniform(values, index) - 1 : 0.0;
    }
  return weights;
}

/// No chain of `neurons` connections closes: every eigenvalue is exactly 0. Told by structure, since the
/// computed eigenvalues of a nilpotent matrix are rounding errors of any size.
bool is_nilpotent(const Eigen::MatrixXd& weights) {
  // Peels off neurons without an input from those that remain (Kahn's topological sort).
  Eigen::Array<Eigen::Index, Eigen::Dynamic, 1> inputs =
      (weights.array() != 0).cast<Eigen::Index>().rowwise().sum();
  std::vector<Eigen::Index> ready;
  for (Eigen::Index n = 0; n < weights.rows(); ++n)
    if (inputs(n) == 0) ready.push_back(n);
  for (std::size_t next = 0; next < ready.size(); ++next)
    for (Eigen::Index row = 0; row < weights.rows(); ++row)
      if (weights(row, ready[next]) != 0 && --inputs(row) == 0) ready.push_back(row);
  return static_cast<Eigen::Index>(ready.size()) == weights.rows();
}

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
  return Eigen::EigenSolver<Eigen::MatrixXd>(padded, false).eigenvalues().cwiseAbs().maxCoeff();
}

Eigen::MatrixXd make_reservoir(std::int64_t neurons, double density, double radius, std::uint64_t seed) {
  if (neurons < 1 || !(density > 0 && density <= 1) || !(radius >= 0 && std::isfinite(radius)))
    throw Error(
        fmt::format("reservoir of {} neurons, density {}, spectral radius {}: needs neurons >= 1, "
                    "0 < density <= 1 and a finite radius of 0 or more",
                    neurons, density, radius));
  if (radius == 0) return Eigen::MatrixXd::Zero(neurons, neurons);
  for (std::uint64_t attempt = 0; attempt < 100; ++attempt) {
    const Eigen::MatrixXd weights = draw(neurons, density, seed, attempt);
    if (!is_nilpotent(weights)) return weights * (radius / spectral_radius(weights));
  }
  throw Error(
      fmt::format("reservoir of {} neurons with density {}: no draw of hundred has a connection that "
                  "feeds back; raise density",
                  neurons, density));
}

}  // namespace stoic
