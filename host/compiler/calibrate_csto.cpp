#include "stoic/host/compiler/calibrate_csto.hpp"

#include <algorithm>

#include "stoic/host/dynamics/csto.hpp"

namespace stoic {
namespace {

using Eigen::MatrixXd;

/// Ranges and moments of one stage of a group of samples.
void include_stage(const Csto<double>::Stage& stage, Eigen::Index samples, const CstoParameters& parameters,
                   CstoCalibration& result) {
  const double angle = parameters.step_angle_per_Oe();
  const auto left = [&](const Panels<double>& panels) { return MatrixXd(panels.dense().leftCols(samples)); };
  const MatrixXd x = left(stage.x), y = left(stage.y), z = left(stage.z), g_x = left(stage.coupled);
  const MatrixXd h_s =
      angle * parameters.spin_torque_field_Oe() / (1 + parameters.spin_torque_asymmetry * x.array());
  const MatrixXd g_y = -h_s.cwiseProduct(z);
  const MatrixXd g_z = angle * parameters.applied_field_Oe +
                       (angle * parameters.effective_anisotropy_Oe() * z + h_s.cwiseProduct(y)).array();
  for (const auto* component : {&x, &y, &z}) result.m.include(*component);
  result.g_x.include(g_x);
  result.g_y.include(g_y);
  result.g_z.include(g_z);
  result.p.include(x.cwiseProduct(g_x) + y.cwiseProduct(g_y) + z.cwiseProduct(g_z));
  result.m_x_moments.selfadjointView<Eigen::Lower>().rankUpdate(x);
}

void fill_upper(MatrixXd& moments, double count) {
  moments.triangularView<Eigen::StrictlyUpper>() = moments.transpose();
  moments /= count;
}

}  // namespace

CstoCalibration calibrate_csto(const Model& model, std::span<const std::uint8_t> pixels, const Noise& noise) {
  const Recipe& recipe = model.recipe;
  const auto& csto = std::get<CstoParameters>(recipe.system);
  const Eigen::Index n = csto.oscillators;
  const Eigen::Index samples = static_cast<Eigen::Index>(pixels.size()) / recipe.inputs;
  constexpr Eigen::Index group = Csto<double>::group_samples;
  const Csto<double> system(model.matrices.at("W_coupling"), csto);
  Team alone(1);
  CstoCalibration result{Eigen::VectorXd::Zero(n),
                         {},
                         {},
                         {},
                         {},
                         {},
                         {},
                         MatrixXd::Zero(recipe.inputs, recipe.inputs),
                         MatrixXd::Zero(n, n),
                         MatrixXd::Zero(3 * n, 3 * n)};
  auto trajectory = system.make_trajectory(group);
  for (Eigen::Index first = 0; first < samples; first += group) {
    const Eigen::Index count = std::min(group, samples - first);
    const Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>> bytes(
        pixels.data() + first * recipe.inputs, recipe.inputs, count);
    const MatrixXd u = recipe.input_scale * bytes.cast<double>().array() + recipe.input_offset;
    const MatrixXd v = model.W_in * u;
    result.pixel_moments.selfadjointView<Eigen::Lower>().rankUpdate(u);
    for (Eigen::Index c = 0; c < 3; ++c)
      result.read_in_magnitude =
          result.read_in_magnitude.cwiseMax(v.middleRows(c * n, n).cwiseAbs().rowwise().maxCoeff());
    const MatrixXd start = v + noise_matrix(noise, NoiseKind::observational, 3 * n, first, count);
    for (Eigen::Index s = 0; s < group; ++s)
      for (Eigen::Index i = 0; i < 3 * n; ++i) trajectory.first()(i, s) = s < count ? start(i, s) : 0;
    system.forward(trajectory, alone);
    for (const auto& stage : trajectory.groups.front().stages) include_stage(stage, count, csto, result);
    const MatrixXd last = trajectory.last().dense().topLeftCorner(3 * n, count) +
                          noise_matrix(noise, NoiseKind::dynamical, 3 * n, first, count);
    result.last_moments.selfadjointView<Eigen::Lower>().rankUpdate(last);
    result.y.include((model.W_out.leftCols(3 * n) * last).colwise() + model.W_out.col(3 * n));
  }
  fill_upper(result.pixel_moments, static_cast<double>(samples));
  fill_upper(result.m_x_moments, static_cast<double>(samples) * static_cast<double>(4 * csto.steps() + 1));
  fill_upper(result.last_moments, static_cast<double>(samples));
  return result;
}

void include_ranges(CstoCalibration& calibration, const CstoCalibration& other) {
  using Member = Range CstoCalibration::*;
  for (const Member member : {&CstoCalibration::m, &CstoCalibration::g_x, &CstoCalibration::g_y,
                              &CstoCalibration::g_z, &CstoCalibration::p, &CstoCalibration::y})
    (calibration.*member).include(other.*member);
}

}  // namespace stoic
