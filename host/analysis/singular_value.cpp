#include "stoic/host/analysis/singular_value.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "stoic/host/analysis/known_spectrum.hpp"
#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index longest_basis = 48, kept_vectors = 12, fewest_to_restart = 6;
/// What is left of a product, of its length, when the basis holds all of it: the rest is rounding.
constexpr double exhausted = 1e-11;

/// The Krylov basis of one sample, and JᵀJ in it.
struct Krylov {
  MatrixXd basis;      // orthonormal columns
  MatrixXd images;     // JᵀJ of each, as it was computed
  MatrixXd projected;  // symmetric
  Index size = 0;      // columns that JᵀJ was applied to
  Index kept = 0;      // of them, what the last restart left
  double next = 0;     // length of what was left of the last product
  Index look = 4;      // at which size to look at the eigenvalues
  Index looked_at = 0;
  double looked = 0;  // residual there
  VectorXd looked_vector;
  bool moved = false;  // some J d was not 0
  bool done = false;
  bool coarse = false;  // what it ends with is certified elsewhere
  VectorXd best;        // v of unit length
  double square = 0, residual = 0;
};

/// Ends a sample with a vector and its image.
void finish(Krylov& k, VectorXd best, VectorXd image) {
  k.best = std::move(best);
  const double length = k.best.norm();
  if (length > 0) {
    k.best /= length;
    image /= length;
  }
  constexpr double least = 1e-280, most = 1e280;
  k.square = std::max(k.best.dot(image), 0.0);
  const double residual = (image - k.square * k.best).norm() / k.square;
  const bool certain = k.square >= least && k.square <= most && std::isfinite(residual);
  k.residual = certain ? residual : k.square == 0 && !k.moved ? 0 : INFINITY;
  k.done = true;
}

/// Ends it with its best vector, whose image is that of the basis' columns: a certificate without another product.
void finish(Krylov& k, const VectorXd& coefficients) {
  finish(k, k.basis.leftCols(k.size) * coefficients, k.images.leftCols(k.size) * coefficients);
}

/// Goes on from the best vectors of a basis that got too long.
void restart(Krylov& k, const MatrixXd& vectors, const VectorXd& values) {
  const Index kept = std::min(kept_vectors, k.size / 3);
  const MatrixXd best = k.basis.leftCols(k.size) * vectors.rightCols(kept);
  const MatrixXd images = k.images.leftCols(k.size) * vectors.rightCols(kept);
  const VectorXd next = k.basis.col(k.size);
  k.basis.leftCols(kept) = best;
  k.images.leftCols(kept) = images;
  k.basis.col(kept) = next;
  k.projected.setZero();
  k.projected.diagonal().head(kept) = values.tail(kept);
  k.size = k.kept = kept;
  k.look = kept + 2;
  k.looked = 0;
  k.looked_vector.resize(0);
}

/// Of the projected matrix, which has three diagonals until a restart.
SymmetricEigen eigenvectors(const Krylov& k) {
  const auto matrix = k.projected.topLeftCorner(k.size, k.size);
  if (k.kept == 0 && k.size > 1) return tridiagonal_eigen(matrix.diagonal(), matrix.diagonal(-1));
  return symmetric_eigen(matrix);
}

struct EigenPair {
  double value;
  VectorXd vector;
};

/// The largest of the projected matrix. Looks are many, so while it has three diagonals it comes from the one before.
EigenPair largest_pair(const Krylov& k) {
  if (k.kept == 0 && k.looked_vector.size() > 0) {
    const auto matrix = k.projected.topLeftCorner(k.size, k.size);
    VectorXd start = VectorXd::Zero(k.size);
    start.head(k.looked_vector.size()) = k.looked_vector;
    if (auto vector = largest_of_tridiagonal(matrix.diagonal(), matrix.diagonal(-1), start);
        vector.size() > 0)
      return {vector.dot(matrix * vector), vector};
  }
  const SymmetricEigen eigen = eigenvectors(k);
  return {eigen.values(k.size - 1), eigen.vectors.col(k.size - 1)};
}

