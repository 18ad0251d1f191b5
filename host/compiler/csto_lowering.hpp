#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "stoic/host/compiler/calibrate_csto.hpp"
#include "stoic/host/compiler/input_stage.hpp"
#include "stoic/host/compiler/network_builder.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {

/// Coupled spin-torque oscillators (paper 001, eqs 21-24) by RK4 as a program:
///
///     LOAD u;  MATVEC v = W_in u;  NORMALISE m = f_norm(v);  steps times { 4 stages };  MATVEC y = W_out m +
///     b;  STORE y
///
/// A stage at m_j makes the fields there, all as angles γΔt/(1+α²)·H,
///
///     FUNCTION h_s = H_s(m_x);  MATVEC g_x = W_cp m_x;  BUNDLE g_y = -h_s m_z;  g_z = H_appl + H_ani m_z +
///     h_s m_y; p = m·g;  q = α p
///
/// and then, component by component, the next point of evaluation: change = -(m×g + m q - α g) on |m| = 1.
/// The last stage uses m(t+Δt) = (-m + m2 + 2 m3 + m4)/3 + change(m4)/6, so no change is stored. With
/// `renormalise` NORMALISE ends each step. Noise comes as three vectors, one for each component, and is added
/// by BUNDLEs before f_norm and before W_out. Throws Error when the pinned layer does not lie along x, for
/// which H_s is no function of m_x alone.
/// With several arrays one behind the other (appendix C.1), MATVEC v = W_k m and NORMALISE lead from each to
/// the next; all of them use the same vectors, tables and binary points.
class CstoLowering {
 public:
  CstoLowering(const LoweringTask& task, const OscillatorArrays& arrays,
               const std::vector<CstoCalibration>& calibration)
      : model_(task.model),
        arrays_(arrays),
        csto_(arrays.parameters.front()),
        by_array_(calibration),
        seen_(calibration.back()),
        builder_(task.config),
        noise_(task.noise),
        input_(builder_, task) {
    // All arrays share vectors, tables and binary points.
    for (const auto& array : calibration) include_ranges(seen_, array);
  }

  Compilation run() {
    choose_formats();
    place();
    read_in();
    for (std::size_t k = 0; k < arrays_.parameters.size(); ++k) {
      if (k > 0) between(k);
      start(k);
      steps(k);
    }
    last_ = m_[0].word[0];
    last_bits_ = m_bits_;
    if (noise_.dynamic > 0) add_dynamic_noise();
    read_out();
    builder_.result.function_error = spin_torque_.largest_error;
    return builder_.finish(model_.recipe, noise_);
  }

 private:
  /// Three vectors side by side in the state memory: the x, y and z parts.
  struct Vectors {
    std::array<std::int64_t, 3> word;
  };

  std::int64_t oscillators() const { return csto_.oscillators; }
  std::int64_t width() const { return builder_.config().state_width; }
  std::int64_t words() const { return builder_.config().beats(oscillators()); }
  /// Rows from one component to the next, so that each begins with a word.
  std::int64_t pitch() const { return words() * builder_.config().lanes; }
  std::int64_t padded() const { return 2 * pitch() + oscillators(); }

  /// The rows of three components, spread so that each begins with a word.
  Eigen::MatrixXd spread(const Eigen::MatrixXd& rows) const {
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(padded(), rows.cols());
    for (std::int64_t c = 0; c < 3; ++c)
      result.middleRows(c * pitch(), oscillators()) = rows.middleRows(c * oscillators(), oscillators());
    return result;
  }

  Eigen::MatrixXd spread_columns(const Eigen::MatrixXd& columns) const {
    return spread(Eigen::MatrixXd(columns.transpose())).transpose();
  }

  /// What brings each oscillator's v to full length.
  static Eigen::ArrayXd scale_of(const CstoCalibration& seen) {
    return (seen.read_in_magnitude.array() > 0).select(1 / seen.read_in_magnitude.array().max(1e-300), 1.0);
  }
  Eigen::MatrixXd scaled(Eigen::MatrixXd rows, const Eigen::ArrayXd& scale) const {
    for (std::int64_t row = 0; row < rows.rows(); ++row) rows.row(row) *= scale(row % oscillators());
    return rows;
  }

