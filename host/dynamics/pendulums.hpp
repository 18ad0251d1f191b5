#pragma once
#include <cmath>

#include "stoic/host/dynamics/reservoir.hpp"
#include "stoic/host/dynamics/system.hpp"
#include "stoic/host/integration/coupling.hpp"
#include "stoic/host/integration/integrated.hpp"

namespace stoic {

/// A damped pendulum in a periodic torque, in units of its own frequency; its sites are (θ, θ', φ), φ the
/// phase of the torque, and c is the torque of the others:
///
///   dθ/dt = θ',   dθ'/dt = -sin θ - b θ' + g cos φ + c,   dφ/dt = ω
template <class Real>
struct PendulumEquation {
  using Scalar = Real;
  static constexpr int components = 3;
  static constexpr bool keeps_coupling = false, adds_coupling = false;
  using Site = stoic::Site<Scalar, 3>;
  Scalar damping, drive, frequency;

  Site slope(Eigen::Index, const Site& x, Scalar c) const {
    return {x[1], c - std::sin(x[0]) - damping * x[1] + drive * std::cos(x[2]), frequency};
  }
  Site push(Eigen::Index, const Site& x, Scalar, const Site& d, Scalar dc) const {
    return {d[1], dc - std::cos(x[0]) * d[0] - damping * d[1] - drive * std::sin(x[2]) * d[2], 0};
  }
  Scalar pull(Eigen::Index, const Site& x, Scalar, const Site& w, Site& x_bar) const {
    x_bar = {-std::cos(x[0]) * w[1], w[0] - damping * w[1], -drive * std::sin(x[2]) * w[1]};
    return w[1];
  }
};

template <class Real>
using PendulumRule = CoupledSites<PendulumEquation<Real>, DenseCoupling<Real>>;

template <class Real>
class Pendulums : public Integrated<PendulumRule<Real>, Rk4> {
 public:
  using Base = Integrated<PendulumRule<Real>, Rk4>;
  using Base::Base;
  /// "angle(0)", then "angle", "velocity" and "phase" after every step.
  VectorSequence vectors(typename Base::Trajectory& t) const {
    return this->named_states(t, {"angle", "velocity", "phase"});
  }
};

/// An array of driven, damped pendulums, coupled by c = k W θ with a fixed random W of spectral radius 1.
struct PendulumsParameters {
  static constexpr const char* name = "pendulums";
  std::int64_t pendulums = 100;                                            ///< N, 1 to 1365; required
  double coupling = 0.5, damping = 0.5, drive = 1.2, frequency = 2.0 / 3;  ///< k, b, g, ω
  double duration = 2, step = 0.1;                                         ///< step divides duration

  static PendulumsParameters read(JsonReader& json, const NetworkShape&) {
    PendulumsParameters p;
    p.pendulums = json.integer("pendulums", 1, 1365);
    for (const auto& [key, member] : numbers) p.*member = json.number_or(key, p.*member, -1000, 1000);
    p.time().require_whole_steps(json);
    return p;
  }
  void write(nlohmann::ordered_json& json) const {
    json["pendulums"] = pendulums;
    for (const auto& [key, member] : numbers) json[key] = this->*member;
  }
  std::int64_t width() const { return 3 * pendulums; }
  TimeAxis time() const { return {.duration = duration, .step = step, .step_key = "step"}; }
  PendulumsParameters over(double time, std::int64_t steps) const {
    auto result = *this;
    result.duration = time;
    result.step = this->time().step_over(time, steps);
    return result;
  }
  Traits traits() const {
    const double expansion = -damping * static_cast<double>(pendulums);
    return {.state_vectors = {{.name = "angle"}, {.name = "velocity"}, {.name = "phase"}},
            .expansion = [expansion](const Matrices&) {
              return [expansion](const Eigen::VectorXd&) { return expansion; };
            }};
  }
  std::vector<MatrixShape> matrices() const { return {{"W_coupling", pendulums, pendulums}}; }
  Matrices draw(std::uint64_t seed) const { return {{"W_coupling", make_reservoir(pendulums, 1, 1, seed)}}; }
  template <class Real>
  Pendulums<Real> make(const Matrices& matrices) const {
    const auto real = [](double value) { return static_cast<Real>(value); };
    const typename Panels<Real>::Matrix weights =
        (coupling * matrices.at("W_coupling")).template cast<Real>();
    return Pendulums<Real>({pendulums,
                            {real(damping), real(drive), real(frequency)},
                            DenseCoupling<Real>(Panels<Real>(weights))},
                           time().steps(), real(step));
  }

 private:
  using Number = std::pair<const char*, double PendulumsParameters::*>;
  static const Number numbers[6];
};
Compilation lower(const PendulumsParameters& parameters, const LoweringTask& task);

inline const PendulumsParameters::Number PendulumsParameters::numbers[6] = {
    {"coupling", &PendulumsParameters::coupling}, {"damping", &PendulumsParameters::damping},
    {"drive", &PendulumsParameters::drive},       {"frequency", &PendulumsParameters::frequency},
    {"duration", &PendulumsParameters::duration}, {"step", &PendulumsParameters::step}};

}  // namespace stoic
