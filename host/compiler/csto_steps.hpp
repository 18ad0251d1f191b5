#pragma once
#include <array>
#include <functional>
#include <optional>
#include <string>

#include "stoic/host/compiler/calibrate_csto.hpp"
#include "stoic/host/compiler/network_builder.hpp"
#include "stoic/host/compiler/runge_kutta.hpp"

namespace stoic {

/// The steps of RK4 of an array of coupled spin-torque oscillators (paper 001, eqs 21-24), with the pinned layer p
/// along x. A stage at m_j makes the fields there, all as angles γΔt/(1+α²)·H,
///
///     FUNCTION h_s = H_s(m_x);  MATVEC g_x = W_cp m_x;  BUNDLE g_y = -h_s m_z;  g_z = H_appl + H_ani m_z +
///     h_s m_y; a = m·g;  q = α a
///
/// and then, component by component, the next point of evaluation: change = -(m×g + m q - α g) on |m| = 1.
/// A pinned layer in another direction takes BUNDLEs more: m·p, which H_s is a function of, each h_s p_k, and
/// the share of g_x in h_s p×m. With `renormalise` NORMALISE ends each step.
class CstoSteps {
 public:
  using Components = std::array<Quantity, 3>;
  /// Notes the steps' binary points; of `seen` the ranges count. `drive_range`: of a drive.
  CstoSteps(NetworkBuilder& builder, const CstoParameters& csto, const CstoCalibration& seen,
            CstoDrive joins = CstoDrive::none, const Range& drive_range = {});

  std::int64_t m_bits() const { return m_bits_; }
  std::int64_t g_bits() const { return g_bits_; }
  std::int64_t drive_bits() const { return drive_bits_; }

  /// Magnetisations and what the stages need; then, behind whatever vectors the program has besides, its constants.
  /// `rest`: m is such before the first START, and stays where the program before has left it.
  void place_vectors(const std::optional<std::array<double, 3>>& rest = {});
  void place_constants();

  /// m itself, which the first point of a step is, and the other three.
  Components at_point(std::size_t point) const { return {m_[0][point], m_[1][point], m_[2][point]}; }
  const Quantity& drive() const { return drive_; }

  /// m = source / |source|. Returns the slot.
  std::int64_t normalise(const Quantity& source, const std::string& text);
  /// Where component c of the new m is computed: the slot, and the word where one instruction makes all of them.
  using Record = std::function<void(std::int64_t slot, std::size_t c, std::optional<std::int64_t> word)>;
  void step(const NetworkMatrix& coupling, const Record& record);

 private:
  std::int64_t width() const { return builder_.config().state_width; }
  void choose_formats(const CstoCalibration& seen, const Range& drive_range);
  void place_torque();
  /// h_s, g, a and q = α m·g at m; of the last point everything divided by 3.
  void fields(const NetworkMatrix& coupling, const Components& m, bool thirds);
  /// h_s of m, and g_x as the coupling makes it.
  void torque_and_coupling(const NetworkMatrix& coupling, const Components& m, bool thirds);
  /// Component c of h_s p×m.
  Sum torque(const Components& m, std::size_t c) const;
  /// Component c of -(m×g + m q - α g).
  Sum change(const Components& m, std::size_t c) const;

  NetworkBuilder& builder_;
  const CstoParameters& csto_;
  CstoDrive joins_;
  double largest_m_;
  std::int64_t m_bits_ = 0, g_bits_ = 0, h_bits_ = 0, a_bits_ = 0, q_bits_ = 0, alpha_bits_ = 0,
               drive_bits_ = 0;
  std::array<RungeKutta::Points, 3> m_;  ///< of each component; the first point is m(t)
  Components g_;
  Quantity h_s_, a_, q_, drive_;
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