  /// The name of something that each array has: with several, "2 m_x".
  std::string of_array(std::size_t k, const std::string& name) const {
    return arrays_.parameters.size() == 1 ? name : fmt::format("{} {}", k + 1, name);
  }
  std::string numbered(const std::string& name, std::size_t k) const {
    return arrays_.parameters.size() == 1 ? name : fmt::format("{}_{}", name, k + 1);
  }

  void choose_formats() {
    // f_norm takes any length, so each oscillator's v gets the scale that uses its bits best.
    read_in_scale_ = scale_of(by_array_.front());
    const double step_angle = csto_.step_angle_per_Oe();
    v_bits_ = builder_.format("v", Range{-1, 1});
    // A stage leaves the unit sphere by the square of its angle.
    m_bits_ = builder_.format("m", seen_.m, width() - 2);
    Range fields = seen_.g_x;
    for (const Range& range : {seen_.g_y, seen_.g_z}) {
      fields.least = std::min(fields.least, range.least);
      fields.most = std::max(fields.most, range.most);
    }
    g_bits_ = builder_.factor_format("g", fields, m_bits_, m_bits_);
    const double strongest =
        step_angle * std::abs(csto_.spin_torque_field_Oe()) / (1 - std::abs(csto_.spin_torque_asymmetry));
    h_bits_ = builder_.factor_format("h_s", Range{0, strongest}, m_bits_, g_bits_);
    // As fine as the sum that makes it, at most.
    p_bits_ = std::min(builder_.format("p", seen_.p), m_bits_ + g_bits_);
    alpha_bits_ = builder_.factor_bits(csto_.gilbert_damping, g_bits_, m_bits_);
    q_bits_ =
        std::min(builder_.factor_format(
                     "q", Range{csto_.gilbert_damping * seen_.p.least, csto_.gilbert_damping * seen_.p.most},
                     m_bits_, m_bits_),
                 g_bits_ + alpha_bits_ - m_bits_);
    y_bits_ = builder_.format("y", seen_.y);
    quantise_matrices();
  }

  void quantise_matrices() {
    const double step_angle = csto_.step_angle_per_Oe();
    W_in_ = input_.weights(spread(scaled(model_.W_in, read_in_scale_)), v_bits_);
    for (std::size_t k = 0; k < arrays_.parameters.size(); ++k) {
      W_coupling_.push_back(builder_.weights(
          numbered("W_coupling", k), step_angle * arrays_.parameters[k].coupling_Oe * *arrays_.couplings[k],
          by_array_[k].m_x_moments, {m_bits_, g_bits_}));
      if (k == 0) continue;
      const Eigen::MatrixXd rows = spread(scaled(*arrays_.between[k - 1], scale_of(by_array_[k])));
      W_between_.push_back(builder_.weights(fmt::format("W_{}", k), spread_columns(rows),
                                            spread_columns(spread(by_array_[k].source_moments)),
                                            {m_bits_, v_bits_}));
    }
    W_out_ = builder_.weights("W_out", spread_columns(model_.W_out.leftCols(3 * oscillators())),
                              spread_columns(spread(seen_.last_moments)), {m_bits_, y_bits_});
  }

