#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <string>

#include "stoic/host/dynamics/driven.hpp"
#include "stoic/host/dynamics/system.hpp"
#include "stoic/host/integration/coupling.hpp"
#include "stoic/host/kernels/elementary.hpp"

namespace stoic {

/// x(t+1) = (1 - a) x(t) + a f(c),  c = W x(t) and what drives it; f is tanh, or the identity.
template <class Real, bool linear>
struct LeakyUnit {
  using Scalar = Real;
  static constexpr int components = 1;
  static constexpr bool keeps_coupling = false, adds_coupling = false;
  using Site = stoic::Site<Scalar, 1>;
  Scalar leak;

  Site slope(Eigen::Index, const Site& x, Scalar c) const {
    const Scalar f = linear ? c : hyperbolic_tangent(c);
    return {(1 - leak) * x[0] + leak * f};
  }
  Site push(Eigen::Index, const Site& x, Scalar next, const Site& d, Scalar dc) const {
    return {(1 - leak) * d[0] + gain(x, next) * dc};
  }
  Scalar pull(Eigen::Index, const Site& x, Scalar next, const Site& w, Site& x_bar) const {
    x_bar = {(1 - leak) * w[0]};
    return gain(x, next) * w[0];
  }

 private:
  /// a f'(c), from what f(c) was.
  Scalar gain(const Site& x, Scalar next) const {
    const Scalar f = (next - (1 - leak) * x[0]) / leak;
    return linear ? leak : leak * (1 - f * f);
  }
};

/// The echo-state network of the literature (H. Jaeger, GMD report 148, 2001; of leaky units: Jaeger and
/// others, Neural Networks 20, 335, 2007): a fixed random network that an input drives.
struct EsnParameters {
  static constexpr const char* name = "esn";
  std::int64_t neurons = 100;       ///< N, 1 to 4096; required
  double spectral_radius = 0.9;     ///< of W; 0 to 10
  double density = 0.1;             ///< share of entries of a random W that are not zero, (0, 1]
  double leak = 1;                  ///< a, above 0 up to 1
  std::string activation = "tanh";  ///< or "linear"
  std::string topology = "random";  ///< or "orthogonal", or "ring": i is fed by i-1 alone

  static EsnParameters read(JsonReader& json);
  void write(nlohmann::ordered_json& json) const;
  /// W: random entries as make_reservoir() draws them, rounded to single precision, which holds them in half the memory:
  /// a step of a reservoir costs what reading W costs; a random orthogonal matrix, or a cyclic shift, times the spectral
  /// radius.
  Eigen::MatrixXd draw(std::uint64_t seed) const;
};

template <bool linear>
using EsnRule = DrivenRule<CoupledSites<LeakyUnit<double, linear>, SeriesCoupling>, JoinsCoupling>;

}  // namespace stoic
