#include "stoic/host/analysis/evolution.hpp"

#include <algorithm>
#include <limits>

#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

void add_stretch(double stretch, Eigen::Index j, Stretches& sum) {
  constexpr double least = 1e-304;  // ln of it is -700
  if (!(stretch >= least)) {
    sum.vanished |= stretch < least;
    stretch = stretch < least ? least : std::numeric_limits<double>::quiet_NaN();
  }
  const double log = std::log(stretch);
  sum.log[j] += log;
  sum.square[j] += log * log;
}

}  // namespace

std::int64_t steps_in(double time, const Evolution& evolution) {
  return std::llround(std::max(time, 0.0) / evolution.step());
}

void require_finite(const Evolution& evolution) {
  const Eigen::VectorXd x = evolution.state();
  constexpr double far = 1e100;
  if (!x.allFinite() || x.lpNorm<Eigen::Infinity>() > far) throw DivergedOrbit();
}

void orthonormalise(Eigen::MatrixXd& tangents, Stretches& sum) {
  const Eigen::Index n = tangents.rows(), k = tangents.cols();
  if (k == 1) {
    const double length = tangents.norm();
    add_stretch(length, 0, sum);
    if (length > 0)
      tangents /= length;
    else
      tangents.setConstant(1 / std::sqrt(static_cast<double>(n)));
    return;
  }
  // Householder's reflections: R's diagonal may have either sign, which a tangent does not mind.
  auto [basis, diagonal] = orthonormal(tangents);
  for (Eigen::Index j = 0; j < k; ++j) add_stretch(std::abs(diagonal(j)), j, sum);
  tangents = std::move(basis);
}

Eigen::MatrixXd random_tangents(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  const RandomKey key{seed, Purpose::initial_tangents};
  Eigen::MatrixXd tangents(rows, columns);
  for (Eigen::Index i = 0; i < tangents.size(); ++i)
    tangents.data()[i] = random_normal(key, static_cast<std::uint64_t>(i));
  Stretches unused(columns);
  orthonormalise(tangents, unused);
  return tangents;
}

}  // namespace stoic
