#include "stoic/host/compiler/calibrate_csto.hpp"

#include <algorithm>

#include "stoic/host/learning/read_in.hpp"

namespace stoic {

using Eigen::MatrixXd;

void fill_upper(MatrixXd& moments, double count) {
  moments.triangularView<Eigen::StrictlyUpper>() = moments.transpose();
  moments /= count;
}

void include_stage(const Stage<double, 3>& stage, Eigen::Index samples, const CstoParameters& parameters,
                   CstoCalibration& result, CstoDrive joins, const Eigen::VectorXd& drive) {
  const double angle = parameters.step_angle_per_Oe();
  const auto left = [&](const Panels<double>& panels) { return MatrixXd(panels.dense().leftCols(samples)); };
  const MatrixXd x = left(stage.x[0]), y = left(stage.x[1]), z = left(stage.x[2]),
                 coupled = left(stage.coupled);
  const auto& p = parameters.pinned_layer;
  const MatrixXd along = p[0] * x + p[1] * y + p[2] * z;  // m·p
  MatrixXd h_s =
      angle * parameters.spin_torque_field_Oe() / (1 + parameters.spin_torque_asymmetry * along.array());
  if (joins == CstoDrive::current) h_s.array().colwise() *= 1 + drive.array();
  // The coupling, H along z, and h_s p×m.
  const MatrixXd g_x = coupled + h_s.cwiseProduct(p[1] * z - p[2] * y);
  const MatrixXd g_y = h_s.cwiseProduct(p[2] * x - p[0] * z);
  MatrixXd g_z =
      angle * parameters.applied_field_Oe +
      (angle * parameters.effective_anisotropy_Oe() * z + h_s.cwiseProduct(p[0] * y - p[1] * x)).array();
  if (joins == CstoDrive::field) g_z.colwise() += drive;
  result.m.include(along);
  result.g_x.include(coupled);
  for (const auto* component : {&x, &y, &z}) result.m.include(*component);
  result.g_x.include(g_x);
  result.g_y.include(g_y);
  result.g_z.include(g_z);
  result.p.include(x.cwiseProduct(g_x) + y.cwiseProduct(g_y) + z.cwiseProduct(g_z));
  result.m_x_moments.selfadjointView<Eigen::Lower>().rankUpdate(x);
}

std::vector<CstoCalibration> calibrate_csto(const Model& model, const OscillatorArrays& arrays,
                                            const Samples& data, const Noise& noise) {
  const Recipe& recipe = model.recipe;
  const std::size_t count = arrays.parameters.size();
  const Eigen::Index n = arrays.parameters.front().oscillators;
  const Eigen::Index samples = data.size();
  constexpr Eigen::Index group = group_samples;
  Team alone(1);
  std::vector<Csto<double>> systems;
  std::vector<Csto<double>::Trajectory> trajectories;
  std::vector<CstoCalibration> result;
  for (std::size_t k = 0; k < count; ++k) {
    systems.emplace_back(*arrays.couplings[k], arrays.parameters[k]);
    trajectories.push_back(systems.back().make_trajectory(group));
    const Eigen::Index sources = k == 0 ? 0 : 3 * n;
    result.push_back({.read_in_magnitude = Eigen::VectorXd::Zero(n),
                      .source_moments = MatrixXd::Zero(sources, sources),
                      .m_x_moments = MatrixXd::Zero(n, n),
                      .last_moments = MatrixXd::Zero(3 * n, 3 * n)});
  }
  for (Eigen::Index first = 0; first < samples; first += group) {
    const Eigen::Index here = std::min(group, samples - first);
    const MatrixXd inputs = network_inputs(recipe, data.part(first, here));
    MatrixXd source = read_in_source(model, inputs);
    for (std::size_t k = 0; k < count; ++k) {
      CstoCalibration& seen = result[k];
      auto& trajectory = trajectories[k];
      MatrixXd v = (k == 0 ? model.W_in : *arrays.between[k - 1]) * source;
      if (k == 0 && model.b_in.size() > 0) v.colwise() += model.b_in;
      if (k > 0) seen.source_moments.selfadjointView<Eigen::Lower>().rankUpdate(source);
      for (Eigen::Index c = 0; c < 3; ++c)
        seen.read_in_magnitude =
            seen.read_in_magnitude.cwiseMax(v.middleRows(c * n, n).cwiseAbs().rowwise().maxCoeff());
      const MatrixXd start =
          k == 0 ? MatrixXd(v + noise_matrix(noise, NoiseKind::observational, 3 * n, first, here)) : v;
      trajectory.first().assign(start);
      systems[k].forward(trajectory, alone);
      for (const auto& stage : trajectory.groups.front().stages)
        include_stage(stage, here, arrays.parameters[k], seen);
      source = trajectory.last().dense().topLeftCorner(3 * n, here);
      if (k + 1 == count) source += noise_matrix(noise, NoiseKind::dynamical, 3 * n, first, here);
      seen.last_moments.selfadjointView<Eigen::Lower>().rankUpdate(source);
    }
    result.back().y.include((model.W_out.leftCols(3 * n) * source).colwise() + model.W_out.col(3 * n));
  }
  const double all = static_cast<double>(samples);
  for (std::size_t k = 0; k < count; ++k) {
    if (k > 0) fill_upper(result[k].source_moments, all);
    fill_upper(result[k].m_x_moments, all * static_cast<double>(4 * arrays.parameters[k].time().steps() + 1));
    fill_upper(result[k].last_moments, all);
  }
  return result;
}

void include_ranges(CstoCalibration& calibration, const CstoCalibration& other) {
  using Member = Range CstoCalibration::*;
  for (const Member member : {&CstoCalibration::m, &CstoCalibration::g_x, &CstoCalibration::g_y,
                              &CstoCalibration::g_z, &CstoCalibration::p, &CstoCalibration::y})
    (calibration.*member).include(other.*member);
}

}  // namespace stoic
