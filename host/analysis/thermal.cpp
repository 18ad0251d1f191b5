#include "stoic/host/analysis/thermal.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <vector>

#include "stoic/host/dynamics/csto.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::MatrixXd;
using Eigen::Vector3d;

constexpr double boltzmann_erg_per_K = 1.380649e-16;
/// More than a duration has steps.
constexpr std::uint64_t draws_of_sample = std::uint64_t{1} << 20;

/// m after a step in this field alone, an angle γΔt/(1+α²)·H.
Vector3d turned(const Vector3d& m, const Vector3d& field, double damping) {
  const auto change = [&](const Vector3d& at) -> Vector3d {
    const Vector3d torque = at.cross(field);
    return -(torque + damping * at.cross(torque));
  };
  const Vector3d predicted = change(m);
  return (m + 0.5 * (predicted + change(m + predicted))).normalized();
}

/// f_norm(v): the end of no step at all.
MatrixXd started(const Csto<double>& system, const MatrixXd& v, Team& team) {
  const auto no_step = system.over(0);
  auto passage = no_step.make_passage(v.cols());
  passage.first().assign(v);
  no_step.forward(passage, team);
  return passage.last().dense().topRows(v.rows());
}

}  // namespace

double thermal_field_Oe(const CstoParameters& p) {
  const double moment = p.saturation_magnetisation_emu_per_cm3 * p.free_layer_volume_nm3 * 1e-21;  // emu
  return std::sqrt(2 * p.gilbert_damping * boltzmann_erg_per_K * p.temperature_K /
                   (p.gyromagnetic_ratio_rad_per_Oe_s * moment * p.step_ps * 1e-12));
}

MatrixXd thermal_end(const CstoParameters& p, const MatrixXd& coupling, const MatrixXd& v,
                     const ThermalDraws& draws, Team& team) {
  const Csto<double> system(coupling, p);
  const auto step = system.over(1);
  const double angle = p.step_angle_per_Oe() * thermal_field_Oe(p);
  const Eigen::Index n = p.oscillators, groups = (v.cols() + group_samples - 1) / group_samples;
  MatrixXd result(v.rows(), v.cols());
  team.split(groups, [&](std::int64_t begin, std::int64_t end) {
    Team alone(1);
    std::vector<float> normal(static_cast<std::size_t>(v.rows()));
    for (std::int64_t g = begin; g < end; ++g) {
      const Eigen::Index first = g * group_samples, samples = std::min(group_samples, v.cols() - first);
      auto passage = step.make_passage(samples);
      MatrixXd m = started(system, v.middleCols(first, samples), alone);
      for (std::int64_t t = 0; t < p.time().steps(); ++t) {
        team.stop_if_asked();
        step.set_state(passage, m);
        step.go_on(passage, alone);
        m = step.state(passage);
        for (Eigen::Index s = 0; s < samples; ++s) {
          const auto number = static_cast<std::uint64_t>(draws.first_sample + first + s);
          fill_normal(normal, {draws.seed, Purpose::thermal_field,
                               number * draws_of_sample + static_cast<std::uint64_t>(t)});
          for (Eigen::Index k = 0; k < n; ++k) {
            const auto* drawn = &normal[static_cast<std::size_t>(3 * k)];
            const Vector3d field = angle * Vector3d(drawn[0], drawn[1], drawn[2]);
            m.col(s)(Eigen::seqN(k, 3, n)) = turned(m.col(s)(Eigen::seqN(k, 3, n)), field, p.gilbert_damping);
          }
        }
      }
      result.middleCols(first, samples) = m;
    }
  });
  return result;
}

}  // namespace stoic
