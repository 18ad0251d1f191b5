#include "stoic/host/analysis/hessian.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Of a vector's length: what is left of it when the basis holds all of it, but for rounding.
constexpr double used_up = 1e-10;
/// Of the first residual, as a share of the largest eigenvalue: beyond it what is known leads astray.
constexpr double too_far = 0.2;

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
  /// Returns how many rough products it took.
  int teach(KnownSpectrum& known, Index count, const LargestEigenTask& task) const {
    const MatrixXd basis = basis_.leftCols(size_), images = images_.leftCols(size_);
    learn(known, basis, images);
    return end_search(known, count, basis, images, task.rough, task.seed);
  }
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

/// Whether what is known still leads on: while each vector that it proposes halves the largest residual.
class Guide {
 public:
  explicit Guide(bool known) : leads_(known) {}
  bool leads(double residual) {
    leads_ = leads_ && (last_ ? residual <= *last_ / 2 : residual <= too_far);
    last_ = residual;
    return leads_;
  }

 private:
  bool leads_;
  std::optional<double> last_;
};

/// Vectors to begin with, from what is known of a matrix nearby.
MatrixXd known_start(KnownSpectrum& known, Index count, const LargestEigenTask& task) {
  const MatrixXd sought = extrapolated(known),
                 further = beside(known, count, static_cast<bool>(task.rough), task.seed);
  MatrixXd first(sought.rows(), sought.cols() + further.cols());
  first.leftCols(sought.cols()) = sought;
  first.rightCols(further.cols()) = further;
  return first;
}

/// Eigenvectors a step nearer than those that were looked at, as far as what is known now tells without a product: for what
/// the next ones are foretold from, whose differences show each error several times over.
MatrixXd a_step_nearer(const LargestEigen& result, const MatrixXd& left, double scale) {
  MatrixXd nearer = result.vectors;
  for (Index j = 0; j < nearer.cols(); ++j)
    nearer.col(j) += correction(result.known, result.values(j), result.vectors.col(j), left.col(j), scale);
  nearer.colwise().normalize();
  return nearer.allFinite() ? nearer : result.vectors;
}

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
  const bool informed = task.known.vectors.rows() == size && !task.known.found.empty() &&
                        task.known.found.back().cols() == count;
  result.known = task.known;
  add(informed ? known_start(result.known, count, task) : fresh(count));
  Guide guide(informed);
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
    result.converged =
        found == count && result.residuals.allFinite() && result.residuals.maxCoeff() <= task.tolerance;
    if (result.converged || !left.allFinite() || basis.size() == size ||
        result.products >= task.most_products) {
      if (left.allFinite()) result.rough_products = basis.teach(result.known, count, task);
      if (result.converged) note_found(result.known, a_step_nearer(result, left, scale));
      return result;
    }
    if (basis.size() + count > longest)
      basis.keep(eigen.vectors.rightCols(std::min(basis.size(), longest / 2)));
    std::vector<Index> open;
    for (Index j = 0; j < found; ++j)
      if (result.residuals(j) > task.tolerance) open.push_back(j);
    MatrixXd next = left(Eigen::all, open);
    if (guide.leads(result.residuals.maxCoeff()))
      for (Index j = 0; j < next.cols(); ++j) {
        const Index k = open[static_cast<std::size_t>(j)];
        next.col(j) = correction(task.known, result.values(k), result.vectors.col(k), left.col(k), scale);
      }
    // A space that is closed under the matrix is left by a random vector.
    if (add(std::move(next)) == 0 && add(fresh(1)) == 0) return result;
  }
}

}  // namespace stoic