/// Of J² in single precision: its trajectories have errors of 1e-7, which J multiplies. Beyond it the search is given up.
constexpr double most_coarse_square = 1e8;

/// Looks at the largest eigenvalue, and whether it is known well enough.
void look(Krylov& k, const LanczosOptions& options, Index most) {
  const auto [largest, vector] = largest_pair(k);
  if (!(largest > 0) || (k.coarse && largest > most_coarse_square)) return finish(k, vector);
  const double residual = std::abs(k.next * vector(k.size - 1)) / largest;
  const bool ended = k.next <= exhausted * largest;
  if (residual <= options.tolerance || ended) {
    finish(k, vector);
    // The images of a coarse one are rounded by more than the tolerance may be.
    k.done = ended || k.coarse || k.residual <= options.tolerance;
    if (k.done) return;
  }
  if (k.size >= most && most < fewest_to_restart) return finish(k, vector);
  // Where the basis should be all of the space, rounding has its part in it.
  if (k.size >= std::min(most, longest_basis)) {
    const SymmetricEigen eigen = eigenvectors(k);
    return restart(k, eigen.vectors, eigen.values);
  }
  // The residual falls by about equal factors: look again when two thirds of the way to the goal are done.
  Index ahead = 1;
  if (k.looked > 0 && residual < 0.8 * k.looked) {
    const double factors =
        std::log(std::max(residual / options.tolerance, 1.0)) / std::log(k.looked / residual);
    ahead = std::clamp<Index>(static_cast<Index>(factors * static_cast<double>(k.size - k.looked_at) * 0.67),
                              1, 8);
  }
  k.looked = residual;
  k.looked_vector = vector;
  k.looked_at = k.size;
  k.look = std::min(k.size + ahead, longest_basis);
}

/// Takes the product of JᵀJ with the last column of the basis.
void extend(Krylov& k, VectorXd w, const LanczosOptions& options, Index most) {
  const Index j = k.size;
  k.images.col(j) = w;
  // Against the latest two, which is all that would be needed without rounding; then against all.
  const Index near = j == k.kept ? 0 : j - 1;
  const auto basis = k.basis.leftCols(j + 1), latest = k.basis.middleCols(near, j + 1 - near);
  VectorXd along = VectorXd::Zero(j + 1);
  along.tail(j + 1 - near).noalias() = latest.transpose() * w;
  w.noalias() -= latest * along.tail(j + 1 - near);
  const VectorXd again = basis.transpose() * w;
  w.noalias() -= basis * again;
  along += again;
  k.projected.col(j).head(j + 1) = along;
  k.projected.row(j).head(j + 1) = along.transpose();
  k.next = w.norm();
  k.size = j + 1;
  const double scale = along.cwiseAbs().maxCoeff();
  if (!std::isfinite(k.next)) return finish(k, VectorXd::Unit(k.size, 0));
  const bool ended = k.next <= exhausted * scale;
  if (!ended) k.basis.col(k.size) = w / k.next;
  if (ended || k.size >= k.look || k.size >= std::min(most, longest_basis)) look(k, options, most);
}

VectorXd start_vector(const LanczosOptions& options, Index sample, Index length) {
  VectorXd v(length);
  const RandomKey key{options.seed, Purpose::singular_vector,
                      static_cast<std::uint64_t>(options.first_sample + sample)};
  for (Index i = 0; i < length; ++i) v(i) = random_normal(key, static_cast<std::uint64_t>(i));
  if (options.common.size() == length) v = v.normalized() + options.common;
  return v;
}

MatrixXd admitted(const DerivativeBatch& batch, MatrixXd d) {
  return batch.admit ? batch.admit(d) : std::move(d);
}

/// The columns of samples that are not done.
std::vector<Index> unfinished(const std::vector<Krylov*>& columns) {
  std::vector<Index> left;
  for (std::size_t s = 0; s < columns.size(); ++s)
    if (!columns[s]->done) left.push_back(static_cast<Index>(s));
  return left;
}

