#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "stoic/host/compiler/input_format.hpp"
#include "stoic/host/compiler/network_builder.hpp"
#include "stoic/host/compiler/network_ends.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// SA-nODE (paper 002) by Euler's method as a program. The state begins as the pixels; a step h is
///
///     MATVEC g = h β (A - diag A) x;  BUNDLE s = x x;  BUNDLE x = k x - 4 h γ x s + g
///
/// with the vector k = 1 + 4 h γ a² + h β diag A: the trained eigenvalues are mostly negative and large, so
/// that the diagonal is several times as large as the rest, and would take its bits. k has those of a state.
/// The MATVEC meets 0 there, at no cost; the outputs are the overlaps with the attractors, a MATVEC like any
/// read-out. A keeps the attractors only as well as its weights are rounded; the wells pull the state back.
class SaNodeLowering {
 public:
  SaNodeLowering(const SaNodeParameters& parameters, const LoweringTask& task, const Calibration& seen)
      : parameters_(parameters), task_(task), model_(task.model), seen_(seen), builder_(task.config) {}

  Compilation run() {
    choose_formats();
    place();
    read_in();
    steps();
    read_out();
    return builder_.finish(model_.recipe, task_.noise);
  }

 private:
  std::int64_t n() const { return parameters_.neurons; }
  std::int64_t width() const { return builder_.config().state_width; }
  double pull() const { return 4 * parameters_.step * stiffness(); }
  double stiffness() const { return model_.matrices.at("stiffness")(0, 0); }

  void choose_formats() {
    const double scale = parameters_.step * parameters_.coupling();
    Eigen::MatrixXd coupling = scale * coupling_matrix(parameters_, model_.matrices);
    keep_values_ = (1 + pull() * parameters_.well * parameters_.well + coupling.diagonal().array()).matrix();
    coupling.diagonal().setZero();
    Range states = seen_.range({"u", "x", "x(T)"});
    if (task_.noise.observation > 0) states = with_noise(states, task_.noise.observation);
    x_bits_ = builder_.format("x", states);
    const double most = states.magnitude();
    s_bits_ = builder_.factor_format("s", Range{0, most * most}, x_bits_, x_bits_);
    // A product of rounded weights strays from A x by little, so the range of A x in float is near.
    g_bits_ = builder_.factor_format("g", seen_.range({"g"}), width() - 2, x_bits_);
    // Euler's steps may leave the range in which they come back; the network then holds them at its end.
    const double limit = parameters_.largest_state(stiffness());
    const auto unheld = seen_.range({"x before its bound"});
    if (unheld.magnitude() > 0.9 * limit)
      unheld_bits_ = std::min(builder_.format("x before its bound", unheld), x_bits_);
    if (unheld_bits_ && std::ldexp(limit, static_cast<int>(*unheld_bits_)) < 1)
      refuse_growth(unheld.magnitude(), limit);
    y_bits_ = builder_.format("y", seen_.range({"y"}));
    A_ = builder_.weights("h beta A without its diagonal", coupling, seen_.moments.at("x"),
                          {x_bits_, g_bits_});
    W_out_ =
        builder_.weights("W_out", model_.W_out.leftCols(n()), seen_.moments.at("x(T)"), {x_bits_, y_bits_});
  }

  /// A step takes the state so far beyond its bound that no state holds both.
  [[noreturn]] void refuse_growth(double reach, double limit) const {
    const auto some = std::min<std::int64_t>(task_.samples.size(), 64);
    const auto steps = reference_vectors(model_, task_.samples.part(0, some)).at("x before its bound");
    std::size_t step = 0;
    while (step + 1 < steps.size() && !(steps[step].cwiseAbs().maxCoeff() > limit)) ++step;
    const double step_coupling = parameters_.step * parameters_.coupling();
    const double least = model_.matrices.at("eigenvalues").minCoeff(), followed = -2 / step_coupling;
    const bool drawn = parameters_.eigenvalue_mean - 4 * parameters_.eigenvalue_deviation < followed;
    const std::string cause =
        least < followed
            ? fmt::format("has eigenvalues down to {:.4g}, and a step of {} follows those above {:.4g}",
                          least, parameters_.step, followed)
            : fmt::format("is as large as {:.3g}, since its eigenvectors are nearly dependent",
                          coupling_matrix(parameters_, model_.matrices).cwiseAbs().maxCoeff());
    throw Error(fmt::format(
        "hardware configuration {}: x before its bound of {:.4g} leaves it in step {} and reaches {:.4g}, "
        "and "
        "a state of {} bits that holds the one rounds the other to 0; A {}; {}",
        builder_.config().name, limit, step + 1, reach, width(), cause,
        drawn ? fmt::format("bring eigenvalue_mean (now {}) nearer to 0", parameters_.eigenvalue_mean)
              : fmt::format("train with a lower training.learning_rate (now {})",
                            model_.recipe.training.learning_rate)));
  }

