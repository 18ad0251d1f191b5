#pragma once
#include <Eigen/Core>

#include "stoic/host/dynamics/csto.hpp"
#include "stoic/host/dynamics/driven.hpp"
#include "stoic/host/integration/integrated.hpp"

namespace stoic {

/// Coupled spin-torque oscillators with a drive: the rule and the method are those of the networks. A drive that joins the
/// field is an angle, parameters.step_angle_per_Oe() times the field.
template <class Join>
using DrivenCsto =
    Integrated<DrivenRule<LlgRule<double>, Join>, Rk4, UnitLength<double, 3>, UnitLength<double, 3>>;

template <class Join>
DrivenCsto<Join> make_driven_csto(const CstoParameters& parameters, const Eigen::MatrixXd& w_coupling) {
  using Rule = DrivenRule<LlgRule<double>, Join>;
  return DrivenCsto<Join>(Rule(llg_rule<double>(w_coupling, parameters)), parameters.time().steps(), 1,
                          {.of_zero = {0, 0, 1}}, {.on = parameters.renormalise});
}

}  // namespace stoic