  void place() {
    auto& program = builder_.program;
    for (const auto& coupling : W_coupling_) coupling_place_.push_back(program.matrix(coupling));
    out_place_ = program.matrix(W_out_);
    for (const auto& weights : W_between_) between_place_.push_back(program.matrix(weights));
    in_place_ = program.matrix(W_in_);
    for (std::size_t stage = 0; stage < 4; ++stage)
      for (std::size_t c = 0; c < 3; ++c)
        m_[stage].word[c] =
            program.vector(fmt::format("m{}_{}", stage + 1, "xyz"[c]), oscillators(), m_bits_);
    h_s_ = program.vector("h_s", oscillators(), h_bits_);
    for (std::size_t c = 0; c < 3; ++c)
      g_.word[c] = program.vector(fmt::format("g_{}", "xyz"[c]), oscillators(), g_bits_);
    p_ = program.vector("p", oscillators(), p_bits_);
    q_ = program.vector("q", oscillators(), q_bits_);
    y_ = program.vector("y", model_.recipe.classes, y_bits_);
    // Pixels and v are used up before the first stage.
    input_.place();
    v_ = program.overlay("v", m_[1].word[0], padded(), v_bits_);
    const double angle = csto_.step_angle_per_Oe();
    one_ = constant("one", 1, m_bits_);
    alpha_ = constant("alpha", csto_.gilbert_damping, alpha_bits_);
    applied_ = constant("H_appl", angle * csto_.applied_field_Oe, g_bits_);
    anisotropy_ = constant("H_K - 4 pi M", angle * csto_.effective_anisotropy_Oe(), g_bits_);
    third_applied_ = constant("H_appl / 3", angle * csto_.applied_field_Oe / 3, g_bits_);
    third_anisotropy_ = constant("(H_K - 4 pi M) / 3", angle * csto_.effective_anisotropy_Oe() / 3, g_bits_);
    // The weights of m, m2, m3 and m4 in the last stage add up to exactly 1.
    const auto third = quantise(1.0 / 3, width() - 1, width());
    third_ = constant_code("1/3", third, width() - 1);
    two_thirds_ = constant_code("2/3", (1 << (width() - 1)) - third, width() - 1);
    root_ = reciprocal_root_table(builder_.config(), program.free_table_words());
    root_word_ = program.table(root_);
    spin_torque_ = spin_torque_table({m_bits_, h_bits_, angle * csto_.spin_torque_field_Oe(),
                                      csto_.spin_torque_asymmetry, 1.02 * seen_.m.magnitude()},
                                     builder_.config(), program.free_table_words());
    spin_torque_word_ = program.table(spin_torque_);
  }

  static std::string component(std::size_t c) { return fmt::format("m_{}", "xyz"[c]); }

  Operand constant(const std::string& name, double value, std::int64_t fraction_bits) {
    return constant_code(name, quantise(value, fraction_bits, width()), fraction_bits);
  }
  Operand constant_code(const std::string& name, std::int32_t code, std::int64_t fraction_bits) {
    return builder_.constant(name, code, fraction_bits);
  }

  void read_in() {
    input_.emit();
    const Eigen::MatrixXd offset = input_.offset();
    input_.read_in({W_in_,
                    in_place_,
                    {v_, v_bits_},
                    spread(scaled(offset, read_in_scale_)),
                    "v = W_in u, each oscillator in a scale of its own"});
    if (noise_.observation > 0) {
      builder_.program.phase("observational noise");
      add_observation_noise();
    }
  }

  /// From the array before to array k.
  void between(std::size_t k) {
    builder_.program.phase(fmt::format("from array {} to {}", k, k + 1));
    Matvec matvec{.destination = v_, .source = m_[0].word[0], .rows = padded(), .columns = padded()};
    const auto name = fmt::format("W_{}", k);
    builder_.bind(matvec, {name, W_between_[k - 1], m_bits_, builder_.config().state_max() + 1, v_bits_}, {});
    builder_.program.emit_matvec(matvec, between_place_[k - 1],
                                 fmt::format("v = {} m, each oscillator in a scale of its own", name));
  }

  void start(std::size_t k) {
    builder_.program.phase(of_array(k, "f_norm"));
    builder_.record(normalise(v_, "m(0) = f_norm(v)"), of_array(k, "m_x(0)"), m_bits_);
  }

  /// m = source / |source| for three vectors one after the other. Returns the slot.
  std::int64_t normalise(std::int64_t source, const std::string& text);
  void steps(std::size_t k);
  void record_component(std::int64_t slot, std::size_t k, std::size_t c, std::optional<std::int64_t> word);
  /// h_s, g, p and q = α m·g at m; of the last stage everything divided by 3.
  void fields(std::size_t k, const Vectors& m, bool thirds);
  /// Component c of -(m×g + m q - α g).
  std::vector<Summand> change(const Vectors& m, std::size_t c) const;
  std::int64_t bundle(std::int64_t destination, const std::vector<Summand>& summands,
                      std::int64_t result_bits, const std::string& text) {
    return builder_.bundle(destination, oscillators(), summands, result_bits, text);
  }

  /// A noise vector for each component, into `words`.
  void load_noise(const Vectors& words) {
    for (std::size_t c = 0; c < 3; ++c)
      builder_.load_noise(words.word[c], oscillators(), fmt::format("n_{}", "xyz"[c]));
  }

