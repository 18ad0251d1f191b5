#include "stoic/host/compiler/csto_lowering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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
  ends_.read_in("", {.state = v_, .scratch = point(2), .noisy = v_, .any_length = true},
                "each oscillator in a scale of its own: v = W_in");
  for (std::size_t k = 0; k < arrays_.parameters.size(); ++k) {
    if (k > 0) between(k);
    start(k);
    steps(k);
  }
  // The words of the second point hold v up to its last element.
  ends_.read_out("m", {point(0), point(2), point(1)}, "y = W_out m + b");
  return builder_.finish(task_);
}

std::string CstoLowering::of_array(std::size_t k, const std::string& name) const {
  return arrays_.parameters.size() == 1 ? name : fmt::format("{} {}", k + 1, name);
}
std::string CstoLowering::numbered(const std::string& name, std::size_t k) const {
  return arrays_.parameters.size() == 1 ? name : fmt::format("{}_{}", name, k + 1);
}

void CstoLowering::phase(std::size_t k, const std::string& name) {
  builder_.program.phase(arrays_.parameters.size() == 1 ? name : fmt::format("array {}: {}", k + 1, name));
}

void CstoLowering::between(std::size_t k) {
  builder_.program.phase(fmt::format("from array {} to {}", k, k + 1));
  builder_.multiply(v_, between_[k - 1], point(0),
                    fmt::format("v = W_{} m, each oscillator in a scale of its own", k));
}

void CstoLowering::start(std::size_t k) {
  phase(k, "f_norm");
  builder_.record(steps_->normalise(v_, "m(0) = f_norm(v)"), of_array(k, "m_x(0)"), steps_->m_bits());
}

void CstoLowering::steps(std::size_t k) {
  const auto count = csto_.time().steps();
  phase(k, fmt::format("{} steps of RK4", count));
  builder_.repeat(count, fmt::format("{} steps of {} ps", count, csto_.step_ps), [&] {
    steps_->step(couplings_[k], [&](std::int64_t slot, std::size_t c, std::optional<std::int64_t> word) {
      const auto name = of_array(k, fmt::format("m_{}", "xyz"[c]));
      builder_.record_step(slot, name, steps_->m_bits(), name + "(#)", 1, word);
    });
  });
}

void CstoLowering::choose_formats() {
  v_bits_ = builder_.format("v", Range{-1, 1});
  steps_.emplace(builder_, csto_, seen_);
}

void CstoLowering::quantise_matrices() {
  const double step_angle = csto_.step_angle_per_Oe();
  // f_norm takes any length, so each oscillator's v gets the scale that uses its bits best.
  ends_.quantise_read_in(v_bits_, full_length(by_array_.front()));
  for (std::size_t k = 0; k < arrays_.parameters.size(); ++k) {
    couplings_.push_back(builder_.matrix(
        numbered("W_coupling", k), step_angle * arrays_.parameters[k].coupling_Oe * *arrays_.couplings[k],
        by_array_[k].m_x_moments, {steps_->m_bits(), steps_->g_bits()}));
    if (k == 0) continue;
    Eigen::MatrixXd rows = *arrays_.between[k - 1];
    const auto scale = full_length(by_array_[k]);
    for (Eigen::Index row = 0; row < rows.rows(); ++row) rows.row(row) *= scale(row % oscillators());
    between_.push_back(builder_.matrix(fmt::format("W_{}", k), layout().both(rows),
                                       layout().both(by_array_[k].source_moments),
                                       {steps_->m_bits(), v_bits_}));
  }
  ends_.quantise_read_out(steps_->m_bits());
}

void CstoLowering::place() {
  for (auto& coupling : couplings_) builder_.place(coupling);
  ends_.place_read_out();
  for (auto& matrix : between_) builder_.place(matrix);
  ends_.place_read_in();
  steps_->place_vectors();
  ends_.place_output();
  // Pixels and v are used up before the first stage.
  ends_.place_input();
  v_ = builder_.overlay("v", steps_->at_point(1)[0].word, layout().length(), v_bits_);
  steps_->place_constants();
}

}  // namespace stoic
