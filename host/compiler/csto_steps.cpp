#include <fmt/format.h>

#include "stoic/host/compiler/csto_lowering.hpp"

// The steps of RK4 of coupled spin-torque oscillators, and what each of its stages computes.
namespace stoic {

std::int64_t CstoLowering::normalise(std::int64_t source, const std::string& text) {
  Normalise normalise{.destination = m_[0].word[0],
                      .source = source,
                      .length = oscillators(),
                      .result_shift = width() - 1 - m_bits_};
  normalise.table = root_word_;
  normalise.segments = root_.segments;
  normalise.segment_shift = root_.segment_shift;
  return builder_.program.emit(normalise, text);
}

void CstoLowering::steps(std::size_t k) {
  const auto count = csto_.time().steps();
  builder_.program.phase(of_array(k, fmt::format("{} steps of RK4", count)));
  if (count > 1)
    builder_.program.emit(Loop{.count = count}, fmt::format("{} steps of {} ps", count, csto_.step_ps));
  for (std::size_t stage = 0; stage < 3; ++stage) {
    fields(k, m_[stage], false);
    const std::int64_t halves = stage < 2 ? 1 : 0;
    // (change + 2 m) / 2 or change + m
    for (std::size_t c = 0; c < 3; ++c) {
      auto terms = change(m_[stage], c);
      terms.push_back({false, {m_[0].word[c]}, one_, 2 * m_bits_ - halves});
      bundle(m_[stage + 1].word[c], terms, m_bits_ - halves,
             fmt::format("m{}_{} = m + change{}", stage + 2, "xyz"[c], halves > 0 ? " / 2" : ""));
    }
  }
  fields(k, m_[3], true);
  std::int64_t slot = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    auto terms = change(m_[3], c);
    const std::int64_t doubled = m_bits_ + width() - 1 - 1;
    terms.push_back({true, {m_[0].word[c]}, third_, doubled});
    terms.push_back({false, {m_[1].word[c]}, third_, doubled});
    terms.push_back({false, {m_[2].word[c]}, two_thirds_, doubled});
    terms.push_back({false, {m_[3].word[c]}, third_, doubled});
    slot = bundle(m_[0].word[c], terms, m_bits_ - 1,
                  fmt::format("m_{} = (-m + m2 + 2 m3 + m4) / 3 + change / 6", "xyz"[c]));
    if (!csto_.renormalise) record_component(slot, k, c, {});
  }
  if (csto_.renormalise) {
    slot = normalise(m_[0].word[0], "m = m / |m|");
    for (std::size_t c = 0; c < 3; ++c) record_component(slot, k, c, m_[0].word[c]);
  }
  if (count > 1) builder_.program.emit(End{}, "next step");
}

void CstoLowering::record_component(std::int64_t slot, std::size_t k, std::size_t c,
                                    std::optional<std::int64_t> word) {
  const auto name = of_array(k, component(c));
  builder_.record_step(slot, name, m_bits_, name + "(#)", 1, word);
}

void CstoLowering::fields(std::size_t k, const Vectors& m, bool thirds) {
  auto& program = builder_.program;
  Function function = spin_torque_function(spin_torque_);
  function.destination = h_s_, function.source = m.word[0], function.length = oscillators(),
  function.table = spin_torque_word_;
  const auto slot = program.emit(function, "h_s = H_s(m_x)");
  builder_.record_function(
      slot, "spin_torque", m_bits_, h_bits_,
      {csto_.step_angle_per_Oe() * csto_.spin_torque_field_Oe(), csto_.spin_torque_asymmetry});
  Matvec matvec{
      .destination = g_.word[0], .source = m.word[0], .rows = oscillators(), .columns = oscillators()};
  builder_.bind(matvec, {"W_coupling", W_coupling_[k], m_bits_, builder_.config().state_max() + 1, g_bits_},
                {});
  program.emit_matvec(matvec, coupling_place_[k], "g_x = W_cp m_x");
  const Operand h_s{h_s_}, m_x{m.word[0]}, m_y{m.word[1]}, m_z{m.word[2]}, g_x{g_.word[0]}, g_y{g_.word[1]},
      g_z{g_.word[2]};
  if (thirds) {
    bundle(h_s_, {{false, h_s, third_, h_bits_ + width() - 1}}, h_bits_, "h_s / 3");
    bundle(g_.word[0], {{false, g_x, third_, g_bits_ + width() - 1}}, g_bits_, "g_x / 3");
  }
  const std::int64_t bits = m_bits_ + g_bits_;
  bundle(g_.word[1], {{true, h_s, m_z, h_bits_ + m_bits_}}, g_bits_, "g_y = -h_s m_z");
  bundle(g_.word[2],
         {{false, thirds ? third_applied_ : applied_, one_, bits},
          {false, m_z, thirds ? third_anisotropy_ : anisotropy_, bits},
          {false, h_s, m_y, h_bits_ + m_bits_}},
         g_bits_, "g_z = H_appl + (H_K - 4 pi M) m_z + h_s m_y");
  bundle(p_, {{false, m_x, g_x, bits}, {false, m_y, g_y, bits}, {false, m_z, g_z, bits}}, p_bits_, "p = m.g");
  bundle(q_, {{false, {p_}, alpha_, p_bits_ + alpha_bits_}}, q_bits_, "q = alpha p");
}

std::vector<Summand> CstoLowering::change(const Vectors& m, std::size_t c) const {
  const std::size_t next = (c + 1) % 3, last = (c + 2) % 3;
  return {{true, {m.word[next]}, {g_.word[last]}, m_bits_ + g_bits_},
          {false, {m.word[last]}, {g_.word[next]}, m_bits_ + g_bits_},
          {true, {m.word[c]}, {q_}, m_bits_ + q_bits_},
          {false, {g_.word[c]}, alpha_, g_bits_ + alpha_bits_}};
}

}  // namespace stoic
