#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>

#include "stoic/host/analysis/known_spectrum.hpp"

namespace stoic {

struct LargestEigenTask {
  Eigen::Index count = 1;     ///< the largest so many, algebraically
  double tolerance = 1e-6;    ///< of the residual, as a share of the largest eigenvalue's size
  int most_products = 2000;   ///< with vectors
  std::uint64_t seed = 1;     ///< of the vectors to start from
  KnownSpectrum known = {};   ///< of a matrix nearby, to start from instead
  Eigen::Index longest = 48;  ///< vectors of the basis before it is shortened
  RoughProduct rough =
      {};  ///< once a search, for a look at what overtakes; empty: a product every other search
};

/// Largest eigenvalues of a symmetric matrix, each with its certificate: the residual |A v - λ v| / |λ_1| of
/// a unit vector v, within which, times |λ_1|, A has an eigenvalue.
struct LargestEigen {
  Eigen::VectorXd values, residuals;  ///< largest first
  Eigen::MatrixXd vectors;            ///< [size x count]
  KnownSpectrum known;                ///< to start from the next time
  int products = 0;                   ///< of A with a vector
  int rough_products = 0;             ///< none of them counts among those
  bool converged = false;
};

/// By a block Krylov space with full orthogonalisation: Lanczos' method for one eigenvalue. `product` is A
/// times the columns of a matrix. Clusters and eigenvalues far below 0, which power iteration ends with, do
/// no harm.
///
/// With what is known of a matrix nearby it begins at vectors extrapolated from the last searches, and goes where that
/// says instead of along residuals; where the matrix has changed too much for it, on as without. Of many searches one or two
/// further vectors look for eigenvalues that overtake the largest. Rough products only tell where to look.
LargestEigen largest_eigenvalues(const std::function<Eigen::MatrixXd(const Eigen::MatrixXd&)>& product,
                                 Eigen::Index size, const LargestEigenTask& task);

}  // namespace stoic