  /// Gives every oscillator's v + sigma n the range that its v had: f_norm takes any length.
  void add_observation_noise() {
    const Eigen::ArrayXd sigma = noise_.observation * read_in_scale_;
    const Eigen::ArrayXd gain = sigma.unaryExpr([](double s) { return 1 / with_noise({0, 1}, s).most; });
    load_noise(m_[2]);
    NoiseSum sum{.name = "v",
                 .length = oscillators(),
                 .source_fraction_bits = v_bits_,
                 .result_fraction_bits = v_bits_};
    const auto factors = builder_.noise_factors(sum, gain, gain * sigma);
    for (std::int64_t c = 0; c < 3; ++c) {
      sum.name = fmt::format("v_{}", "xyz"[c]);
      sum.source = sum.destination = v_ + c * words();
      sum.noise = m_[2].word[static_cast<std::size_t>(c)];
      builder_.add_noise(sum, factors);
    }
  }

  /// m(T) + sigma n, to the words of the second stage, which v has filled up to its last element.
  void add_dynamic_noise() {
    builder_.program.phase("dynamical noise");
    const auto bits = builder_.format("noisy m", with_noise(seen_.m, noise_.dynamic));
    load_noise(m_[2]);
    NoiseSum sum{.name = "noisy m",
                 .length = oscillators(),
                 .source_fraction_bits = m_bits_,
                 .result_fraction_bits = bits};
    const auto factors =
        builder_.noise_factors(sum, Eigen::VectorXd::Ones(1), Eigen::VectorXd::Constant(1, noise_.dynamic));
    for (std::size_t c = 0; c < 3; ++c) {
      sum.name = fmt::format("noisy m_{}", "xyz"[c]);
      sum.destination = builder_.program.overlay(sum.name, m_[1].word[c], oscillators(), bits);
      sum.source = m_[0].word[c];
      sum.noise = m_[2].word[c];
      builder_.add_noise(sum, factors);
    }
    last_ = m_[1].word[0];
    last_bits_ = bits;
  }

  void read_out() {
    Matvec matvec{.destination = y_, .source = last_, .rows = model_.recipe.classes, .columns = padded()};
    builder_.bind(matvec, {"W_out", W_out_, last_bits_, builder_.config().state_max() + 1, y_bits_},
                  model_.W_out.rightCols(1));
    builder_.program.phase("read-out");
    builder_.record(builder_.program.emit_matvec(matvec, out_place_, "y = W_out m + b"), "y", y_bits_);
    builder_.program.phase("output");
    builder_.program.emit(Store{.source = y_, .length = model_.recipe.classes}, "y");
    builder_.program.emit(Halt{}, "done");
  }

  const Model& model_;
  const OscillatorArrays& arrays_;
  const CstoParameters& csto_;  ///< of every array, but for the coupling
  const std::vector<CstoCalibration>& by_array_;
  CstoCalibration seen_;  ///< ranges over all arrays, moments of the last
  NetworkBuilder builder_;
  const Noise& noise_;
  InputStage input_;
  Eigen::ArrayXd read_in_scale_;  ///< of each oscillator
  QuantisedMatrix W_in_, W_out_;
  std::vector<QuantisedMatrix> W_coupling_, W_between_;
  MatrixPlace in_place_, out_place_;
  std::vector<MatrixPlace> coupling_place_, between_place_;
  std::int64_t v_bits_ = 0, m_bits_ = 0, g_bits_ = 0, h_bits_ = 0, p_bits_ = 0, q_bits_ = 0, alpha_bits_ = 0,
               y_bits_ = 0;
  std::array<Vectors, 4> m_{};  ///< where RK4 evaluates; the first is m(t)
  Vectors g_{};
  std::int64_t last_ = 0, last_bits_ = 0;  ///< what W_out reads
  std::int64_t v_ = 0, h_s_ = 0, p_ = 0, q_ = 0, y_ = 0;
  Operand one_{}, alpha_{}, applied_{}, anisotropy_{}, third_applied_{}, third_anisotropy_{}, third_{},
      two_thirds_{};
  FunctionTable root_, spin_torque_;
  std::int64_t root_word_ = 0, spin_torque_word_ = 0;
};

}  // namespace stoic
