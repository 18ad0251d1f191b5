#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "stoic/host/dynamics/csto_parameters.hpp"

// What the physics of coupled spin-torque oscillators is checked against, in double precision.
namespace stoic {

/// m(T) of one state m(0) [3 N, unit vectors] by an adaptive Dormand-Prince integrator (Boost.Odeint): what
/// the continuous system does, to `tolerance` a step, absolute and relative. parameters.step_ps is only the
/// first try.
Eigen::VectorXd integrate_adaptively(const Eigen::MatrixXd& coupling, const CstoParameters& parameters,
                                     const Eigen::VectorXd& start, double tolerance);

/// dL/dm(0) from dL/dm(T) by the continuous adjoint (paper 001, appendix B.3): da/dt = -(∂f/∂m)ᵀ a,
/// integrated backwards together with m by RK4. Its error is that of the integrator; the discrete adjoint of
/// Csto::vjp has none.
Eigen::VectorXd continuous_adjoint(const Eigen::MatrixXd& coupling, const CstoParameters& parameters,
                                   const Eigen::VectorXd& end, const Eigen::VectorXd& covector);

/// Standard deviation in Oe of each component of the thermal field over a step: √(2 α k_B T / (γ M V Δt)), by
/// fluctuation and dissipation (Brown, Phys. Rev. 130, 1677, 1963).
double thermal_field_Oe(const CstoParameters& parameters);

/// A step of one uncoupled free layer in the thermal field `thermal_Oe`, constant over the step, by the
/// method of Heun, which converges to the Stratonovich solution; then |m| = 1 again.
Eigen::Vector3d thermal_step(const CstoParameters& parameters, const Eigen::Vector3d& m,
                             const Eigen::Vector3d& thermal_Oe);

}  // namespace stoic
