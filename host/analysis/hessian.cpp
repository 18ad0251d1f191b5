#include "stoic/host/analysis/hessian.hpp"

#include <algorithm>
#include <cmath>

#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Of a vector's length: what is left of it when the basis holds all of it, but for rounding.
constexpr double used_up = 1e-10;
/// Vectors beyond those that were asked for which the next matrix starts from.
constexpr Index further_warm = 3;

MatrixXd random_columns(Index rows, Index columns, std::uint64_t seed, std::uint64_t number) {
  return MatrixXd::NullaryExpr(rows, columns, [&](Index r, Index c) {
    return random_normal({seed, Purpose::singular_vector, number + static_cast<std::uint64_t>(c)},
                         static_cast<std::uint64_t>(r));
  });
}

/// An orthonormal basis that grows, with what the matrix makes of it.
class GrowingBasis {
 public:
  GrowingBasis(Index size, Index longest) : basis_(size, longest), images_(size, longest) {}
  Index size() const { return size_; }

  /// Takes in what of these columns is new; returns how many were.
  Index add(MatrixXd columns, const std::function<MatrixXd(const MatrixXd&)>& product) {
    const Index before = size_;
    for (Index c = 0; c < columns.cols() && size_ < basis_.cols(); ++c) {
      VectorXd v = columns.col(c);
      const double length = v.norm();
      if (!(length > 0) || !std::isfinite(length)) continue;
      v /= length;
      for (int twice = 0; twice < 2; ++twice)
        v -= basis_.leftCols(size_) * (basis_.leftCols(size_).transpose() * v).eval();
      if (v.norm() < used_up) continue;
      basis_.col(size_++) = v.normalized();
    }
    if (size_ > before)
      images_.middleCols(before, size_ - before) = product(basis_.middleCols(before, size_ - before));
    return size_ - before;
  }
  /// Eigenvalues and vectors of the matrix within the basis, ascending.
  SymmetricEigen solve() const {
    const MatrixXd within = basis_.leftCols(size_).transpose() * images_.leftCols(size_);
    return symmetric_eigen((within + within.transpose()) / 2);
  }
  MatrixXd vectors(const MatrixXd& coefficients) const { return basis_.leftCols(size_) * coefficients; }
  MatrixXd images(const MatrixXd& coefficients) const { return images_.leftCols(size_) * coefficients; }
  /// Keeps these combinations alone, which are orthonormal.
  void keep(const MatrixXd& coefficients) {
    const MatrixXd kept = vectors(coefficients), image = images(coefficients);
    size_ = coefficients.cols();
    basis_.leftCols(size_) = kept;
    images_.leftCols(size_) = image;
  }

 private:
  MatrixXd basis_, images_;
  Index size_ = 0;
};

}  // namespace

LargestEigen largest_eigenvalues(const std::function<MatrixXd(const MatrixXd&)>& product, Index size,
                                 const LargestEigenTask& task) {
  const Index count = std::min(task.count, size),
              longest = std::min(size, std::max(task.longest, 4 * count + 8));
  LargestEigen result;
  GrowingBasis basis(size, longest);
  std::uint64_t drawn = 0;
  const auto fresh = [&](Index columns) {
    drawn += static_cast<std::uint64_t>(columns);
    return random_columns(size, columns, task.seed, drawn - static_cast<std::uint64_t>(columns));
  };
  const auto add = [&](MatrixXd columns) {
    const Index added = basis.add(std::move(columns), product);
    result.products += static_cast<int>(added);
    return added;
  };
  // With warm vectors a random one too: what they have nothing of would stay unseen.
  if (task.warm.rows() == size) add(task.warm);
  add(fresh(count));
  for (;;) {
    const SymmetricEigen eigen = basis.solve();
    const Index found = std::min(count, basis.size());
    const MatrixXd top = eigen.vectors.rightCols(found).rowwise().reverse();
    result.values = eigen.values.tail(found).reverse();
    result.vectors = basis.vectors(top);
    const MatrixXd left = basis.images(top) - result.vectors * result.values.asDiagonal();
    const double scale = std::abs(result.values(0));
    result.residuals = left.colwise().norm().transpose();
    if (scale > 0) result.residuals /= scale;
    const Index further = std::min(basis.size(), count + further_warm);
    result.warm = basis.vectors(eigen.vectors.rightCols(further));
    result.converged =
        found == count && result.residuals.allFinite() && result.residuals.maxCoeff() <= task.tolerance;
    if (result.converged || !left.allFinite() || basis.size() == size ||
        result.products >= task.most_products)
      return result;
    if (basis.size() + count > longest)
      basis.keep(eigen.vectors.rightCols(std::min(basis.size(), longest / 2)));
    std::vector<Index> open;
    for (Index j = 0; j < found; ++j)
      if (result.residuals(j) > task.tolerance) open.push_back(j);
    MatrixXd next(size, std::ssize(open));
    for (std::size_t j = 0; j < open.size(); ++j) next.col(static_cast<Index>(j)) = left.col(open[j]);
    // A space that is closed under the matrix is left by a random vector.
    if (add(std::move(next)) == 0 && add(fresh(1)) == 0) return result;
  }
}

}  // namespace stoic
