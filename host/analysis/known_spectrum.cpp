#include "stoic/host/analysis/known_spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <span>

#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index most_known = 48;
constexpr std::size_t most_found = 8, most_differences = 5;

/// An orthonormal basis of what the columns have beyond an orthonormal one, but for rounding. By products of matrices:
/// vector by vector it would take longer than what it saves.
MatrixXd beyond(const MatrixXd& basis, MatrixXd columns) {
  constexpr double negligible = 1e-12;  // of a squared length
  for (int twice = 0; twice < 2; ++twice) {
    columns -= basis * (basis.transpose() * columns).eval();
    for (auto column : columns.colwise()) column.normalize();
    const SymmetricEigen gram = symmetric_eigen(columns.transpose() * columns);
    const auto used = (gram.values.array() > negligible * std::max(gram.values.maxCoeff(), 0.0)).count();
    const VectorXd lengths = gram.values.tail(used).cwiseSqrt();
    columns = (columns * gram.vectors.rightCols(used) * lengths.cwiseInverse().asDiagonal()).eval();
    if (columns.cols() == 0) break;
  }
  return columns;
}

/// The backward differences of the last of these, of order 1 to `count`, as columns.
MatrixXd last_differences(std::span<const MatrixXd> last, std::size_t count) {
  std::vector<VectorXd> row;
  for (std::size_t back = 0; back <= count; ++back) row.emplace_back(last[last.size() - 1 - back].reshaped());
  MatrixXd result(row.front().size(), static_cast<Index>(count));
  for (std::size_t order = 1; order <= count; ++order) {
    for (std::size_t back = 0; back + order <= count; ++back) row[back] -= row[back + 1];
    result.col(static_cast<Index>(order) - 1) = row.front();
  }
  return result;
}

/// What the differences before one of them say of how it came to lie, for least squares of their weights.
struct Equations {
  MatrixXd gram;
  VectorXd moments;
};

/// The weights of the first `count` differences with which these would have been foretold best.
VectorXd weights(std::span<const Equations> all, Index count) {
  MatrixXd gram = MatrixXd::Zero(count, count);
  VectorXd moments = VectorXd::Zero(count);
  for (const auto& one : all) {
    if (one.moments.size() < count) continue;
    gram += one.gram.topLeftCorner(count, count);
    moments += one.moments.head(count);
  }
  // As if of unit length: those of higher order are far shorter.
  const VectorXd units =
      gram.diagonal().cwiseSqrt().cwiseMax(std::numeric_limits<double>::min()).cwiseInverse();
  gram = (units.asDiagonal() * gram * units.asDiagonal()).eval();
  constexpr double ridge = 1e-10;
  gram.diagonal().array() += ridge;
  return units.cwiseProduct(solve(gram, units.cwiseProduct(moments)));
}

/// The places of the `count` largest, largest first.
std::vector<Index> largest(const VectorXd& values, Index count) {
  std::vector<Index> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::stable_sort(order, std::greater{}, [&](Index j) { return values(j); });
  order.resize(static_cast<std::size_t>(std::min(values.size(), count)));
  return order;
}

/// Of the vectors with the `count` + 1 largest values that one which is least among those found.
std::optional<Index> next_known(const KnownSpectrum& known, Index count) {
  if (known.values.size() <= count || known.found.empty()) return {};
  const auto order = largest(known.values, count + 1);
  return *std::ranges::min_element(order, {}, [&](Index j) {
    return (known.found.back().transpose() * known.vectors.col(j)).squaredNorm();
  });
}

VectorXd random_direction(const KnownSpectrum& known, std::uint64_t seed) {
  const RandomKey key{seed, Purpose::singular_vector, static_cast<std::uint64_t>(known.searches) << 32};
  return VectorXd::NullaryExpr(known.vectors.rows(),
                               [&](Index i) { return random_normal(key, static_cast<std::uint64_t>(i)); })
      .normalized();
}

/// Of the largest eigenvalue: from where on an eigenvalue could overtake it soon, or at once.
constexpr double soon = 0.8, at_once = 0.99;

/// Whether a search is one of every other that look at the eigenvector that is known to come next.
bool looks_at_next(const KnownSpectrum& known) { return known.searches % 2 == 0; }

}  // namespace

void learn(KnownSpectrum& known, const MatrixXd& basis, const MatrixXd& images) {
  const MatrixXd within = basis.transpose() * images, left = images - basis * within;
  MatrixXd others(basis.rows(), left.cols() + known.vectors.cols());
  others.leftCols(left.cols()) = left;
  if (known.vectors.cols() > 0) others.rightCols(known.vectors.cols()) = known.vectors;
  const MatrixXd rest = beyond(basis, std::move(others));
  const Index m = basis.cols(), size = m + rest.cols();
  MatrixXd both = MatrixXd::Zero(size, size);
  both.topLeftCorner(m, m) = within;
  both.bottomLeftCorner(rest.cols(), m) = rest.transpose() * left;
  if (known.vectors.cols() > 0) {
    const MatrixXd seen = rest.transpose() * known.vectors;
    both.bottomRightCorner(rest.cols(), rest.cols()) = seen * known.values.asDiagonal() * seen.transpose();
  }
  const SymmetricEigen eigen = symmetric_eigen(both);
  const auto order = largest(eigen.values.cwiseAbs(), most_known);
  known.values = eigen.values(order);
  known.vectors = basis * eigen.vectors.topRows(m)(Eigen::all, order) +
                  rest * eigen.vectors.bottomRows(rest.cols())(Eigen::all, order);
}

