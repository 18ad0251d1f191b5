#include "stoic/host/dynamics/reservoir.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "stoic/host/kernels/spectral_radius.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

Eigen::MatrixXd draw(std::int64_t neurons, double density, std::uint64_t seed, std::uint64_t attempt) {
  Eigen::MatrixXd weights(neurons, neurons);
  const RandomKey mask{seed, Purpose::reservoir_mask, attempt};
  const RandomKey values{seed, Purpose::reservoir_weights, attempt};
  for (std::int64_t row = 0; row < neurons; ++row)
    for (std::int64_t column = 0; column < neurons; ++column) {
      const auto index = static_cast<std::uint64_t>(row * neurons + column);
      const bool connected = random_uniform(mask, index) < density;
      weights(row, column) = connected ? 2 * random_uniform(values, index) - 1 : 0.0;
    }
  return weights;
}

/// No chain of `neurons` connections closes: every eigenvalue is exactly 0. Told by structure, since the
/// computed eigenvalues of a nilpotent matrix are rounding errors of any size.
bool is_nilpotent(const Eigen::MatrixXd& weights) {
  // Peels off neurons without an input from those that remain (Kahn's topological sort).
  Eigen::Array<Eigen::Index, Eigen::Dynamic, 1> inputs =
      (weights.array() != 0).cast<Eigen::Index>().rowwise().sum();
  std::vector<Eigen::Index> ready;
  for (Eigen::Index n = 0; n < weights.rows(); ++n)
    if (inputs(n) == 0) ready.push_back(n);
  for (std::size_t next = 0; next < ready.size(); ++next)
    for (Eigen::Index row = 0; row < weights.rows(); ++row)
      if (weights(row, ready[next]) != 0 && --inputs(row) == 0) ready.push_back(row);
  return static_cast<Eigen::Index>(ready.size()) == weights.rows();
}

}  // namespace

Eigen::MatrixXd make_reservoir(std::int64_t neurons, double density, double radius, std::uint64_t seed) {
  if (neurons < 1 || !(density > 0 && density <= 1) || !(radius >= 0 && std::isfinite(radius)))
    throw Error(
        fmt::format("reservoir of {} neurons, density {}, spectral radius {}: needs neurons >= 1, "
                    "0 < density <= 1 and a finite radius of 0 or more",
                    neurons, density, radius));
  if (radius == 0) return Eigen::MatrixXd::Zero(neurons, neurons);
  for (std::uint64_t attempt = 0; attempt < 100; ++attempt) {
    const Eigen::MatrixXd weights = draw(neurons, density, seed, attempt);
    if (!is_nilpotent(weights)) return weights * (radius / spectral_radius(weights));
  }
  throw Error(
      fmt::format("reservoir of {} neurons with density {}: no draw of hundred has a connection that "
                  "feeds back; raise density",
                  neurons, density));
}

}  // namespace stoic
