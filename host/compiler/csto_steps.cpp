#include "stoic/host/compiler/csto_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace stoic {

CstoSteps::CstoSteps(NetworkBuilder& builder, const CstoParameters& csto, const CstoCalibration& seen,
                     CstoDrive joins, const Range& drive_range)
    : builder_(builder), csto_(csto), joins_(joins), largest_m_(1.02 * seen.m.magnitude()) {
  choose_formats(seen, drive_range);
}

void CstoSteps::choose_formats(const CstoCalibration& seen, const Range& drive_range) {
  const double step_angle = csto_.step_angle_per_Oe(), alpha = csto_.gilbert_damping;
  // A stage leaves the unit sphere by the square of its angle.
  m_bits_ = builder_.format("m", seen.m, width() - 2);
  Range fields;
  for (const Range& range : {seen.g_x, seen.g_y, seen.g_z}) fields.include(range);
  g_bits_ = builder_.factor_format("g", fields, m_bits_, m_bits_);
  double strongest =
      step_angle * std::abs(csto_.spin_torque_field_Oe()) / (1 - std::abs(csto_.spin_torque_asymmetry));
  if (joins_ == CstoDrive::current) strongest *= 1 + drive_range.magnitude();
  h_bits_ = builder_.factor_format("h_s", Range{0, strongest}, m_bits_, g_bits_);
  // As fine as the sum that makes it, at most.
  a_bits_ = std::min(builder_.format("p", seen.p), m_bits_ + g_bits_);
  alpha_bits_ = builder_.factor_bits(alpha, g_bits_, m_bits_);
  q_bits_ = std::min(
      builder_.factor_format("q", Range{alpha * seen.p.least, alpha * seen.p.most}, m_bits_, m_bits_),
      g_bits_ + alpha_bits_ - m_bits_);
  if (joins_ == CstoDrive::field)
    drive_bits_ = builder_.factor_format("field", drive_range, m_bits_, g_bits_);
  if (joins_ == CstoDrive::current)
    drive_bits_ = builder_.factor_format("current", drive_range, h_bits_, h_bits_);
}

void CstoSteps::place_vectors(const std::optional<std::array<double, 3>>& rest) {
  const auto vector = [&](const std::string& name, std::int64_t bits) {
    return builder_.vector(name, csto_.oscillators, bits);
  };
  for (std::size_t point = 0; point < 4; ++point)
    for (std::size_t c = 0; c < 3; ++c) {
      const auto name = fmt::format("m{}_{}", point + 1, "xyz"[c]);
      m_[c][point] = rest && point == 0 ? builder_.begin_at(name, csto_.oscillators, (*rest)[c], m_bits_)
                                        : vector(name, m_bits_);
    }
  h_s_ = vector("h_s", h_bits_);
  for (std::size_t c = 0; c < 3; ++c) g_[c] = vector(fmt::format("g_{}", "xyz"[c]), g_bits_);
  a_ = vector("p", a_bits_);
  q_ = vector("q", q_bits_);
  if (joins_ != CstoDrive::none)
    drive_ = vector(joins_ == CstoDrive::field ? "field" : "current", drive_bits_);
}

void CstoSteps::place_torque() {
  const auto& p = csto_.pinned_layer;
  if (std::count(p.begin(), p.end(), 0.0) < 2 || std::count(p.begin(), p.end(), 1.0) < 1)
    along_ = builder_.vector("m.p", csto_.oscillators, m_bits_);
  if (p[0] == 0 && p[2] == 0) zero_ = builder_.constant("zero", 0, 0);
  for (std::size_t c = 0; c < 3; ++c) {
    if (p[c] == 0) continue;
    h_p_[c] = h_s_;
    if (!along_) continue;
    h_p_[c] = builder_.vector(fmt::format("h_s p_{}", "xyz"[c]), csto_.oscillators, h_bits_);
    p_[c] = builder_.rounded(fmt::format("p_{}", "xyz"[c]), p[c], width() - 2);
  }
}

void CstoSteps::place_constants() {
  place_torque();
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
                         largest_m_};
  const auto table = spin_torque_table(curve, builder_.config(), program.free_table_words());
  spin_torque_ =
      builder_.function(table, spin_torque_function(table), "spin_torque", {curve.scale, curve.asymmetry});
}

std::int64_t CstoSteps::normalise(const Quantity& source, const std::string& text) {
  Normalise normalise{.destination = m_[0][0].word,
                      .source = source.word,
                      .length = csto_.oscillators,
                      .result_shift = width() - 1 - m_bits_};
  normalise.table = root_word_;
  normalise.segments = root_.segments;
  normalise.segment_shift = root_.segment_shift;
  return builder_.program.emit(normalise, text);
}