  Operand constant(const std::string& name, double value, std::int64_t bits) {
    return builder_.constant(name, quantise(value, bits, width()), bits);
  }

  void place() {
    auto& program = builder_.program;
    A_place_ = program.matrix(A_);
    out_place_ = program.matrix(W_out_);
    pixel_bits_ = task_.input.fraction_bits;
    pixels_ = program.vector(task_.input.name, n(), pixel_bits_);
    x_ = program.vector("x", n(), x_bits_);
    g_ = program.vector("g", n(), g_bits_);
    s_ = program.vector("s", n(), s_bits_);
    y_ = program.vector("y", model_.recipe.classes, y_bits_);
    if (unheld_bits_) {
      program.overlay("x before its bound", g_, n(), *unheld_bits_);
      bound_ = bound_table(parameters_.largest_state(stiffness()), *unheld_bits_, x_bits_, builder_.config(),
                           program.free_table_words());
      bound_word_ = program.table(bound_);
      builder_.result.function_error = bound_.largest_error;
    }
    keep_bits_ = fraction_bits_for(keep_values_.cwiseAbs().maxCoeff(), width());
    std::vector<std::int32_t> keep;
    for (const double value : keep_values_) keep.push_back(quantise(value, keep_bits_, width()));
    keep_ = {program.constant("k = 1 + 4 h gamma a^2 + h beta diag A", keep, keep_bits_)};
    pull_bits_ = builder_.factor_bits(pull(), s_bits_, s_bits_);
    pull_ = constant("4 h gamma", pull(), pull_bits_);
    one_ = builder_.constant("one", 1 << (width() - 2), width() - 2);
    scale_bits_ = builder_.factor_bits(std::abs(task_.input.scale), pixel_bits_, x_bits_);
    scale_ = constant("input_scale", task_.input.scale, scale_bits_);
    const double offset = model_.recipe.input_offset;
    offset_bits_ = std::min(fraction_bits_for(std::abs(offset), width()), scale_bits_);
    offset_ = constant("input_offset", offset, offset_bits_);
    unit_ = builder_.constant("one unit", 1, 0);
  }

  void read_in() {
    builder_.program.phase("input");
    builder_.program.emit(Load{.destination = pixels_, .length = n()}, task_.input.name);
    builder_.program.phase("read-in");
    std::vector<Summand> sum{{false, {pixels_}, scale_, pixel_bits_ + scale_bits_}};
    if (model_.recipe.input_offset != 0) sum.push_back({false, offset_, unit_, offset_bits_});
    builder_.bundle(x_, n(), sum, x_bits_,
                    fmt::format("x(0) = u = input_scale * {} + input_offset", task_.input.name));
    if (task_.noise.observation > 0) add_noise("noisy x(0)", x_, task_.noise.observation, x_bits_);
  }

  void add_noise(const std::string& name, std::int64_t destination, double sigma, std::int64_t bits) {
    builder_.program.phase(name);
    builder_.load_noise(g_, n(), "n");
    if (destination != x_) builder_.program.overlay(name, destination, n(), bits);
    const NoiseSum sum{.name = name,
                       .destination = destination,
                       .source = x_,
                       .noise = g_,
                       .length = n(),
                       .source_fraction_bits = x_bits_,
                       .result_fraction_bits = bits};
    builder_.add_noise(
        sum, builder_.noise_factors(sum, Eigen::VectorXd::Ones(1), Eigen::VectorXd::Constant(1, sigma)));
  }

