#include "stoic/host/dynamics/csto_analysis.hpp"

#include <Eigen/Geometry>
#include <boost/numeric/odeint.hpp>
#include <cmath>
#include <vector>

#include "stoic/host/dynamics/csto.hpp"
#include "stoic/host/dynamics/llg.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::MatrixXd;
using Eigen::Vector3d;
using Eigen::VectorXd;

constexpr double boltzmann_erg_per_K = 1.380649e-16;

/// Unit vectors drawn from normals: uniform on the spheres.
void draw_states(Panels<double>& states, Eigen::Index components, Eigen::Index pairs, std::uint64_t seed) {
  std::vector<float> normal(static_cast<std::size_t>(components));
  for (Eigen::Index pair = 0; pair < pairs; ++pair) {
    fill_normal(normal, {seed, Purpose::initial_state, static_cast<std::uint64_t>(pair)});
    for (Eigen::Index i = 0; i < components; ++i)
      states(i, 2 * pair) = static_cast<double>(normal[static_cast<std::size_t>(i)]);
  }
}

}  // namespace

VectorXd integrate_adaptively(const MatrixXd& coupling, const CstoParameters& parameters,
                              const VectorXd& start, double tolerance) {
  namespace odeint = boost::numeric::odeint;
  using State = std::vector<double>;
  const Csto<double> system(coupling, parameters);
  State state(start.begin(), start.end());
  const auto flow = [&](const State& m, State& change, double) {
    const VectorXd result =
        system.flow(Eigen::Map<const VectorXd>(m.data(), static_cast<Eigen::Index>(m.size())));
    change.assign(result.begin(), result.end());
  };
  odeint::integrate_adaptive(odeint::make_controlled<odeint::runge_kutta_dopri5<State>>(tolerance, tolerance),
                             flow, state, 0.0, parameters.duration_ps * 1e-12, parameters.step_ps * 1e-12);
  return Eigen::Map<const VectorXd>(state.data(), static_cast<Eigen::Index>(state.size()));
}

VectorXd continuous_adjoint(const MatrixXd& coupling, const CstoParameters& parameters, const VectorXd& end,
                            const VectorXd& covector) {
  const Csto<double> system(coupling, parameters);
  const double h = parameters.step_ps * 1e-12;
  // Backwards in time: dm/ds = -f, da/ds = +(∂f/∂m)ᵀ a
  struct Pair {
    VectorXd m, a;
  };
  const auto slope = [&](const Pair& at) { return Pair{-system.flow(at.m), system.flow_vjp(at.m, at.a)}; };
  const auto moved = [](const Pair& from, double by, const Pair& along) {
    return Pair{from.m + by * along.m, from.a + by * along.a};
  };
  Pair at{end, covector};
  for (std::int64_t step = 0; step < parameters.steps(); ++step) {
    const Pair k1 = slope(at), k2 = slope(moved(at, h / 2, k1)), k3 = slope(moved(at, h / 2, k2)),
               k4 = slope(moved(at, h, k3));
    at.m += h / 6 * (k1.m + 2 * k2.m + 2 * k3.m + k4.m);
    at.a += h / 6 * (k1.a + 2 * k2.a + 2 * k3.a + k4.a);
  }
  return at.a;
}

double maximum_lyapunov_exponent(const MatrixXd& coupling, const CstoParameters& parameters,
                                 const LyapunovOptions& options) {
  constexpr Eigen::Index pairs = 8;
  CstoParameters interval = parameters;
  interval.duration_ps = options.interval_ps;
  check_parameters(interval, "Lyapunov exponent");
  const Csto<double> system(coupling, interval);
  const Eigen::Index components = system.neurons();
  auto trajectory = system.make_trajectory(2 * pairs, false);
  Team alone(1);
  Panels<double>& first = trajectory.first();
  draw_states(first, components, pairs, options.seed);
  for (Eigen::Index pair = 0; pair < pairs; ++pair)
    for (Eigen::Index i = 0; i < components; ++i)
      first(i, 2 * pair + 1) = first(i, 2 * pair) + (i == pair ? 1e-3 : 0);
  const auto transient = std::llround(1000 * options.transient_ns / options.interval_ps);
  const auto measured =
      std::max<std::int64_t>(1, std::llround(1000 * options.duration_ns / options.interval_ps));
  double sum = 0;
  for (std::int64_t i = 0; i < transient + measured; ++i) {
    system.forward(trajectory, alone);
    const Panels<double>& last = trajectory.last();
    for (Eigen::Index pair = 0; pair < pairs; ++pair) {
      double square = 0;
      for (Eigen::Index k = 0; k < components; ++k)
        square += std::pow(last(k, 2 * pair + 1) - last(k, 2 * pair), 2);
      const double distance = std::sqrt(square);
      if (i >= transient) sum += std::log(distance / options.separation);
      const double scale = options.separation / distance;
      for (Eigen::Index k = 0; k < components; ++k) {
        first(k, 2 * pair) = last(k, 2 * pair);
        first(k, 2 * pair + 1) = last(k, 2 * pair) + scale * (last(k, 2 * pair + 1) - last(k, 2 * pair));
      }
    }
  }
  return sum / (static_cast<double>(pairs * measured) * options.interval_ps * 1e-3);
}

double thermal_field_Oe(const CstoParameters& p) {
  const double moment = p.saturation_magnetisation_emu_per_cm3 * p.free_layer_volume_nm3 * 1e-21;  // emu
  return std::sqrt(2 * p.gilbert_damping * boltzmann_erg_per_K * p.temperature_K /
                   (p.gyromagnetic_ratio_rad_per_Oe_s * moment * p.step_ps * 1e-12));
}

Vector3d thermal_step(const CstoParameters& p, const Vector3d& m, const Vector3d& thermal_Oe) {
  const double angle = p.step_angle_per_Oe();
  const Vector3d pinned(p.pinned_layer[0], p.pinned_layer[1], p.pinned_layer[2]);
  const auto change = [&](const Vector3d& at) -> Vector3d {
    const double spin_torque = p.spin_torque_field_Oe() / (1 + p.spin_torque_asymmetry * at.dot(pinned));
    const Vector3d field = Vector3d(0, 0, p.applied_field_Oe + p.effective_anisotropy_Oe() * at.z()) +
                           thermal_Oe + spin_torque * pinned.cross(at);
    const Vector3d torque = at.cross(field);
    return -angle * (torque + p.gilbert_damping * at.cross(torque));
  };
  const Vector3d predicted = change(m);
  return (m + 0.5 * (predicted + change(m + predicted))).normalized();
}

}  // namespace stoic
