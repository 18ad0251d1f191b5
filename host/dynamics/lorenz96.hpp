#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "stoic/host/dynamics/system.hpp"
#include "stoic/host/integration/integrated.hpp"

namespace stoic {

template <class Real>
class Lorenz96;

/// Lorenz's model of an atmosphere on a circle of N sites, paper 001 eq. 20, in its own units of time.
struct Lorenz96Parameters {
  static constexpr const char* name = "lorenz96";
  std::int64_t neurons = 500;  ///< N, 4 to 4096; required
  double forcing = 0.5;        ///< F, -100 to 100
  double duration = 0.4;       ///< T
  double step = 0.05;          ///< of the Runge-Kutta integrator, up to 1; divides T

  static Lorenz96Parameters read(JsonReader& json, const NetworkShape& shape);
  void write(nlohmann::ordered_json& json) const;
  std::int64_t width() const { return neurons; }
  TimeAxis time() const { return {.duration = duration, .step = step, .step_key = "step"}; }
  Lorenz96Parameters over(double duration, std::int64_t steps) const;
  Traits traits() const;
  std::vector<MatrixShape> matrices() const { return {}; }
  Matrices draw(std::uint64_t) const { return {}; }
  template <class Real>
  Lorenz96<Real> make(const Matrices&) const;
};
Compilation lower(const Lorenz96Parameters& parameters, const LoweringTask& task);

/// c_i = (x_{i+1} - x_{i-2}) x_{i-1}, indices modulo N:
///
///   (∂c v)_i   = (v_{i+1} - v_{i-2}) x_{i-1} + (x_{i+1} - x_{i-2}) v_{i-1}
///   (∂cᵀ w)_i  = x_{i-2} w_{i-1} + (x_{i+2} - x_{i-1}) w_{i+1} - x_{i+1} w_{i+2}
template <class Scalar>
class Neighbours {
 public:
  explicit Neighbours(Eigen::Index sites) : sites_(sites) {}
  void couple(const Panels<Scalar>& x, Panels<Scalar>& c, Eigen::Index p, Eigen::Index columns) const;
  void push(const Panels<Scalar>& x, Columns at, const Panels<Scalar>& dx, Panels<Scalar>& dc,
            Eigen::Index p) const;
  void pull(const Panels<Scalar>& x, Columns at, const Panels<Scalar>& c_bar, Panels<Scalar>& x_bar,
            Eigen::Index p) const;

 private:
  Eigen::Index sites_;
};

/// dx/dt = c - x + F
template <class Real>
struct Lorenz96Equation {
  using Scalar = Real;
  static constexpr int components = 1;
  static constexpr bool keeps_coupling = false, adds_coupling = true;
  using Site = stoic::Site<Scalar, 1>;
  Scalar forcing;
  Site slope(Eigen::Index, const Site& x, Scalar c) const { return {c - x[0] + forcing}; }
  Site push(Eigen::Index, const Site&, Scalar, const Site& d, Scalar dc) const { return {dc - d[0]}; }
  Scalar pull(Eigen::Index, const Site&, Scalar, const Site& w, Site& x_bar) const {
    x_bar = {-w[0]};
    return w[0];
  }
};

template <class Real>
using Lorenz96Rule = CoupledSites<Lorenz96Equation<Real>, Neighbours<Real>>;

/// Lorenz 96 by RK4 with a fixed step h, states [N x samples].
template <class Real>
class Lorenz96 : public Integrated<Lorenz96Rule<Real>, Rk4> {
 public:
  using Base = Integrated<Lorenz96Rule<Real>, Rk4>;
  using typename Base::Trajectory;
  explicit Lorenz96(const Lorenz96Parameters& p);
  /// "h x(0)", then "h x2", "h x3", "h x4" and "h x" of every step: times h, as the program holds them.
  VectorSequence vectors(Trajectory& trajectory) const;

 private:
  double step_;
};

template <class Real>
Lorenz96<Real> Lorenz96Parameters::make(const Matrices&) const {
  return Lorenz96<Real>(*this);
}

extern template class Integrated<Lorenz96Rule<float>, Rk4>;
extern template class Integrated<Lorenz96Rule<double>, Rk4>;
extern template class Lorenz96<float>;
extern template class Lorenz96<double>;

}  // namespace stoic
