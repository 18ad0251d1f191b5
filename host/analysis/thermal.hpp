#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "stoic/host/dynamics/csto_parameters.hpp"
#include "stoic/host/kernels/team.hpp"

// Coupled spin-torque oscillators at a temperature, in double precision.
namespace stoic {

/// Standard deviation in Oe of each component of the thermal field over a step: √(2 α k_B T / (γ M V Δt)), by
/// fluctuation and dissipation (Brown, Phys. Rev. 130, 1677, 1963).
double thermal_field_Oe(const CstoParameters& parameters);

/// Which draws of the thermal field: those of a sample depend on its number alone.
struct ThermalDraws {
  std::uint64_t seed = 1;
  std::int64_t first_sample = 0;
};

/// m(T) of these v [3 N x samples] at parameters.temperature_K. After every step of RK4 each magnetisation
/// turns in a random field of its own, constant over the step, by the method of Heun, which converges to the
/// Stratonovich solution; then |m| = 1 again. W_cp [N x N].
Eigen::MatrixXd thermal_end(const CstoParameters& parameters, const Eigen::MatrixXd& coupling,
                            const Eigen::MatrixXd& v, const ThermalDraws& draws, Team& team);

}  // namespace stoic
