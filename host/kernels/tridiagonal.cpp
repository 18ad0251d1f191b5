// The largest eigenvalue of a matrix of three diagonals.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "stoic/host/kernels/decompositions.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

struct Tridiagonal {
  const VectorXd &diagonal, &below;
  Index size() const { return diagonal.size(); }
  double scale() const {
    return std::max(diagonal.cwiseAbs().maxCoeff(), size() > 1 ? below.cwiseAbs().maxCoeff() : 0.0);
  }
  VectorXd times(const VectorXd& x) const {
    VectorXd y = diagonal.cwiseProduct(x);
    const Index m = size() - 1;
    y.head(m) += below.cwiseProduct(x.tail(m));
    y.tail(m) += below.cwiseProduct(x.head(m));
    return y;
  }
};

/// (T - shift) x = b by elimination with exchanges of rows; what it divides by is at least `least` in size.
VectorXd shifted_solve(const Tridiagonal& t, double shift, VectorXd b, double least) {
  const Index n = t.size();
  const auto safe = [&](double pivot) {
    return std::abs(pivot) < least ? std::copysign(least, pivot) : pivot;
  };
  VectorXd first(n), second = VectorXd::Zero(n), third = VectorXd::Zero(n);  // what is left of each row
  first(0) = t.diagonal(0) - shift;
  if (n > 1) second(0) = t.below(0);
  for (Index i = 0; i + 1 < n; ++i) {
    double low = t.below(i), middle = t.diagonal(i + 1) - shift, high = i + 2 < n ? t.below(i + 1) : 0;
    if (std::abs(low) > std::abs(first(i))) {
      std::swap(first(i), low);
      std::swap(second(i), middle);
      std::swap(third(i), high);
      std::swap(b(i), b(i + 1));
    }
    first(i) = safe(first(i));
    const double factor = low / first(i);
    first(i + 1) = middle - factor * second(i);
    second(i + 1) = high - factor * third(i);
    b(i + 1) -= factor * b(i);
  }
  for (Index i = n; i-- > 0;) {
    if (i + 1 < n) b(i) -= second(i) * b(i + 1);
    if (i + 2 < n) b(i) -= third(i) * b(i + 2);
    b(i) /= safe(first(i));
  }
  return b;
}

/// Whether an eigenvalue is above, by the signs of T - value's pivots (Sylvester's law of inertia).
bool any_above(const Tridiagonal& t, double value) {
  double pivot = t.diagonal(0) - value;
  for (Index i = 0;; ++i) {
    if (!(pivot < 0)) return true;
    if (i + 1 == t.size()) return false;
    pivot = t.diagonal(i + 1) - value - t.below(i) * t.below(i) / pivot;
  }
}

}  // namespace

VectorXd largest_of_tridiagonal(const VectorXd& diagonal, const VectorXd& below, const VectorXd& start) {
  const Tridiagonal t{diagonal, below};
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  const double scale = t.scale();
  if (!(scale > 0) || !std::isfinite(scale)) return {};
  VectorXd x = start.normalized();
  constexpr int most = 8;  // each triples the digits that are right
  for (int i = 0; i < most; ++i) {
    const VectorXd image = t.times(x);
    const double value = x.dot(image);
    if (!std::isfinite(value)) return {};
    constexpr double rounding = 32 * epsilon;
    if ((image - value * x).norm() <= rounding * scale)
      return any_above(t, value + 2 * rounding * scale) ? VectorXd() : x;
    x = shifted_solve(t, value, std::move(x), epsilon * scale).normalized();
  }
  return {};
}

}  // namespace stoic