  void steps() {
    const auto count = parameters_.time().steps();
    auto& program = builder_.program;
    program.phase(fmt::format("{} steps of Euler", count));
    if (count > 1) program.emit(Loop{.count = count}, fmt::format("{} steps of {}", count, parameters_.step));
    Matvec matvec{.destination = g_, .source = x_, .rows = n(), .columns = n()};
    builder_.bind(matvec,
                  {"h beta A without its diagonal", A_, x_bits_, builder_.config().state_max() + 1, g_bits_},
                  {});
    builder_.record_step(program.emit_matvec(matvec, A_place_, "g = h beta (A - diag A) x"), "g", g_bits_,
                         "g(#)", 0);
    builder_.bundle(s_, n(), {{false, {x_}, {x_}, 2 * x_bits_}}, s_bits_, "s = x x");
    // 4 h γ x s = x (4 h γ s): the factor goes into s first, so that a term stays a product of two.
    builder_.bundle(s_, n(), {{false, {s_}, pull_, s_bits_ + pull_bits_}}, s_bits_, "s = 4 h gamma s");
    const std::vector<Summand> sum{{false, {x_}, keep_, x_bits_ + keep_bits_},
                                   {true, {x_}, {s_}, x_bits_ + s_bits_},
                                   {false, {g_}, one_, g_bits_ + width() - 2}};
    const char* text = "x = k x - x s + g";
    if (unheld_bits_)
      hold(builder_.bundle(g_, n(), sum, *unheld_bits_, text));
    else
      builder_.record_step(builder_.bundle(x_, n(), sum, x_bits_, text), "x", x_bits_, "x(#)", 1);
    if (count > 1) program.emit(End{}, "next step");
  }

  /// x = what the sum at `slot` left in the words of g, held within its bound.
  void hold(std::int64_t slot) {
    builder_.record_step(slot, "x before its bound", *unheld_bits_, "x(#) before its bound", 1);
    Function function = bound_function(bound_);
    function.destination = x_, function.source = g_, function.length = n(), function.table = bound_word_;
    const auto held = builder_.program.emit(function, "x held within its bound");
    builder_.record_step(held, "x", x_bits_, "x(#)", 1);
    builder_.record_function(
        held, "bound", *unheld_bits_, x_bits_,
        {std::ldexp(-static_cast<double>(bound_.origin), static_cast<int>(-*unheld_bits_))});
  }

  void read_out() {
    std::int64_t last = x_, bits = x_bits_;
    if (task_.noise.dynamic > 0) {
      bits = builder_.format("noisy x", seen_.range({"x(T)"}));
      add_noise("noisy x", s_, task_.noise.dynamic, bits);
      last = s_;
    }
    Matvec matvec{.destination = y_, .source = last, .rows = model_.recipe.classes, .columns = n()};
    builder_.bind(matvec, {"W_out", W_out_, bits, builder_.config().state_max() + 1, y_bits_},
                  model_.W_out.rightCols(1));
    builder_.program.phase("read-out");
    builder_.record(builder_.program.emit_matvec(matvec, out_place_, "y = overlaps with the attractors"), "y",
                    y_bits_);
    builder_.program.phase("output");
    builder_.program.emit(Store{.source = y_, .length = model_.recipe.classes}, "y");
    builder_.program.emit(Halt{}, "done");
  }

  const SaNodeParameters& parameters_;
  const LoweringTask& task_;
  const Model& model_;
  const Calibration& seen_;
  NetworkBuilder builder_;
  QuantisedMatrix A_, W_out_;
  MatrixPlace A_place_, out_place_;
  std::int64_t x_bits_ = 0, s_bits_ = 0, g_bits_ = 0, y_bits_ = 0;
  std::optional<std::int64_t> unheld_bits_;  ///< where the bound is ever met
  Eigen::VectorXd keep_values_;
  FunctionTable bound_;
  std::int64_t bound_word_ = 0;
  std::int64_t keep_bits_ = 0, pull_bits_ = 0, scale_bits_ = 0, offset_bits_ = 0, pixel_bits_ = 0;
  std::int64_t pixels_ = 0, x_ = 0, g_ = 0, s_ = 0, y_ = 0;
  Operand keep_{}, pull_{}, one_{}, scale_{}, offset_{}, unit_{};
};

}  // namespace

Compilation lower(const SaNodeParameters& parameters, const LoweringTask& task) {
  const auto& seen =
      task.calibrated.once([&] { return calibrate(task.model, task.samples, task.noise, {"x"}); });
  return SaNodeLowering(parameters, task, seen).run();
}

}  // namespace stoic
