#include "stoic/host/compiler/csto_lowering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

// What a program of coupled spin-torque oscillators needs before its first step: binary points, matrices,
// vectors, constants and tables. csto_steps.cpp has the steps.
namespace stoic {
namespace {

/// What brings each oscillator's v to full length.
Eigen::ArrayXd full_length(const CstoCalibration& seen) {
  return (seen.read_in_magnitude.array() > 0).select(1 / seen.read_in_magnitude.array().max(1e-300), 1.0);
}

}  // namespace

CstoLowering::CstoLowering(const LoweringTask& task, const OscillatorArrays& arrays,
                           const std::vector<CstoCalibration>& calibration)
    : task_(task),
      arrays_(arrays),
      csto_(arrays.parameters.front()),
      by_array_(calibration),
      seen_(together(calibration)),
      builder_(task.config),
      ends_(builder_, task, ends_seen(seen_, task.noise()), {"x", "y", "z"}) {}

CstoCalibration CstoLowering::together(const std::vector<CstoCalibration>& calibration) {
  auto all = calibration.back();
  for (const auto& array : calibration) include_ranges(all, array);
  return all;
}

Compilation CstoLowering::run() {
  choose_formats();
  quantise_matrices();
  place();
  ends_.read_in("", {.state = v_, .scratch = whole(at_point(2)), .noisy = v_, .any_length = true},
                "v = W_in u, each oscillator in a scale of its own");
  for (std::size_t k = 0; k < arrays_.parameters.size(); ++k) {
    if (k > 0) between(k);
    start(k);
    steps(k);
  }
  // The words of the second point hold v up to its last element.
  ends_.read_out("m", {whole(at_point(0)), whole(at_point(2)), whole(at_point(1))}, "y = W_out m + b");
  return builder_.finish(task_);
}

std::string CstoLowering::of_array(std::size_t k, const std::string& name) const {
  return arrays_.parameters.size() == 1 ? name : fmt::format("{} {}", k + 1, name);
}
std::string CstoLowering::numbered(const std::string& name, std::size_t k) const {
  return arrays_.parameters.size() == 1 ? name : fmt::format("{}_{}", name, k + 1);
}

void CstoLowering::choose_formats() {
  const double step_angle = csto_.step_angle_per_Oe(), alpha = csto_.gilbert_damping;
  v_bits_ = builder_.format("v", Range{-1, 1});
  // A stage leaves the unit sphere by the square of its angle.
  m_bits_ = builder_.format("m", seen_.m, width() - 2);
  Range fields;
  for (const Range& range : {seen_.g_x, seen_.g_y, seen_.g_z}) fields.include(range);
  g_bits_ = builder_.factor_format("g", fields, m_bits_, m_bits_);
  const double strongest =
      step_angle * std::abs(csto_.spin_torque_field_Oe()) / (1 - std::abs(csto_.spin_torque_asymmetry));
  h_bits_ = builder_.factor_format("h_s", Range{0, strongest}, m_bits_, g_bits_);
  // As fine as the sum that makes it, at most.
  a_bits_ = std::min(builder_.format("p", seen_.p), m_bits_ + g_bits_);
  alpha_bits_ = builder_.factor_bits(alpha, g_bits_, m_bits_);
  q_bits_ = std::min(
      builder_.factor_format("q", Range{alpha * seen_.p.least, alpha * seen_.p.most}, m_bits_, m_bits_),
      g_bits_ + alpha_bits_ - m_bits_);
}

void CstoLowering::quantise_matrices() {
  const double step_angle = csto_.step_angle_per_Oe();
  // f_norm takes any length, so each oscillator's v gets the scale that uses its bits best.
  ends_.quantise_read_in(v_bits_, full_length(by_array_.front()));
  for (std::size_t k = 0; k < arrays_.parameters.size(); ++k) {
    couplings_.push_back(builder_.matrix(
        numbered("W_coupling", k), step_angle * arrays_.parameters[k].coupling_Oe * *arrays_.couplings[k],
        by_array_[k].m_x_moments, {m_bits_, g_bits_}));
    if (k == 0) continue;
    Eigen::MatrixXd rows = *arrays_.between[k - 1];
    const auto scale = full_length(by_array_[k]);
    for (Eigen::Index row = 0; row < rows.rows(); ++row) rows.row(row) *= scale(row % oscillators());
    between_.push_back(builder_.matrix(fmt::format("W_{}", k), layout().both(rows),
                                       layout().both(by_array_[k].source_moments), {m_bits_, v_bits_}));
  }
  ends_.quantise_read_out(m_bits_);
}

void CstoLowering::place() {
  for (auto& coupling : couplings_) builder_.place(coupling);
  ends_.place_read_out();
  for (auto& matrix : between_) builder_.place(matrix);
  ends_.place_read_in();
  const auto vector = [&](const std::string& name, std::int64_t bits) {
    return builder_.vector(name, oscillators(), bits);
  };
  for (std::size_t point = 0; point < 4; ++point)
    for (std::size_t c = 0; c < 3; ++c)
      m_[c][point] = vector(fmt::format("m{}_{}", point + 1, "xyz"[c]), m_bits_);
  h_s_ = vector("h_s", h_bits_);
  for (std::size_t c = 0; c < 3; ++c) g_[c] = vector(fmt::format("g_{}", "xyz"[c]), g_bits_);
  a_ = vector("p", a_bits_);
  q_ = vector("q", q_bits_);
  ends_.place_output();
  // Pixels and v are used up before the first stage.
  ends_.place_input();
  v_ = builder_.overlay("v", m_[0][1].word, layout().length(), v_bits_);
  place_torque();
  place_constants();
}

void CstoLowering::place_torque() {
  const auto& p = csto_.pinned_layer;
  if (std::count(p.begin(), p.end(), 0.0) < 2 || std::count(p.begin(), p.end(), 1.0) < 1)
    along_ = builder_.vector("m.p", oscillators(), m_bits_);
  if (p[0] == 0 && p[2] == 0) zero_ = builder_.constant("zero", 0, 0);
  for (std::size_t c = 0; c < 3; ++c) {
    if (p[c] == 0) continue;
    h_p_[c] = h_s_;
    if (!along_) continue;
    h_p_[c] = builder_.vector(fmt::format("h_s p_{}", "xyz"[c]), oscillators(), h_bits_);
    p_[c] = builder_.rounded(fmt::format("p_{}", "xyz"[c]), p[c], width() - 2);
  }
}

void CstoLowering::place_constants() {
  auto& program = builder_.program;
  const double angle = csto_.step_angle_per_Oe(), applied = angle * csto_.applied_field_Oe,
               anisotropy = angle * csto_.effective_anisotropy_Oe();
  one_ = builder_.rounded("one", 1, m_bits_);
  alpha_ = builder_.rounded("alpha", csto_.gilbert_damping, alpha_bits_);
  applied_ = builder_.rounded("H_appl", applied, g_bits_);
  anisotropy_ = builder_.rounded("H_K - 4 pi M", anisotropy, g_bits_);
  third_applied_ = builder_.rounded("H_appl / 3", applied / 3, g_bits_);
  third_anisotropy_ = builder_.rounded("(H_K - 4 pi M) / 3", anisotropy / 3, g_bits_);
  rk4_.emplace(builder_, one_);
  root_ = reciprocal_root_table(builder_.config(), program.free_table_words());
  root_word_ = program.table(root_);
  const SpinTorque curve{m_bits_, h_bits_, angle * csto_.spin_torque_field_Oe(), csto_.spin_torque_asymmetry,
                         1.02 * seen_.m.magnitude()};
  const auto table = spin_torque_table(curve, builder_.config(), program.free_table_words());
  spin_torque_ =
      builder_.function(table, spin_torque_function(table), "spin_torque", {curve.scale, curve.asymmetry});
}

}  // namespace stoic
