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

}  // namespace stoic
