#include "stoic/host/analysis/singular_value.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index longest_basis = 48, kept_vectors = 12, fewest_to_restart = 6;
/// Of the tolerance: what the recurrence has to promise before the residual is computed.
constexpr double promised = 0.3;
/// What is left of a product, of its length, when the basis holds all of it: the rest is rounding.
constexpr double exhausted = 1e-11;

/// The Krylov basis of one sample, and JᵀJ in it.
struct Krylov {
  MatrixXd basis;      // orthonormal columns
  MatrixXd projected;  // symmetric
  Index size = 0;      // columns that JᵀJ was applied to
  double next = 0;     // length of what was left of the last product
  Index look = 4;      // at which size to look at the eigenvalues
  double looked = 0;   // residual there
  bool done = false;
  VectorXd best;
};

/// Ends a sample with its best vector.
void finish(Krylov& k, const VectorXd& coefficients) {
  k.best = k.basis.leftCols(k.size) * coefficients;
  const double length = k.best.norm();
  if (length > 0) k.best /= length;
  k.done = true;
}

/// Goes on from the best vectors of a basis that got too long.
void restart(Krylov& k, const MatrixXd& vectors, const VectorXd& values) {
  const Index kept = std::min(kept_vectors, k.size / 3);
  const MatrixXd best = k.basis.leftCols(k.size) * vectors.rightCols(kept);
  const VectorXd next = k.basis.col(k.size);
  k.basis.leftCols(kept) = best;
  k.basis.col(kept) = next;
  k.projected.setZero();
  k.projected.diagonal().head(kept) = values.tail(kept);
  k.size = kept;
  k.look = kept + 2;
}

/// Looks at the largest eigenvalue, and whether it is known well enough.
void look(Krylov& k, const LanczosOptions& options, Index most) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(k.projected.topLeftCorner(k.size, k.size));
  const double largest = solver.eigenvalues()(k.size - 1);
  const VectorXd vector = solver.eigenvectors().col(k.size - 1);
  if (!(largest > 0)) return finish(k, vector);
  const double residual = std::abs(k.next * vector(k.size - 1)) / largest;
  if (residual <= promised * options.tolerance || k.next <= exhausted * largest) return finish(k, vector);
  if (k.size >= most && most < fewest_to_restart) return finish(k, vector);
  // Where the basis should be all of the space, rounding has its part in it.
  if (k.size >= std::min(most, longest_basis)) return restart(k, solver.eigenvectors(), solver.eigenvalues());
  // The residual falls by about equal factors: look again when two thirds of the way to the goal are done.
  Index ahead = 2;
  if (k.looked > 0 && residual < 0.5 * k.looked) {
    const double factors =
        std::log(residual / (promised * options.tolerance)) / std::log(k.looked / residual);
    ahead = std::clamp<Index>(static_cast<Index>(factors * 2 * 0.67), 1, 8);
  }
  k.looked = residual;
  k.look = std::min(k.size + ahead, longest_basis);
}

/// Takes the product of JᵀJ with the last column of the basis.
void extend(Krylov& k, VectorXd w, const LanczosOptions& options, Index most) {
  const Index j = k.size;
  const auto basis = k.basis.leftCols(j + 1);
  VectorXd along = basis.transpose() * w;
  w.noalias() -= basis * along;
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
  return v;
}

MatrixXd admitted(const DerivativeBatch& batch, MatrixXd d) {
  return batch.admit ? batch.admit(d) : std::move(d);
}

/// JᵀJ d
MatrixXd product(const DerivativeBatch& batch, const MatrixXd& d) {
  return admitted(batch, batch.pull(batch.push(admitted(batch, d))));
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
    k.projected = MatrixXd::Zero(most, most);
    const double length = start.col(s).norm();
    k.basis.col(0) = length > 0 ? VectorXd(start.col(s) / length) : VectorXd::Zero(batch.from);
    k.look = std::min(k.look, most);
  }
  return result;
}

/// σ and the residual of each sample's best vector, by one more product.
void certify(const DerivativeBatch& batch, SingularValues& result) {
  constexpr double least = 1e-280, most = 1e280;
  result.direction = admitted(batch, std::move(result.direction));
  for (Index s = 0; s < batch.samples; ++s) result.direction.col(s).normalize();  // 0 stays 0
  const MatrixXd pushed = batch.push(result.direction), pulled = admitted(batch, batch.pull(pushed));
  for (Index s = 0; s < batch.samples; ++s) {
    const auto v = result.direction.col(s);
    const double square = pushed.col(s).squaredNorm();
    result.value(s) = std::sqrt(square);
    const double residual = (pulled.col(s) - square * v).norm() / square;
    result.residual(s) = square == 0 && (pushed.col(s).array() == 0).all()              ? 0
                         : square >= least && square <= most && std::isfinite(residual) ? residual
                                                                                        : INFINITY;
  }
}

}  // namespace

SingularValues largest_singular_values(const DerivativeBatch& batch, const LanczosOptions& options) {
  SingularValues result{VectorXd::Zero(batch.samples), VectorXd::Zero(batch.samples),
                        MatrixXd::Zero(batch.from, batch.samples)};
  auto samples = begin(batch, options);
  const Index most = std::max<Index>(batch.from, 1);
  MatrixXd d = MatrixXd::Zero(batch.from, batch.samples);
  for (; result.products < options.most_products; ++result.products) {
    bool all_done = true;
    for (Index s = 0; s < batch.samples; ++s) {
      const Krylov& k = samples[static_cast<std::size_t>(s)];
      all_done = all_done && k.done;
      if (!k.done) d.col(s) = k.basis.col(k.size);
    }
    if (all_done) break;
    const MatrixXd w = product(batch, d);
    for (Index s = 0; s < batch.samples; ++s)
      if (Krylov& k = samples[static_cast<std::size_t>(s)]; !k.done) extend(k, w.col(s), options, most);
  }
  for (Index s = 0; s < batch.samples; ++s) {
    Krylov& k = samples[static_cast<std::size_t>(s)];
    if (!k.done) {  // products ran out: the best that there is
      if (k.size == 0) continue;
      const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(k.projected.topLeftCorner(k.size, k.size));
      finish(k, solver.eigenvectors().col(k.size - 1));
    }
    result.direction.col(s) = k.best;
  }
  certify(batch, result);
  ++result.products;
  return result;
}

}  // namespace stoic
