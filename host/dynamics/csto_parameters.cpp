#include "stoic/host/dynamics/csto_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

constexpr double reduced_planck_erg_s = 1.054571817e-27;
constexpr double elementary_charge_abC = 1.602176634e-20;
constexpr double abA_per_mA = 1e-4;
constexpr double cm3_per_nm3 = 1e-21;

/// RK4 is stable on the imaginary axis up to |ω Δt| = 2 √2 (Hairer, Wanner: Solving ODEs II, section IV.2).
constexpr double stability_limit = 2.8284271247461903;

/// The numbers of a CSTO recipe by their keys; read and written by the same list.
constexpr std::pair<const char*, double CstoParameters::*> csto_numbers[] = {
    {"coupling_Oe", &CstoParameters::coupling_Oe},
    {"duration_ps", &CstoParameters::duration_ps},
    {"step_ps", &CstoParameters::step_ps},
    {"applied_field_Oe", &CstoParameters::applied_field_Oe},
    {"anisotropy_field_Oe", &CstoParameters::anisotropy_field_Oe},
    {"saturation_magnetisation_emu_per_cm3", &CstoParameters::saturation_magnetisation_emu_per_cm3},
    {"free_layer_volume_nm3", &CstoParameters::free_layer_volume_nm3},
    {"spin_polarisation", &CstoParameters::spin_polarisation},
    {"spin_torque_asymmetry", &CstoParameters::spin_torque_asymmetry},
    {"gyromagnetic_ratio_rad_per_Oe_s", &CstoParameters::gyromagnetic_ratio_rad_per_Oe_s},
    {"gilbert_damping", &CstoParameters::gilbert_damping},
    {"current_mA", &CstoParameters::current_mA},
    {"temperature_K", &CstoParameters::temperature_K}};

}  // namespace

CstoParameters CstoParameters::read(JsonReader& json, const NetworkShape&) {
  CstoParameters csto;
  csto.oscillators = json.integer("oscillators", 1, 1365);
  for (const auto& [key, member] : csto_numbers)
    csto.*member = json.number_or(key, csto.*member, -1e12, 1e12);
  if (json.has("pinned_layer")) {
    const auto& direction = json.array("pinned_layer");
    const bool numbers = direction.size() == 3 && std::all_of(direction.begin(), direction.end(),
                                                              [](const auto& c) { return c.is_number(); });
    if (!numbers)
      json.fail("pinned_layer", "must be the three components of a unit vector, such as [1, 0, 0]");
    for (std::size_t c = 0; c < 3; ++c) csto.pinned_layer[c] = direction[c].template get<double>();
  }
  csto.renormalise = json.boolean_or("renormalise", csto.renormalise);
  check_parameters(csto, json.where().c_str());
  return csto;
}

void CstoParameters::write(nlohmann::ordered_json& json) const {
  json["oscillators"] = oscillators;
  for (const auto& [key, member] : csto_numbers) json[key] = this->*member;
  json["pinned_layer"] = pinned_layer;
  json["renormalise"] = renormalise;
}

CstoParameters CstoParameters::over(double time_ps, std::int64_t steps) const {
  auto result = *this;
  result.duration_ps = time_ps;
  result.step_ps = this->time().step_over(time_ps, steps);
  check_parameters(result, "csto");
  return result;
}

double CstoParameters::spin_torque_field_Oe() const {
  return reduced_planck_erg_s * spin_polarisation * current_mA * abA_per_mA /
         (2 * elementary_charge_abC * saturation_magnetisation_emu_per_cm3 * free_layer_volume_nm3 *
          cm3_per_nm3);
}

double CstoParameters::effective_anisotropy_Oe() const {
  return anisotropy_field_Oe - 4 * std::numbers::pi * saturation_magnetisation_emu_per_cm3;
}

double CstoParameters::step_angle_per_Oe() const {
  return gyromagnetic_ratio_rad_per_Oe_s * step_ps * 1e-12 / (1 + gilbert_damping * gilbert_damping);
}

void check_parameters(const CstoParameters& p, const char* where) {
  const auto refuse = [&](const std::string& why) { throw Error(fmt::format("{}: {}", where, why)); };
  const auto positive = [&](const char* key, double value) {
    if (!(value > 0 && std::isfinite(value)))
      refuse(fmt::format("\"{}\" is {}; a free layer needs a positive one", key, value));
  };
  positive("free_layer_volume_nm3", p.free_layer_volume_nm3);
  positive("saturation_magnetisation_emu_per_cm3", p.saturation_magnetisation_emu_per_cm3);
  positive("gyromagnetic_ratio_rad_per_Oe_s", p.gyromagnetic_ratio_rad_per_Oe_s);
  positive("step_ps", p.step_ps);
  positive("duration_ps", p.duration_ps);
  if (!(p.gilbert_damping >= 0))
    refuse(fmt::format("\"gilbert_damping\" is {}; a negative one would feed energy in from nowhere",
                       p.gilbert_damping));
  if (!(p.temperature_K >= 0))
    refuse(fmt::format("\"temperature_K\" is {}; there is nothing below absolute zero", p.temperature_K));
  if (!(p.spin_polarisation > 0 && p.spin_polarisation <= 1))
    refuse(fmt::format("\"spin_polarisation\" is {}; it is a share of electrons, above 0 up to 1",
                       p.spin_polarisation));
  const double length = std::hypot(p.pinned_layer[0], p.pinned_layer[1], p.pinned_layer[2]);
  if (!(std::abs(length - 1) < 1e-9))
    refuse(fmt::format(
        "\"pinned_layer\" has length {:.6g}; the direction of a magnetisation is a unit vector", length));
  if (!(std::abs(p.spin_torque_asymmetry) < 1))
    refuse(fmt::format(
        "\"spin_torque_asymmetry\" is {}; with |λ| >= 1 the spin-transfer torque 1/(1 + λ m·p) has a "
        "pole where m·p = {}",
        p.spin_torque_asymmetry, -1 / p.spin_torque_asymmetry));
  const double steps = p.duration_ps / p.step_ps;
  if (std::abs(steps - std::round(steps)) > 1e-6 * steps || steps > 1e6)
    refuse(
        fmt::format("\"step_ps\": {} does not divide \"duration_ps\": {} into whole steps (1 to 1,000,000); "
                    "choose, say, {:.6g}",
                    p.step_ps, p.duration_ps, p.duration_ps / std::max(1.0, std::round(steps))));
  // The coupling field is a sum of N terms of random sign and its root mean square is about A_cp; 4 times
  // that is rare.
  const double field = std::abs(p.applied_field_Oe) + std::abs(p.effective_anisotropy_Oe()) +
                       4 * std::abs(p.coupling_Oe) +
                       std::abs(p.spin_torque_field_Oe()) / (1 - std::abs(p.spin_torque_asymmetry));
  const double angle = p.step_angle_per_Oe() * field;
  if (angle > stability_limit)
    refuse(
        fmt::format("\"step_ps\": {}: a step turns a magnetisation by up to {:.3g} rad in fields of {:.4g} "
                    "Oe, and RK4 is "
                    "unstable above {:.3g}; use at most {:.3g} ps",
                    p.step_ps, angle, field, stability_limit, p.step_ps * stability_limit / angle));
}

}  // namespace stoic
