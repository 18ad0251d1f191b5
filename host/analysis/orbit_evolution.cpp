#include "stoic/host/analysis/orbit_evolution.hpp"

#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

OrbitEvolution::OrbitEvolution(const System<double>& system, const Traits& traits, const Matrices& matrices,
                               const OrbitOptions& options, Team& team)
    : system_(system), team_(team), map_(!system.time().integrated()), rk4_(options.refinement > 0 && !map_) {
  const auto& time = system.time();
  if (!(time.duration > 0)) throw Error("the system has no step: nothing of it goes on in time");
  if (traits.last_width)
    throw Error(
        "layers, one behind the other, have no long run: a state goes through each of them once; analyze "
        "ftmle "
        "has their finite-time exponents");
  orbit_ = rk4_ ? system.reference_orbit(1, options.refinement) : system.orbit(1);
  step_ = rk4_ ? time.step / static_cast<double>(options.refinement) : time.step;
  if (traits.expansion) expansion_ = traits.expansion(matrices);
  width_ = orbit_->state().rows();
}

std::int64_t fine_enough(const System<double>& system, const VectorXd& state, Team& team) {
  if (!system.time().integrated()) return 0;
  const auto after = [&](std::int64_t refinement, std::int64_t steps) -> VectorXd {
    const auto orbit = system.reference_orbit(1, refinement);
    orbit->set_state(state);
    for (std::int64_t i = 0; i < steps; ++i) orbit->step(team);
    return orbit->state();
  };
  constexpr double share = 1e-5;
  constexpr std::int64_t most = 64;
  std::int64_t refinement = 1;
  while (refinement < most) {
    const VectorXd once = after(refinement, 1), twice = after(2 * refinement, 2);
    if (twice.allFinite() && (once - twice).norm() <= share * (twice - state).norm()) break;
    refinement *= 2;
  }
  return refinement;
}

void OrbitEvolution::advance(std::int64_t steps) {
  for (std::int64_t i = 0; i < steps; ++i) {
    team_.stop_if_asked();
    orbit_->step(team_);
  }
}

void OrbitEvolution::begin(Index tangents, std::uint64_t seed) {
  tangents_ = random_tangents(width_, tangents, seed);
  tangents_ = system_.tangential(orbit_->state(), tangents_, team_);
  Stretches unused(tangents);
  orthonormalise(tangents_, unused);
}

void OrbitEvolution::stretch(std::int64_t intervals, std::int64_t every, Stretches& sum) {
  for (std::int64_t i = 0; i < intervals; ++i) {
    for (std::int64_t step = 0; step < every; ++step) {
      team_.stop_if_asked();
      orbit_->step(team_);
      tangents_ = orbit_->push(tangents_, team_);
      if (expansion_) sum.expansion += expansion_(orbit_->state());
    }
    if (dimension() < width_) tangents_ = system_.tangential(orbit_->state(), tangents_, team_);
    orthonormalise(tangents_, sum);
  }
}

MatrixXd OrbitEvolution::basis() const {
  MatrixXd all = MatrixXd::Identity(width_, width_);
  if (dimension() == width_) return all;
  return column_space(system_.tangential(orbit_->state(), all, team_), dimension());
}

MatrixXd OrbitEvolution::differentiate() {
  const MatrixXd start = basis();
  orbit_->step(team_);
  return start.transpose() * orbit_->push(start, team_);
}

double OrbitEvolution::rate(std::complex<double> multiplier) const {
  if (!rk4_ || std::abs(multiplier) < 1e-3) return Evolution::rate(multiplier);
  // A step of RK4 multiplies by R(z) = 1 + z + z²/2 + z³/6 + z⁴/24, z = h λ of the flow: λ is found from it
  std::complex<double> z = std::log(multiplier);
  for (int iteration = 0; iteration < 20; ++iteration) {
    const auto slope = 1.0 + z * (1.0 + z * (0.5 + z / 6.0));
    const auto correction = (slope + z * z * z * z / 24.0 - multiplier) / slope;
    z -= correction;
    if (std::abs(correction) < 1e-16) break;
  }
  return z.real() / step_;
}

std::optional<double> OrbitEvolution::expansion() const {
  if (!expansion_) return {};
  return expansion_(orbit_->state());
}

}  // namespace stoic
