#pragma once
#include <Eigen/Core>
#include <cstdint>

namespace stoic {

/// The sums that linear regression needs of features z and outputs y, in double precision, from any number of
/// time steps, of which none is kept: Σ [z; 1][z; 1]ᵀ and Σ y [z; 1]ᵀ.
class NormalEquations {
 public:
  using Matrix = Eigen::MatrixXd;
  NormalEquations(Eigen::Index features, Eigen::Index outputs)
      : squares_(Matrix::Zero(features + 1, features + 1)), products_(Matrix::Zero(outputs, features + 1)) {}
  /// Steps side by side: z [features x steps], y [outputs x steps]. Fastest for as many as good_steps at once.
  void add(const Eigen::Ref<const Matrix>& z, const Eigen::Ref<const Matrix>& y);
  void add(const NormalEquations& other);
  static constexpr Eigen::Index good_steps = 512;
  std::int64_t steps() const { return steps_; }
  /// The means of the features.
  Eigen::VectorXd mean() const;
  /// Root mean squares of W [features; 1], of each row.
  Eigen::VectorXd sizes(const Matrix& w) const;

  struct Solution {
    Matrix W_out;  ///< [outputs x (features + 1)], bias last
    /// An estimate of 1 / condition of the equations; 0: there is no solution in double precision.
    double reciprocal_condition = 0;
  };
  /// W_out = argmin Σ |y - W_out [z; 1]|² + ridge |W_out|², the bias left out, by Cholesky's decomposition.
  Solution solve(double ridge) const;

 private:
  void add_squares(const Eigen::Ref<const Matrix>& z);
  Matrix squares_;  ///< its lower half
  Matrix products_;
  std::int64_t steps_ = 0;
};

/// The same for features that are nearly dependent, of which sums of squares lose half of all digits: a QR
/// decomposition that takes up some steps at a time, then a singular value decomposition of R.
class StreamedSvd {
 public:
  using Matrix = Eigen::MatrixXd;
  /// Of features with these means.
  StreamedSvd(const Eigen::VectorXd& mean, Eigen::Index outputs);
  void add(const Matrix& z, const Matrix& y);
  /// To be called once, when all steps are there.
  void decompose();
  /// As NormalEquations::solve(). Directions whose singular values are rounding errors get no weight.
  Matrix solve(double ridge) const;

 private:
  void reduce();
  Eigen::VectorXd mean_;
  Eigen::Index outputs_, width_;
  /// Rows [z - mean, 1, y]: R of those that were there before, then those that came since; as many again as R
  /// has, so that its rows, which each decomposition takes anew, cost no more than the others.
  Matrix rows_;
  Eigen::Index filled_;
  Matrix left_, right_;
  Eigen::VectorXd values_;
};

/// Below this reciprocal condition the normal equations are not to be trusted.
constexpr double least_reciprocal_condition = 1e-14;

}  // namespace stoic
