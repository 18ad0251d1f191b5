#pragma once
#include <span>

#include "stoic/host/compiler/compile.hpp"

namespace stoic {

/// Coupled spin-torque oscillators (paper 001, eqs 21-24) by RK4 as a program:
///
///     LOAD u;  MATVEC v = W_in u;  NORMALISE m = f_norm(v);  steps times { 4 stages };  MATVEC y = W_out m +
///     b;  STORE y
///
/// A stage at m_j makes the fields there, all as angles γΔt/(1+α²)·H,
///
///     FUNCTION h_s = H_s(m_x);  MATVEC g_x = W_cp m_x;  BUNDLE g_y = -h_s m_z;  g_z = H_appl + H_ani m_z +
///     h_s m_y; p = m·g;  q = α p
///
/// and then, component by component, the next point of evaluation: change = -(m×g + m q - α g) on |m| = 1.
/// The last stage uses m(t+Δt) = (-m + m2 + 2 m3 + m4)/3 + change(m4)/6, so no change is stored. `pixels`
/// [whole samples] calibrate. Noise comes as three vectors, one for each component, and is added by BUNDLEs
/// before f_norm and before W_out. Throws Error when the pinned layer does not lie along x, for which H_s is
/// no function of m_x alone.
Compilation lower_csto(const Model& model, std::span<const std::uint8_t> pixels, const HardwareConfig& config,
                       const Noise& noise);

}  // namespace stoic
