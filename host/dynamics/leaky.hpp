#pragma once
#include "stoic/host/dynamics/system.hpp"
#include "stoic/host/integration/coupling.hpp"
#include "stoic/host/integration/integrated.hpp"
#include "stoic/host/kernels/elementary.hpp"

namespace stoic {

/// x(i+1) = (1 - a) x(i) + a tanh(x(i))
template <class Real>
struct LeakyEquation {
  using Scalar = Real;
  static constexpr int components = 1;
  static constexpr bool keeps_coupling = false, adds_coupling = false;
  using Site = stoic::Site<Scalar, 1>;
  Scalar leak;

  Site slope(Eigen::Index, const Site& x, Scalar) const {
    return {(1 - leak) * x[0] + leak * hyperbolic_tangent(x[0])};
  }
  Site push(Eigen::Index, const Site& x, Scalar, const Site& d, Scalar) const {
    return {derivative(x) * d[0]};
  }
  Scalar pull(Eigen::Index, const Site& x, Scalar, const Site& w, Site& x_bar) const {
    x_bar = {derivative(x) * w[0]};
    return 0;
  }

 private:
  Scalar derivative(const Site& x) const {
    const Scalar t = hyperbolic_tangent(x[0]);
    return 1 - leak * t * t;
  }
};

template <class Real>
using LeakyRule = CoupledSites<LeakyEquation<Real>, NoCoupling<Real>>;

template <class Real>
class Leaky : public Integrated<LeakyRule<Real>, Map> {
 public:
  using Base = Integrated<LeakyRule<Real>, Map>;
  using Base::Base;
  /// "x(0)", then "x" after every step.
  VectorSequence vectors(typename Base::Trajectory& t) const { return this->named_states(t, {"x"}); }
};

/// Neurons that forget slowly and do not know of each other: the least that a system needs.
struct LeakyParameters {
  static constexpr const char* name = "leaky";
  std::int64_t neurons = 1;  ///< N, 1 to 4096; required
  std::int64_t steps = 1;    ///< 1 to 1000; required
  double leak = 0.5;         ///< a, 0 to 1

  static LeakyParameters read(JsonReader& json, const NetworkShape&) {
    LeakyParameters p;
    p.neurons = json.integer("neurons", 1, 4096);
    p.steps = json.integer("steps", 1, 1000);
    p.leak = json.number_or("leak", p.leak, 0, 1);
    return p;
  }
  void write(nlohmann::ordered_json& json) const {
    json["neurons"] = neurons;
    json["steps"] = steps;
    json["leak"] = leak;
  }
  std::int64_t width() const { return neurons; }
  TimeAxis time() const { return {.unit = "steps", .duration = static_cast<double>(steps)}; }
  LeakyParameters over(double, std::int64_t count) const { return {neurons, count, leak}; }
  Traits traits() const { return {}; }
  std::vector<MatrixShape> matrices() const { return {}; }
  Matrices draw(std::uint64_t) const { return {}; }
  template <class Real>
  Leaky<Real> make(const Matrices&) const {
    return Leaky<Real>({neurons, {static_cast<Real>(leak)}, {}}, steps);
  }
};

Compilation lower(const LeakyParameters& parameters, const LoweringTask& task);

}  // namespace stoic
