#pragma once
#include <Eigen/Core>
#include <optional>

namespace stoic {

/// Largest |eigenvalue| of a square matrix, complex pairs included. Up to 1000 rows from all eigenvalues,
/// whose last bits trained weights depend on; above by iteration, and from all eigenvalues (minutes at 4000
/// rows) only where that finds nothing certain.
double spectral_radius(const Eigen::MatrixXd& matrix);

/// The same by a restarted Arnoldi iteration: some thousand products with the matrix. It converges to the
/// four eigenvalues of largest modulus. Nothing unless all four have a relative residual |A v - λ v| / |λ v|
/// below 1e-11. For matrices drawn at random the radius is then that of all eigenvalues to better than 1e-10.
std::optional<double> spectral_radius_by_iteration(const Eigen::MatrixXd& matrix);

}  // namespace stoic