void note_found(KnownSpectrum& known, MatrixXd vectors) {
  if (!known.found.empty() && known.found.back().cols() != vectors.cols()) known.found.clear();
  if (!known.found.empty())
    for (Index j = 0; j < vectors.cols(); ++j)
      if (vectors.col(j).dot(known.found.back().col(j)) < 0) vectors.col(j) *= -1;
  known.found.push_back(std::move(vectors));
  if (known.found.size() > most_found) known.found.erase(known.found.begin());
}

MatrixXd beside(KnownSpectrum& known, Index count, bool with_rough, std::uint64_t seed) {
  const bool wandering = with_rough ? known.sighted : !looks_at_next(known);
  if (wandering && known.wanderer.size() == 0) known.wanderer = random_direction(known, seed);
  const auto next = next_known(known, count);
  const double from = looks_at_next(known) ? soon : at_once;
  const bool looks = next && known.values(*next) >= from * known.values.maxCoeff();
  MatrixXd result(known.vectors.rows(), Index{wandering} + Index{looks});
  if (wandering) result.col(0) = known.wanderer;
  if (looks) result.rightCols(1) = known.vectors.col(*next);
  return result;
}

int end_search(KnownSpectrum& known, Index count, const MatrixXd& basis, const MatrixXd& images,
               const RoughProduct& rough, std::uint64_t seed) {
  const bool looked_at_next = looks_at_next(known), looked_closely = rough ? known.sighted : !looked_at_next;
  ++known.searches;
  const SymmetricEigen eigen = symmetric_eigen(basis.transpose() * images);
  constexpr double forgotten = 0.9;
  known.lowest = std::min(forgotten * known.lowest, eigen.values(0));
  if (looked_at_next) {
    known.apart.resize(0);
    const Index next = basis.cols() - 1 - count;
    if (next >= 0) {
      const VectorXd vector = basis * eigen.vectors.col(next);
      const double residual = (images * eigen.vectors.col(next) - eigen.values(next) * vector).norm();
      constexpr double about = 0.1;
      if (residual < about * std::abs(eigen.values(next))) known.apart = vector;
    }
  }
  if (!rough && !looked_closely) return 0;
  if (known.wanderer.size() == 0) known.wanderer = random_direction(known, seed);
  const bool roughly = rough && !looked_closely;
  VectorXd w = roughly ? rough(known.wanderer, static_cast<std::uint64_t>(known.searches))
                       : VectorXd(images * (basis.transpose() * known.wanderer));
  const double value = known.wanderer.dot(w) / known.wanderer.squaredNorm();
  known.sighted = roughly && value >= soon * known.values.maxCoeff();
  known.lowest = std::min(known.lowest, value);
  // Moved up by the lowest eigenvalue, all others are smaller in size than the largest.
  w -= known.lowest * known.wanderer;
  if (!known.found.empty()) w -= known.found.back() * (known.found.back().transpose() * w).eval();
  if (known.apart.size() > 0) w -= known.apart * known.apart.dot(w);
  constexpr double at_random = 0.1;
  known.wanderer = w.normalized() + at_random * random_direction(known, seed);
  if (!known.wanderer.allFinite()) known.wanderer.resize(0);
  return int{roughly};
}

MatrixXd extrapolated(const KnownSpectrum& known) {
  const std::span<const MatrixXd> all(known.found);
  std::vector<Equations> equations;
  MatrixXd differences;  // before the last one
  VectorXd step;         // to it
  for (std::size_t t = 2; t < all.size(); ++t) {
    differences = last_differences(all.first(t), std::min(most_differences, t - 1));
    step = (all[t] - all[t - 1]).reshaped();
    equations.push_back({differences.transpose() * differences, differences.transpose() * step});
  }
  const std::span<const Equations> before(equations.data(), equations.empty() ? 0 : equations.size() - 1);
  std::size_t best = 0;
  double least = step.norm();
  for (std::size_t count = 1; count <= std::min(most_differences, before.size()); ++count) {
    const auto n = static_cast<Index>(count);
    const double error = (step - differences.leftCols(n) * weights(before, n)).norm();
    if (error < least) {
      least = error;
      best = count;
    }
  }
  MatrixXd next = all.back();
  if (best > 0) next.reshaped() += last_differences(all, best) * weights(equations, static_cast<Index>(best));
  return next;
}

VectorXd correction(const KnownSpectrum& known, double value, const VectorXd& vector,
                    const VectorXd& residual, double scale) {
  // A value that is known to be the sought one would divide by nothing.
  const VectorXd divisors = (known.values.array() - value).unaryExpr([&](double d) {
    return std::abs(d) < 1e-3 * scale ? std::copysign(1e-3 * scale, d) : d;
  });
  const auto solved = [&](const VectorXd& right) {
    const VectorXd inside = known.vectors.transpose() * right;
    const VectorXd change = inside.array() / divisors.array() + inside.array() / value;
    return VectorXd(known.vectors * change - right / value);  // outside of B it is taken for 0
  };
  const VectorXd by_residual = solved(residual), by_vector = solved(vector);
  return by_vector * (vector.dot(by_residual) / vector.dot(by_vector)) - by_residual;
}

}  // namespace stoic
