#pragma once
#include <Eigen/Core>
#include <vector>

#include "stoic/host/dynamics/system.hpp"
#include "stoic/host/integration/coupling.hpp"
#include "stoic/host/integration/integrated.hpp"
#include "stoic/host/kernels/elementary.hpp"

namespace stoic {

template <class Real>
class Ffesn;

/// Feed-forward echo-state network, paper 001 section IV.B.
struct FfesnParameters {
  static constexpr const char* name = "ffesn";
  std::int64_t neurons = 1;    ///< N, 1 to 4096; required
  double spectral_radius = 1;  ///< of W'
  double density = 0.5;        ///< share of non-zero entries of W', (0, 1]
  std::int64_t steps = 1;      ///< T: how often the fixed system is applied, 1 to 1000; required

  static FfesnParameters read(JsonReader& json, const NetworkShape& shape);
  void write(nlohmann::ordered_json& json) const;
  std::int64_t width() const { return neurons; }
  TimeAxis time() const { return {.unit = "steps", .duration = static_cast<double>(steps)}; }
  FfesnParameters over(double duration, std::int64_t steps) const;
  Traits traits() const;
  std::vector<MatrixShape> matrices() const { return {{"W_reservoir", neurons, neurons}}; }
  Matrices draw(std::uint64_t seed) const;
  template <class Real>
  Ffesn<Real> make(const Matrices& matrices) const;
};
Compilation lower(const FfesnParameters& parameters, const LoweringTask& task);

/// x(i+1) = tanh(c), c = W' x(i)
template <class Real>
struct TanhEquation {
  using Scalar = Real;
  static constexpr int components = 1;
  static constexpr bool keeps_coupling = false, adds_coupling = false;
  using Site = stoic::Site<Scalar, 1>;
  Site slope(Eigen::Index, const Site&, Scalar c) const { return {hyperbolic_tangent(c)}; }
  Site push(Eigen::Index, const Site&, Scalar next, const Site&, Scalar dc) const {
    return {(1 - next * next) * dc};
  }
  Scalar pull(Eigen::Index, const Site&, Scalar next, const Site& w, Site& x_bar) const {
    x_bar = {0};
    return w[0] * (1 - next * next);
  }
};

template <class Real>
using TanhRule = CoupledSites<TanhEquation<Real>, DenseCoupling<Real>, Sharing::rows>;

/// Feed-forward echo-state network, paper 001 eqs 17-19: a fixed map, applied `steps` times.
///
///   x(i+1)   = tanh(W' x(i)),                    i = 0 ... T-1
///   J(i) v   = s(i+1) ∘ (W' v),                  s(i) = 1 - x(i)²
///   J(i)ᵀ w  = W'ᵀ (s(i+1) ∘ w)
template <class Real>
class Ffesn : public Integrated<TanhRule<Real>, Map> {
 public:
  using Base = Integrated<TanhRule<Real>, Map>;
  using typename Base::Matrix;
  using typename Base::Trajectory;
  /// W' [neurons x neurons], steps T >= 1.
  Ffesn(const Matrix& weights, Eigen::Index steps)
      : Base({weights.rows(), {}, DenseCoupling<Real>(Panels<Real>(weights))}, steps) {}

  /// "x(0)", then "z" = W' x and "x" of every step.
  VectorSequence vectors(Trajectory& trajectory) const;
};

template <class Real>
Ffesn<Real> FfesnParameters::make(const Matrices& matrices) const {
  return {matrices.at("W_reservoir").cast<Real>(), steps};
}

extern template class Integrated<TanhRule<float>, Map>;
extern template class Integrated<TanhRule<double>, Map>;
extern template class Ffesn<float>;
extern template class Ffesn<double>;

}  // namespace stoic
