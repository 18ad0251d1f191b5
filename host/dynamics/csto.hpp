#pragma once
#include <Eigen/Core>

#include "stoic/host/dynamics/csto_parameters.hpp"
#include "stoic/host/dynamics/llg.hpp"
#include "stoic/host/integration/coupling.hpp"
#include "stoic/host/integration/integrated.hpp"

namespace stoic {

/// The fixed coupling W_cp [N x N]: uniform in [-1, 1], scaled to spectral radius 1 (paper 001, section
/// IV.D).
Eigen::MatrixXd make_coupling(std::int64_t oscillators, std::uint64_t seed);

template <class Real>
using LlgRule = CoupledSites<llg::Equation<Real>, DenseCoupling<Real>>;

/// LLG in units of a step: fields are angles γΔt/(1+α²)·H, the coupling γΔt/(1+α²) A_cp W_cp.
template <class Real>
LlgRule<Real> llg_rule(const Eigen::MatrixXd& coupling, const CstoParameters& parameters);

/// Coupled spin-torque oscillators, paper 001 eqs 21-24, in explicit form: with B = H + H_cp + H_s p×m,
///
///   dm/dt = -γ/(1+α²) [m×B + α m×(m×B)],   H = [H_appl + (H_K - 4πM) m_z] e_z,
///   H_cp  = A_cp (W_cp m_x) e_x,           H_s = H_s0 / (1 + λ m·p),
///
/// from m(0) = f_norm(v) to m(T) by RK4 with a fixed step. f_norm scales each oscillator to length 1;
/// f_norm(0) = e_z with zero derivative. With `renormalise` every step ends with m = m / |m|, which undoes
/// the drift of |m| that RK4 and rounding cause.
///
/// States are [3 N x samples]: the x parts of all oscillators, then y, then z. v is what stands before
/// f_norm.
template <class Real>
class Csto : public Integrated<LlgRule<Real>, Rk4, UnitLength<Real, 3>, UnitLength<Real, 3>> {
 public:
  using Base = Integrated<LlgRule<Real>, Rk4, UnitLength<Real, 3>, UnitLength<Real, 3>>;
  using typename Base::Trajectory;

  /// W_cp [N x N]; parameters must have passed check_parameters.
  Csto(const Eigen::MatrixXd& coupling, const CstoParameters& parameters);

  /// "m_x(0)", then "m_x", "m_y", "m_z" after every step.
  VectorSequence vectors(Trajectory& t) const { return this->named_states(t, {"m_x", "m_y", "m_z"}); }
};

template <class Real>
Csto<Real> CstoParameters::make(const Matrices& matrices) const {
  return {matrices.at("W_coupling"), *this};
}

extern template class Integrated<LlgRule<float>, Rk4, UnitLength<float, 3>, UnitLength<float, 3>>;
extern template class Integrated<LlgRule<double>, Rk4, UnitLength<double, 3>, UnitLength<double, 3>>;
extern template class Csto<float>;
extern template class Csto<double>;

}  // namespace stoic
