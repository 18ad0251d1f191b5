#include <fmt/format.h>

#include "stoic/host/compiler/csto_lowering.hpp"

// The steps of RK4 of coupled spin-torque oscillators, and what each of its stages computes.
namespace stoic {

void CstoLowering::phase(std::size_t k, const std::string& name) {
  builder_.program.phase(arrays_.parameters.size() == 1 ? name : fmt::format("array {}: {}", k + 1, name));
}

void CstoLowering::between(std::size_t k) {
  builder_.program.phase(fmt::format("from array {} to {}", k, k + 1));
  builder_.multiply(v_, between_[k - 1], whole(at_point(0)),
                    fmt::format("v = W_{} m, each oscillator in a scale of its own", k));
}

void CstoLowering::start(std::size_t k) {
  phase(k, "f_norm");
  builder_.record(normalise(v_, "m(0) = f_norm(v)"), of_array(k, "m_x(0)"), m_bits_);
}

std::int64_t CstoLowering::normalise(const Quantity& source, const std::string& text) {
  Normalise normalise{.destination = m_[0][0].word,
                      .source = source.word,
                      .length = oscillators(),
                      .result_shift = width() - 1 - m_bits_};
  normalise.table = root_word_;
  normalise.segments = root_.segments;
  normalise.segment_shift = root_.segment_shift;
  return builder_.program.emit(normalise, text);
}

void CstoLowering::steps(std::size_t k) {
  const auto count = csto_.time().steps();
  phase(k, fmt::format("{} steps of RK4", count));
  builder_.repeat(count, fmt::format("{} steps of {} ps", count, csto_.step_ps), [&] { step(k); });
}

void CstoLowering::step(std::size_t k) {
  for (std::size_t at = 0; at < 3; ++at) {
    fields(k, at_point(at), false);
    for (std::size_t c = 0; c < 3; ++c)
      rk4_->advance(m_[c], at, change(at_point(at), c),
                    fmt::format("m{}_{} = m + change{}", at + 2, "xyz"[c], at < 2 ? " / 2" : ""));
  }
  fields(k, at_point(3), true);
  for (std::size_t c = 0; c < 3; ++c) {
    const auto slot = rk4_->finish(m_[c], change(at_point(3), c),
                                   fmt::format("m_{} = (-m + m2 + 2 m3 + m4) / 3 + change / 6", "xyz"[c]));
    if (!csto_.renormalise) record_component(slot, k, c, {});
  }
  if (!csto_.renormalise) return;
  const auto slot = normalise(m_[0][0], "m = m / |m|");
  for (std::size_t c = 0; c < 3; ++c) record_component(slot, k, c, m_[c][0].word);
}

void CstoLowering::record_component(std::int64_t slot, std::size_t k, std::size_t c,
                                    std::optional<std::int64_t> word) {
  const auto name = of_array(k, fmt::format("m_{}", "xyz"[c]));
  builder_.record_step(slot, name, m_bits_, name + "(#)", 1, word);
}

void CstoLowering::fields(std::size_t k, const Components& m, bool thirds) {
  torque_and_coupling(k, m, thirds);
  const bool usual = csto_.pinned_layer[0] == 1;
  auto g_y = torque(m, 1);
  if (g_y.empty()) g_y = {*zero_ * one_};
  builder_.bundle(g_[1], g_y, usual ? "g_y = -h_s m_z" : "g_y = (h_s p x m)_y");
  Sum g_z{(thirds ? third_applied_ : applied_) * one_, m[2] * (thirds ? third_anisotropy_ : anisotropy_)};
  for (const auto& term : torque(m, 2)) g_z.push_back(term);
  builder_.bundle(g_[2], g_z,
                  usual ? "g_z = H_appl + (H_K - 4 pi M) m_z + h_s m_y"
                        : "g_z = H_appl + (H_K - 4 pi M) m_z + (h_s p x m)_z");
  builder_.bundle(a_, {m[0] * g_[0], m[1] * g_[1], m[2] * g_[2]}, usual ? "p = m.g" : "s = m.g");
  builder_.bundle(q_, {a_ * alpha_}, usual ? "q = alpha p" : "q = alpha s");  // p is the pinned layer
}

void CstoLowering::torque_and_coupling(std::size_t k, const Components& m, bool thirds) {
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
  builder_.multiply(g_[0], couplings_[k], m[0], "g_x = W_cp m_x");
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

Sum CstoLowering::torque(const Components& m, std::size_t c) const {
  const std::size_t next = (c + 1) % 3, last = (c + 2) % 3;
  Sum sum;
  if (h_p_[next]) sum.push_back(*h_p_[next] * m[last]);
  if (h_p_[last]) sum.push_back(-(*h_p_[last] * m[next]));
  return sum;
}

Sum CstoLowering::change(const Components& m, std::size_t c) const {
  const std::size_t next = (c + 1) % 3, last = (c + 2) % 3;
  return {-(m[next] * g_[last]), m[last] * g_[next], -(m[c] * q_), g_[c] * alpha_};
}

}  // namespace stoic
