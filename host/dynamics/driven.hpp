#pragma once
#include <Eigen/Core>

#include "stoic/host/integration/rule.hpp"

// Any rule with a drive: one number for every site, held during a step, that joins its equation.
namespace stoic {

/// d_i is added to what the coupling makes: an echo-state network's W_in u beside W x, Lorenz 96's forcing, a
/// field along x of a magnetisation.
struct JoinsCoupling {
  template <class Equation, class Scalar>
  static void join(Equation&, Scalar drive, Scalar& coupled) {
    coupled += drive;
  }
};
/// d_i is added to the field along z.
struct JoinsField {
  template <class Equation, class Scalar>
  static void join(Equation& f, Scalar drive, Scalar&) {
    f.applied += drive;
  }
};
/// The current, and with it the spin torque, becomes 1 + d_i times what it is.
struct JoinsCurrent {
  template <class Equation, class Scalar>
  static void join(Equation& f, Scalar drive, Scalar&) {
    f.spin_torque *= 1 + drive;
  }
};

/// The equation E with a drive. `drive` points to one number for each site, of whole panels.
template <class E, class Join>
struct DrivenEquation {
  using Scalar = typename E::Scalar;
  static constexpr int components = E::components;
  static constexpr bool keeps_coupling = E::keeps_coupling, adds_coupling = E::adds_coupling;
  using Site = stoic::Site<Scalar, components>;
  E equation;
  const Scalar* drive;

  Site slope(Eigen::Index i, const Site& x, Scalar c) const {
    E f = equation;
    Join::join(f, drive[i], c);
    return f.slope(i, x, c);
  }
  Site push(Eigen::Index i, const Site& x, Scalar c, const Site& d, Scalar dc) const {
    return at(i, c).push(i, x, c, d, dc);
  }
  Scalar pull(Eigen::Index i, const Site& x, Scalar c, const Site& w, Site& x_bar) const {
    return at(i, c).pull(i, x, c, w, x_bar);
  }

 private:
  /// For derivatives: c is that of the coupling only where it is kept, else the next value or nothing.
  E at(Eigen::Index i, Scalar& c) const {
    E f = equation;
    Scalar unused = 0;
    Join::join(f, drive[i], keeps_coupling ? c : unused);
    return f;
  }
};

/// The rule R, of one series at a time, with a drive.
template <class R, class Join>
class DrivenRule {
 public:
  using Scalar = typename R::Equation::Scalar;
  using Equation = DrivenEquation<typename R::Equation, Join>;
  static constexpr Sharing sharing = Sharing::groups;
  static constexpr Eigen::Index columns = 1;
  using Drive = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

  explicit DrivenRule(R rule) : rule_(std::move(rule)) {
    constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
    drive_ = Drive::Zero((rule_.sites() + rows - 1) / rows * rows);
  }
  Eigen::Index sites() const { return rule_.sites(); }
  Equation equation() const { return {rule_.equation(), drive_.data()}; }
  const auto& coupling() const { return rule_.coupling(); }
  /// What holds until it is called again; `drive` has as many numbers as there are sites.
  template <class Vector>
  void set_drive(const Vector& drive) {
    drive_.head(rule_.sites()) = drive;
  }

 private:
  R rule_;
  Drive drive_;
};

}  // namespace stoic