void CstoSteps::step(const NetworkMatrix& coupling, const Record& record) {
  for (std::size_t at = 0; at < 3; ++at) {
    fields(coupling, at_point(at), false);
    for (std::size_t c = 0; c < 3; ++c)
      rk4_->advance(m_[c], at, change(at_point(at), c),
                    fmt::format("m{}_{} = m + change{}", at + 2, "xyz"[c], at < 2 ? " / 2" : ""));
  }
  fields(coupling, at_point(3), true);
  for (std::size_t c = 0; c < 3; ++c) {
    const auto slot = rk4_->finish(m_[c], change(at_point(3), c),
                                   fmt::format("m_{} = (-m + m2 + 2 m3 + m4) / 3 + change / 6", "xyz"[c]));
    if (!csto_.renormalise) record(slot, c, {});
  }
  if (!csto_.renormalise) return;
  const auto slot = normalise(m_[0][0], "m = m / |m|");
  for (std::size_t c = 0; c < 3; ++c) record(slot, c, m_[c][0].word);
}

void CstoSteps::fields(const NetworkMatrix& coupling, const Components& m, bool thirds) {
  torque_and_coupling(coupling, m, thirds);
  const bool usual = csto_.pinned_layer[0] == 1;
  auto g_y = torque(m, 1);
  if (g_y.empty()) g_y = {*zero_ * one_};
  builder_.bundle(g_[1], g_y, usual ? "g_y = -h_s m_z" : "g_y = (h_s p x m)_y");
  Sum g_z{(thirds ? third_applied_ : applied_) * one_, m[2] * (thirds ? third_anisotropy_ : anisotropy_)};
  if (joins_ == CstoDrive::field) g_z.push_back(drive_ * (thirds ? rk4_->third() : one_));
  for (const auto& term : torque(m, 2)) g_z.push_back(term);
  builder_.bundle(g_[2], g_z,
                  fmt::format("g_z = H_appl + {}(H_K - 4 pi M) m_z + {}",
                              joins_ == CstoDrive::field ? "d + " : "", usual ? "h_s m_y" : "(h_s p x m)_z"));
  builder_.bundle(a_, {m[0] * g_[0], m[1] * g_[1], m[2] * g_[2]}, usual ? "p = m.g" : "s = m.g");
  builder_.bundle(q_, {a_ * alpha_}, usual ? "q = alpha p" : "q = alpha s");  // p is the pinned layer
}

void CstoSteps::torque_and_coupling(const NetworkMatrix& coupling, const Components& m, bool thirds) {
  const auto& p = csto_.pinned_layer;
  auto argument = m[0];
  std::string text = "h_s = H_s(m.p)";
  Sum along;
  for (std::size_t c = 0; c < 3; ++c) {
    if (p[c] == 0) continue;
    along.push_back(m[c] * p_[c]);
    if (along_) continue;
    argument = m[c];
    text = fmt::format("h_s = H_s(m_{})", "xyz"[c]);
  }
  if (along_) {
    builder_.bundle(*along_, along, "m.p");
    argument = *along_;
  }
  builder_.apply(spin_torque_, h_s_, argument, text);
  if (joins_ == CstoDrive::current) builder_.bundle(h_s_, {h_s_ * one_, h_s_ * drive_}, "h_s = h_s (1 + d)");
  builder_.multiply(g_[0], coupling, m[0], "g_x = W_cp m_x");
  if (thirds) builder_.bundle(h_s_, {h_s_ * rk4_->third()}, "h_s / 3");
  if (along_)
    for (std::size_t c = 0; c < 3; ++c)
      if (h_p_[c]) builder_.bundle(*h_p_[c], {h_s_ * p_[c]}, fmt::format("h_s p_{}", "xyz"[c]));
  Sum g_x = torque(m, 0);
  if (g_x.empty() && !thirds) return;
  g_x.insert(g_x.begin(), g_[0] * (thirds ? rk4_->third() : one_));
  builder_.bundle(g_[0], g_x,
                  fmt::format("g_x{}{}", thirds ? " / 3" : "", g_x.size() > 1 ? " + (h_s p x m)_x" : ""));
}

Sum CstoSteps::torque(const Components& m, std::size_t c) const {
  const std::size_t next = (c + 1) % 3, last = (c + 2) % 3;
  Sum sum;
  if (h_p_[next]) sum.push_back(*h_p_[next] * m[last]);
  if (h_p_[last]) sum.push_back(-(*h_p_[last] * m[next]));
  return sum;
}

Sum CstoSteps::change(const Components& m, std::size_t c) const {
  const std::size_t next = (c + 1) % 3, last = (c + 2) % 3;
  return {-(m[next] * g_[last]), m[last] * g_[next], -(m[c] * q_), g_[c] * alpha_};
}

}  // namespace stoic
