#pragma once
#include <array>
#include <cmath>
#include <concepts>
#include <utility>
#include <vector>

#include "stoic/host/kernels/panels.hpp"

// A dynamical system as a rule: one coupling, then something site by site. integrated.hpp makes a system of
// it.
namespace stoic {

/// The numbers of one site, in registers: one of a neuron, three of a magnetisation.
template <class Scalar, int n>
using Site = std::array<Scalar, n>;
/// Those of many sites [sites x samples], a matrix for each number.
template <class Scalar, int n>
using Sites = std::array<Panels<Scalar>, n>;

/// How the work of a batch is shared by threads. Bits do not depend on it.
enum class Sharing {
  groups,  ///< each thread takes 16 samples all the way: states and a small coupling stay in its cache
  rows     ///< the threads share the sites of every step of all samples: for couplings larger than a cache
};

/// What one site does: a small value of constants. Its functions are called in loops over sites and samples
/// that a compiler turns into vectors: plain arithmetic, no branches but ?:. `i` is the number of the site,
/// for parameters of its own (pointers, to as many as whole panels hold: the last panel is filled up).
///
///   slope(i, x, c)            dx/dt of a flow; x(t+1) of a map. c is what the coupling makes of all sites
///   push(i, x, c, dx, dc)     its derivative along (dx, dc)
///   pull(i, x, c, w, x_bar)   the transposed derivative on w: by x into x_bar, by c returned
///
/// For a map, push and pull get the next value, x(t+1), in the place of c.
template <class E>
concept Equation = requires(const E f, typename E::Scalar c, const Site<typename E::Scalar, E::components>& x,
                            Site<typename E::Scalar, E::components>& x_bar, Eigen::Index i) {
  { E::components } -> std::convertible_to<int>;
  /// Whether push and pull of a flow read c; else it is not kept.
  { E::keeps_coupling } -> std::convertible_to<bool>;
  /// Whether slope(i, x, c) = c + something of x: then a step of Euler's method may add c to x first.
  { E::adds_coupling } -> std::convertible_to<bool>;
  { f.slope(i, x, c) } -> std::same_as<Site<typename E::Scalar, E::components>>;
  { f.push(i, x, c, x, c) } -> std::same_as<Site<typename E::Scalar, E::components>>;
  { f.pull(i, x, c, x, x_bar) } -> std::same_as<typename E::Scalar>;
};

/// One coupling, then an equation site by site.
template <class R>
concept Rule = Equation<typename R::Equation> && requires(const R rule) {
  { R::sharing } -> std::convertible_to<Sharing>;
  { rule.sites() } -> std::same_as<Eigen::Index>;
  { rule.equation() } -> std::convertible_to<typename R::Equation>;
  rule.coupling();  // see coupling.hpp
};

/// Most rules: an equation and a coupling.
template <class E, class Coupling, Sharing how = Sharing::groups>
class CoupledSites {
 public:
  using Equation = E;
  static constexpr Sharing sharing = how;
  CoupledSites(Eigen::Index sites, E equation, Coupling coupling)
      : sites_(sites), equation_(equation), coupling_(std::move(coupling)) {}
  Eigen::Index sites() const { return sites_; }
  E equation() const { return equation_; }
  const Coupling& coupling() const { return coupling_; }

 private:
  Eigen::Index sites_;
  E equation_;
  Coupling coupling_;
};

/// What the adjoint of a step knows of one stage, for gradients of trained matrices.
template <class Scalar, int n>
struct PulledStage {
  const Sites<Scalar, n>& x;         ///< where the equation was evaluated
  const Sites<Scalar, n>& by_slope;  ///< dL/d of what it returned
  const Panels<Scalar>& by_coupled;  ///< dL/dc
};

/// A rule with matrices that are trained, shared by rows. Their gradients are gathered while the adjoint
/// passes the stages: begin, then gather for every stage and panel, then end.
template <class R>
concept TrainedRule = Rule<R> &&
    requires(R rule, typename R::Gather gather, Team& team,
             const PulledStage<typename R::Equation::Scalar, R::Equation::components>& stage) {
  { rule.trained() } -> std::same_as<std::vector<Panels<typename R::Equation::Scalar>*>>;
  /// To be called after any of them was changed.
  rule.weights_changed(team);
  { rule.make_gather() } -> std::same_as<typename R::Gather>;
  { gather.gradients } -> std::same_as<std::vector<Panels<typename R::Equation::Scalar>>&>;
  rule.begin(gather);
  rule.gather(gather, stage, Eigen::Index{});
  rule.end(gather, team);
};

/// A map of each site by itself that is applied before the first step (the start: f_norm) or after every step
/// (a bound). `apply` changes x and returns what its derivative needs to know beside the result. The
/// derivative is symmetric, so that it is its own transpose.
template <class M, class Scalar, int n>
concept SiteMap = requires(const M map, Site<Scalar, n>& x, const Site<Scalar, n>& y, Scalar known) {
  { map.active() } -> std::same_as<bool>;
  { map.apply(x) } -> std::same_as<Scalar>;
  { map.push(y, known, y) } -> std::same_as<Site<Scalar, n>>;
};

/// The identity.
struct AsIs {
  static constexpr bool active() { return false; }
  template <class X>
  auto apply(X& x) const {
    return x[0];
  }
  template <class X, class Scalar>
  X push(const X&, Scalar, const X& d) const {
    return d;
  }
};

/// x becomes x / |x|; 0 becomes `of_zero`, with zero derivative (f_norm of paper 001 with e_z; 0 stays 0
/// after a step).
template <class Scalar, int n>
struct UnitLength {
  Site<Scalar, n> of_zero = {};
  bool on = true;
  bool active() const { return on; }
  Scalar apply(Site<Scalar, n>& x) const {
    Scalar square = x[0] * x[0];
    for (int k = 1; k < n; ++k) square += x[k] * x[k];
    const Scalar length = std::sqrt(square);
    for (int k = 0; k < n; ++k) x[k] = length > 0 ? x[k] / length : of_zero[k];
    return length;
  }
  /// (d - y (y·d)) / |x|
  Site<Scalar, n> push(const Site<Scalar, n>& y, Scalar length, const Site<Scalar, n>& d) const {
    const Scalar inverse = length > 0 ? 1 / length : 0;
    Scalar along = y[0] * d[0];
    for (int k = 1; k < n; ++k) along += y[k] * d[k];
    Site<Scalar, n> result;
    for (int k = 0; k < n; ++k) result[k] = inverse * (d[k] - along * y[k]);
    return result;
  }
};

/// Held within ±most; what was held back passes no derivative on.
template <class Scalar>
struct Bounded {
  Scalar most;
  static constexpr bool active() { return true; }
  Scalar apply(Site<Scalar, 1>& x) const {
    x[0] = x[0] < -most ? -most : x[0] > most ? most : x[0];
    return 0;
  }
  Site<Scalar, 1> push(const Site<Scalar, 1>& y, Scalar, const Site<Scalar, 1>& d) const {
    return {std::abs(y[0]) < most ? d[0] : 0};
  }
};

}  // namespace stoic