/// A product of JᵀJ with the last vector of each column's basis; d is room for them.
void multiply_columns(const DerivativeBatch& batch, const std::vector<Krylov*>& columns, MatrixXd& d,
                      const LanczosOptions& options, Index most) {
  for (std::size_t s = 0; s < columns.size(); ++s)
    if (!columns[s]->done) d.col(static_cast<Index>(s)) = columns[s]->basis.col(columns[s]->size);
  // Vectors are admitted again: what is left of a product may be small, and its rounding beyond the space is not.
  const MatrixXd pushed = batch.push(admitted(batch, d)), w = admitted(batch, batch.pull(pushed));
  for (std::size_t s = 0; s < columns.size(); ++s) {
    Krylov& k = *columns[s];
    if (k.done) continue;
    k.moved = k.moved || (pushed.col(static_cast<Index>(s)).array() != 0).any();
    extend(k, w.col(static_cast<Index>(s)), options, most);
  }
}

std::vector<Krylov> begin(const DerivativeBatch& batch, const LanczosOptions& options) {
  MatrixXd start(batch.from, batch.samples);
  for (Index s = 0; s < batch.samples; ++s) start.col(s) = start_vector(options, s, batch.from);
  start = admitted(batch, std::move(start));
  const Index most = std::min(std::max<Index>(batch.from, 1), longest_basis);
  std::vector<Krylov> result(static_cast<std::size_t>(batch.samples));
  for (Index s = 0; s < batch.samples; ++s) {
    Krylov& k = result[static_cast<std::size_t>(s)];
    k.basis.resize(batch.from, most + 1);
    k.images.resize(batch.from, most);
    k.projected = MatrixXd::Zero(most, most);
    const double length = start.col(s).norm();
    k.basis.col(0) = length > 0 ? VectorXd(start.col(s) / length) : VectorXd::Zero(batch.from);
    k.look = std::min(k.look, most);
  }
  return result;
}

/// Runs samples until all are done or products ran out.
void search(const DerivativeBatch& batch, const LanczosOptions& options, std::vector<Krylov>& samples,
            int& all_products) {
  const Index most = std::max<Index>(batch.from, 1);
  std::optional<DerivativeBatch> narrower;
  std::vector<Krylov*> columns;  // whose tangents are multiplied
  for (auto& k : samples) columns.push_back(&k);
  MatrixXd d = MatrixXd::Zero(batch.from, batch.samples);
  for (int products = 0; products < options.most_products; ++products, ++all_products) {
    const auto left = unfinished(columns);
    if (left.empty()) break;
    const DerivativeBatch& all = narrower ? *narrower : batch;
    // Products take whole groups of columns.
    constexpr std::size_t group = 8;
    const auto groups = [](std::size_t count) { return (count + group - 1) / group; };
    if (all.narrow && groups(left.size()) < groups(columns.size())) {
      narrower = all.narrow(left);
      std::vector<Krylov*> kept;
      for (const Index s : left) kept.push_back(columns[static_cast<std::size_t>(s)]);
      columns = std::move(kept);
      d.resize(batch.from, std::ssize(columns));
    }
    multiply_columns(narrower ? *narrower : batch, columns, d, options, most);
  }
  for (auto& k : samples)  // products ran out: the best that there is
    if (!k.done && k.size > 0) finish(k, eigenvectors(k).vectors.col(k.size - 1));
}

/// A vector that J has to certify: v, and corrections of it.
struct Candidate {
  KnownSpectrum known;  // of JᵀJ, from the search in single precision, when it is needed
  MatrixXd basis, images;
  VectorXd next;
  bool open = true;

