#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <vector>

#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// The derivatives J of a map at several samples, by what they do to vectors: column s of a matrix is of
/// sample s.
struct DerivativeBatch {
  Eigen::Index samples = 0;
  Eigen::Index from = 0;                                         ///< components of what J takes
  std::function<Eigen::MatrixXd(const Eigen::MatrixXd&)> push;   ///< J d
  std::function<Eigen::MatrixXd(const Eigen::MatrixXd&)> pull;   ///< Jᵀ w
  std::function<Eigen::MatrixXd(const Eigen::MatrixXd&)> admit;  ///< projects on the space of the vectors
                                                                 ///< that J takes; none: all of it
  /// The same of some of these samples, by their columns: when few are left that are not done. None: all of
  /// them go on to the end.
  std::function<DerivativeBatch(const std::vector<Eigen::Index>&)> narrow = {};
};

struct LanczosOptions {
  std::uint64_t seed = 1;  ///< of the vectors to start from
  /// Number of the batch's first sample: its random vector depends on that alone.
  std::int64_t first_sample = 0;
  /// A direction that many samples have about; half of the vectors to start from.
  Eigen::VectorXd common = {};
  double tolerance = 1e-6;   ///< of the residual
  int most_products = 2000;  ///< with JᵀJ, of a batch; and as many with a coarse J
};

/// Largest singular value σ of each J with its certificate: the residual |JᵀJ v - σ² v| / σ² of a unit vector
/// v, with which JᵀJ has an eigenvalue within that share of σ². Of J = 0 both are 0. Where σ² is
/// too small or too large for a number of double precision, or J is not finite, the residual is infinite.
struct SingularValues {
  Eigen::VectorXd value, residual;
  Eigen::MatrixXd direction;  ///< v [from x samples]: what is pulled apart most
  int products = 0;           ///< with JᵀJ, that the batch took
};

/// By Lanczos' method on JᵀJ, a vector a sample at a time, with full reorthogonalisation and, where a basis
/// gets long, restarts from its best vectors. Where the batch cannot be made narrower it is multiplied as a
/// whole until its slowest sample is done: 24 samples are a good number.
///
/// `coarse`, the same J in single precision, halves the time: Lanczos' method runs on that, and J itself only certifies
/// its vectors, with a correction or two by what the Krylov space knows. Where J is too large for single precision to be of
/// use, or corrections do not lead there, the method runs again on J.
/// With a direction in common the search begins nearer: a tenth or so of the products less, where samples are alike.
SingularValues largest_singular_values(const DerivativeBatch& batch, const LanczosOptions& options = {},
                                       const DerivativeBatch* coarse = nullptr);

/// What these directions have most in common: the unit vector with the largest sum of squared cosines. Of no size where there is none.
Eigen::VectorXd common_direction(const Eigen::MatrixXd& directions);

}  // namespace stoic
