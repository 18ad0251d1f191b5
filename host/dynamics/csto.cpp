#include "stoic/host/dynamics/csto.hpp"

#include "stoic/host/dynamics/reservoir.hpp"

namespace stoic {

template <class Scalar>
LlgRule<Scalar> llg_rule(const Eigen::MatrixXd& coupling, const CstoParameters& p) {
  const double angle = p.step_angle_per_Oe();
  const auto scaled = [&](double field) { return static_cast<Scalar>(angle * field); };
  const auto given = [](double value) { return static_cast<Scalar>(value); };
  const llg::Equation<Scalar> equation{scaled(p.applied_field_Oe),       scaled(p.effective_anisotropy_Oe()),
                                       scaled(p.spin_torque_field_Oe()), given(p.spin_torque_asymmetry),
                                       given(p.gilbert_damping),         given(p.pinned_layer[0]),
                                       given(p.pinned_layer[1]),         given(p.pinned_layer[2])};
  using Matrix = typename Panels<Scalar>::Matrix;
  const Matrix weights = (angle * p.coupling_Oe * coupling).cast<Scalar>();
  return {coupling.rows(), equation, DenseCoupling<Scalar>(Panels<Scalar>(weights))};
}

Matrices CstoParameters::draw(std::uint64_t seed) const {
  return {{"W_coupling", make_coupling(oscillators, seed)}};
}

Eigen::MatrixXd make_coupling(std::int64_t oscillators, std::uint64_t seed) {
  return make_reservoir(oscillators, 1, 1, seed);
}

template <class Scalar>
Csto<Scalar>::Csto(const Eigen::MatrixXd& coupling, const CstoParameters& p)
    : Base(llg_rule<Scalar>(coupling, p), p.time().steps(), 1, {.of_zero = {0, 0, 1}},
           {.on = p.renormalise}) {}

template LlgRule<float> llg_rule(const Eigen::MatrixXd&, const CstoParameters&);
template LlgRule<double> llg_rule(const Eigen::MatrixXd&, const CstoParameters&);
template class Integrated<LlgRule<float>, Rk4, UnitLength<float, 3>, UnitLength<float, 3>>;
template class Integrated<LlgRule<double>, Rk4, UnitLength<double, 3>, UnitLength<double, 3>>;
template class Csto<float>;
template class Csto<double>;

}  // namespace stoic