  explicit Candidate(Krylov& k) : next(k.best) {
    open = k.size > 0 && std::isfinite(k.residual) && k.square > 0 && k.square <= most_coarse_square;
  }
  /// JᵀJ times next, in `w`. Ends k where that certifies its vector.
  void take(const VectorXd& w, Krylov& k, double tolerance) {
    constexpr Index longest = 5;
    constexpr double too_far = 0.1;
    const Index size = basis.cols() + 1;
    basis.conservativeResize(next.size(), size);
    images.conservativeResize(next.size(), size);
    basis.rightCols(1) = next;
    images.rightCols(1) = w;
    const SymmetricEigen eigen = symmetric_eigen(basis.transpose() * images);
    const VectorXd c = eigen.vectors.rightCols(1), x = basis * c, image = images * c;
    const double value = eigen.values(size - 1);
    const VectorXd left = image - value * x;
    const double residual = value > 0 ? left.norm() / value : INFINITY;
    open = residual <= too_far && residual > tolerance && size < longest;
    if (residual <= tolerance) return finish(k, x, image);
    if (!open) return;
    if (known.values.size() == 0) {
      const SymmetricEigen rough = eigenvectors(k);
      known.vectors = k.basis.leftCols(k.size) * rough.vectors;
      known.values = rough.values;
    }
    next = correction(known, value, x, left, value);
    for (int twice = 0; twice < 2; ++twice) {
      next -= basis * (basis.transpose() * next).eval();
      next.normalize();
    }
    open = next.allFinite();
  }
};

/// Certifies by J what a search in single precision ended with. What it cannot certify is not done.
void certify(const DerivativeBatch& batch, const LanczosOptions& options, std::vector<Krylov>& samples,
             int& all_products) {
  std::vector<Candidate> candidates;
  for (auto& k : samples) {
    candidates.emplace_back(k);
    k.done = false;
  }
  const auto open = [](const Candidate& c) { return c.open; };
  MatrixXd d = MatrixXd::Zero(batch.from, batch.samples);
  while (std::ranges::any_of(candidates, open)) {
    for (std::size_t s = 0; s < candidates.size(); ++s)
      if (candidates[s].open) d.col(static_cast<Index>(s)) = candidates[s].next;
    const MatrixXd w = admitted(batch, batch.pull(batch.push(admitted(batch, d))));
    ++all_products;
    for (std::size_t s = 0; s < candidates.size(); ++s)
      if (candidates[s].open) candidates[s].take(w.col(static_cast<Index>(s)), samples[s], options.tolerance);
  }
}

}  // namespace

SingularValues largest_singular_values(const DerivativeBatch& batch, const LanczosOptions& options,
                                       const DerivativeBatch* coarse) {
  SingularValues result{VectorXd::Zero(batch.samples), VectorXd::Zero(batch.samples),
                        MatrixXd::Zero(batch.from, batch.samples)};
  auto samples = begin(coarse != nullptr ? *coarse : batch, options);
  if (coarse != nullptr) {
    for (auto& k : samples) k.coarse = true;
    LanczosOptions to_single = options;
    constexpr double single = 1e-6;  // what single precision holds of a residual
    constexpr double margin = 0.7;   // for its rounding: else every second one needs a correction by J
    to_single.tolerance = margin * std::max(options.tolerance, single);
    search(*coarse, to_single, samples, result.products);
    certify(batch, options, samples, result.products);
    if (std::ranges::any_of(samples, [](const Krylov& k) { return !k.done; })) {
      auto again = begin(batch, options);
      for (std::size_t s = 0; s < samples.size(); ++s)
        if (!samples[s].done) samples[s] = std::move(again[s]);
    }
  }
  search(batch, options, samples, result.products);
  for (Index s = 0; s < batch.samples; ++s) {
    const Krylov& k = samples[static_cast<std::size_t>(s)];
    if (!k.done) continue;
    result.direction.col(s) = k.best;
    result.value(s) = std::sqrt(k.square);
    result.residual(s) = k.residual;
  }
  return result;
}

VectorXd common_direction(const MatrixXd& directions) {
  const SymmetricEigen eigen = symmetric_eigen(directions.transpose() * directions);
  const VectorXd sum = directions * eigen.vectors.rightCols(1);
  return sum.norm() > 0 ? VectorXd(sum.normalized()) : VectorXd();
}

}  // namespace stoic
