#pragma once
#include <array>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "stoic/host/dynamics/system.hpp"

namespace stoic {

template <class Real>
class Csto;

/// Coupled spin-torque oscillators: the physical parameters of paper 001, table IV, in CGS-emu.
struct CstoParameters {
  static constexpr const char* name = "csto";
  std::int64_t oscillators = 200;                        ///< N; a state has 3 N components
  double coupling_Oe = 17.8;                             ///< A_cp
  double duration_ps = 300;                              ///< T
  double step_ps = 20;                                   ///< of the Runge-Kutta integrator; divides T
  double applied_field_Oe = 200;                         ///< H_appl, along z
  double anisotropy_field_Oe = 18616;                    ///< H_K, perpendicular to the film, along z
  double saturation_magnetisation_emu_per_cm3 = 1448.3;  ///< M
  double free_layer_volume_nm3 = std::numbers::pi * 60 * 60 * 2;  ///< V
  double spin_polarisation = 0.537;                               ///< η, in (0, 1]
  double spin_torque_asymmetry = 0.288;              ///< λ, in (-1, 1): 1 + λ m·p stays positive
  double gyromagnetic_ratio_rad_per_Oe_s = 1.764e7;  ///< γ
  double gilbert_damping = 0.005;                    ///< α
  double current_mA = 2.5;                           ///< I
  std::array<double, 3> pinned_layer = {1, 0, 0};    ///< p, a unit vector
  double temperature_K = 0;                          ///< of the thermal field in analyses
  bool renormalise = false;                          ///< |m| = 1 again after every step of the integrator

  static CstoParameters read(JsonReader& json, const NetworkShape& shape);
  void write(nlohmann::ordered_json& json) const;
  std::int64_t width() const { return 3 * oscillators; }
  TimeAxis time() const {
    return {.unit = "ps", .duration = duration_ps, .step = step_ps, .step_key = "step_ps"};
  }
  CstoParameters over(double duration_ps, std::int64_t steps) const;
  Traits traits() const { return {.state_vectors = {{.name = "m_x"}, {.name = "m_y"}, {.name = "m_z"}}}; }
  std::vector<MatrixShape> matrices() const { return {{"W_coupling", oscillators, oscillators}}; }
  Matrices draw(std::uint64_t seed) const;
  template <class Real>
  Csto<Real> make(const Matrices& matrices) const;

  /// H_s at m·p = 0: ħ η I / (2 e M V), in Oe (paper 001, eq. 22).
  double spin_torque_field_Oe() const;
  /// H_K - 4 π M, in Oe: what multiplies m_z.
  double effective_anisotropy_Oe() const;
  /// γ Δt / (1 + α²), in 1/Oe: the angle of a step per field.
  double step_angle_per_Oe() const;
};

Compilation lower(const CstoParameters& parameters, const LoweringTask& task);

/// Throws Error with the physical reason when the parameters describe nothing that can be integrated; `where`
/// begins the message. The step must stay below the stability limit of RK4 for the largest precession
/// frequency that the fields allow.
void check_parameters(const CstoParameters& parameters, const char* where);

}  // namespace stoic
