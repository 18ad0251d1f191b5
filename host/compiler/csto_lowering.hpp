#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/compiler/calibrate_csto.hpp"
#include "stoic/host/compiler/network_ends.hpp"
#include "stoic/host/compiler/runge_kutta.hpp"

namespace stoic {

/// Coupled spin-torque oscillators (paper 001, eqs 21-24) by RK4 as a program:
///
///     LOAD u;  MATVEC v = W_in u;  NORMALISE m = f_norm(v);  steps times { 4 stages };  MATVEC y = W_out m +
///     b;  STORE y
///
/// A stage at m_j makes the fields there, all as angles γΔt/(1+α²)·H, with the pinned layer p along x
///
///     FUNCTION h_s = H_s(m_x);  MATVEC g_x = W_cp m_x;  BUNDLE g_y = -h_s m_z;  g_z = H_appl + H_ani m_z +
///     h_s m_y; a = m·g;  q = α a
///
/// and then, component by component, the next point of evaluation: change = -(m×g + m q - α g) on |m| = 1.
/// A pinned layer in another direction takes BUNDLEs more: m·p, which H_s is a function of, each h_s p_k, and
/// the share of g_x in h_s p×m. With `renormalise` NORMALISE ends each step. Noise comes as three vectors, one
/// for each component, and is added by BUNDLEs before f_norm and before W_out.
///
/// With several arrays one behind the other (appendix C.1), MATVEC v = W_k m and NORMALISE lead from each to
/// the next; all of them use the same vectors, tables and binary points.
class CstoLowering {
 public:
  CstoLowering(const LoweringTask& task, const OscillatorArrays& arrays,
               const std::vector<CstoCalibration>& calibration);
  Compilation run();

 private:
  using Components = std::array<Quantity, 3>;

  std::int64_t oscillators() const { return csto_.oscillators; }
  std::int64_t width() const { return builder_.config().state_width; }
  const StateLayout& layout() const { return ends_.last_layout(); }
  /// Three vectors side by side.
  Quantity whole(const Components& v) const { return layout().whole(v[0]); }
  Components at_point(std::size_t point) const { return {m_[0][point], m_[1][point], m_[2][point]}; }
  /// Of these calibrations, the ranges over all arrays and the moments of the last.
  static CstoCalibration together(const std::vector<CstoCalibration>& calibration);
  static EndStatistics ends_seen(const CstoCalibration& seen, const Noise& noise) {
    return {seen.y, with_noise(seen.m, noise.dynamic), seen.last_moments};
  }

  /// The name of something that each array has: with several, "2 m_x".
  std::string of_array(std::size_t k, const std::string& name) const;
  std::string numbered(const std::string& name, std::size_t k) const;
  /// A phase of the program that each array has.
  void phase(std::size_t k, const std::string& name);

  void choose_formats();
  void quantise_matrices();
  void place();
  void place_torque();
  void place_constants();
  /// From the array before to array k, and the start of array k.
  void between(std::size_t k);
  void start(std::size_t k);
  /// m = source / |source|. Returns the slot.
  std::int64_t normalise(const Quantity& source, const std::string& text);
  void steps(std::size_t k);
  void step(std::size_t k);
  void record_component(std::int64_t slot, std::size_t k, std::size_t c, std::optional<std::int64_t> word);
  /// h_s, g, a and q = α m·g at m; of the last point everything divided by 3.
  void fields(std::size_t k, const Components& m, bool thirds);
  /// h_s of m, and g_x as the coupling makes it.
  void torque_and_coupling(std::size_t k, const Components& m, bool thirds);
  /// Component c of h_s p×m.
  Sum torque(const Components& m, std::size_t c) const;
  /// Component c of -(m×g + m q - α g).
  Sum change(const Components& m, std::size_t c) const;

  const LoweringTask& task_;
  const OscillatorArrays& arrays_;
  const CstoParameters& csto_;  ///< of every array, but for the coupling
  const std::vector<CstoCalibration>& by_array_;
  CstoCalibration seen_;  ///< see together()
  NetworkBuilder builder_;
  NetworkEnds ends_;
  std::vector<NetworkMatrix> couplings_, between_;
  std::int64_t v_bits_ = 0, m_bits_ = 0, g_bits_ = 0, h_bits_ = 0, a_bits_ = 0, q_bits_ = 0, alpha_bits_ = 0;
  std::array<RungeKutta::Points, 3> m_;  ///< of each component; the first point is m(t)
  Components g_;
  Quantity v_, h_s_, a_, q_;
  std::optional<Quantity> along_;               ///< m·p, where it is none of the components
  std::array<std::optional<Quantity>, 3> h_p_;  ///< h_s p_k, where p_k is not 0; h_s itself where it is 1
  std::array<Operand, 3> p_;
  std::optional<Operand> zero_;  ///< g_y of a pinned layer along y
  Operand one_, alpha_, applied_, anisotropy_, third_applied_, third_anisotropy_;
  std::optional<RungeKutta> rk4_;
  FunctionTable root_;
  std::int64_t root_word_ = 0;
  TableFunction spin_torque_;
};

}  // namespace stoic
