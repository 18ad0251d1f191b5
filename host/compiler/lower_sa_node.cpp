#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "stoic/host/compiler/input_format.hpp"
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
  SaNodeLowering(const SaNodeParameters& parameters, const LoweringTask& task, const VectorStatistics& seen)
      : parameters_(parameters),
        task_(task),
        model_(task.model),
        seen_(seen),
        builder_(task.config),
        ends_(builder_, task, seen) {}

  Compilation run() {
    choose_formats();
    place();
    read_in();
    steps();
    ends_.read_out("x", {x_, g_, s_}, "y = overlaps with the attractors");
    return builder_.finish(task_);
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
    if (task_.noise().observation > 0) states = with_noise(states, task_.noise().observation);
    const auto x_bits = builder_.format("x", states);
    const double most = states.magnitude();
    const auto s_bits = builder_.factor_format("s", Range{0, most * most}, x_bits, x_bits);
    // A product of rounded weights strays from A x by little, so the range of A x in float is near.
    const auto g_bits = builder_.factor_format("g", seen_.range({"g"}), width() - 2, x_bits);
    x_.format.fraction_bits = x_bits, s_.format.fraction_bits = s_bits, g_.format.fraction_bits = g_bits;
    // Euler's steps may leave the range in which they come back; the network then holds them at its end.
    const double limit = parameters_.largest_state(stiffness());
    const auto unheld = seen_.range({"x before its bound"});
    if (unheld.magnitude() > 0.9 * limit)
      unheld_bits_ = std::min(builder_.format("x before its bound", unheld), x_bits);
    if (unheld_bits_ && std::ldexp(limit, static_cast<int>(*unheld_bits_)) < 1)
      refuse_growth(unheld.magnitude(), limit);
    A_ = builder_.matrix("h beta A without its diagonal", coupling, seen_.moments.at("x"), {x_bits, g_bits});
    ends_.quantise_read_out(x_bits);
  }

  /// A step takes the state so far beyond its bound that no state holds both.
  [[noreturn]] void refuse_growth(double reach, double limit) const {
    const auto some = std::min<std::int64_t>(task_.samples().size(), 64);
    const auto steps = reference_vectors(model_, task_.samples().part(0, some)).at("x before its bound");
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

  void place() {
    auto& program = builder_.program;
    builder_.place(A_);
    ends_.place_read_out();
    ends_.place_input();
    x_ = builder_.vector("x", n(), x_.bits());
    g_ = builder_.vector("g", n(), g_.bits());
    s_ = builder_.vector("s", n(), s_.bits());
    ends_.place_output();
    if (unheld_bits_) {
      unheld_ = builder_.overlay("x before its bound", g_.word, n(), *unheld_bits_);
      const auto bound = bound_table(parameters_.largest_state(stiffness()), *unheld_bits_, x_.bits(),
                                     builder_.config(), program.free_table_words());
      bound_ = builder_.function(
          bound, bound_function(bound), "bound",
          {std::ldexp(-static_cast<double>(bound.origin), static_cast<int>(-*unheld_bits_))});
    }
    const auto keep_bits = fraction_bits_for(keep_values_.cwiseAbs().maxCoeff(), width());
    std::vector<std::int32_t> keep;
    for (const double value : keep_values_) keep.push_back(quantise(value, keep_bits, width()));
    keep_ = {.word = program.constant("k = 1 + 4 h gamma a^2 + h beta diag A", keep, keep_bits),
             .fraction_bits = keep_bits};
    pull_ = builder_.factor("4 h gamma", pull(), s_.bits(), s_.bits());
    one_ = builder_.one();
    scale_ = builder_.factor("input_scale", task_.input.scale, ends_.sample().bits(), x_.bits());
    const double offset = model_.recipe.input_offset;
    offset_ = builder_.rounded("input_offset", offset,
                               std::min(fraction_bits_for(std::abs(offset), width()), scale_.fraction_bits));
    unit_ = builder_.constant("one unit", 1, 0);
  }

  void read_in() {
    ends_.take_sample();
    builder_.program.phase("read-in");
    Sum sum{ends_.sample() * scale_};
    if (model_.recipe.input_offset != 0) sum.push_back(offset_ * unit_);
    builder_.bundle(x_, sum, fmt::format("x(0) = u = input_scale * {} + input_offset", task_.input.name));
    if (task_.noise().observation == 0) return;
    builder_.program.phase("observational noise");
    ends_.add_noise("noisy x(0)", {x_, g_, x_}, task_.noise().observation);
  }

  void steps() {
    const auto count = parameters_.time().steps();
    builder_.program.phase(fmt::format("{} steps of Euler", count));
    builder_.repeat(count, fmt::format("{} steps of {}", count, parameters_.step), [&] { step(); });
  }

  void step() {
    builder_.record_step(builder_.multiply(g_, A_, x_, "g = h beta (A - diag A) x"), "g", g_.bits(), "g(#)",
                         0);
    builder_.bundle(s_, {x_ * x_}, "s = x x");
    // 4 h γ x s = x (4 h γ s): the factor goes into s first, so that a term stays a product of two.
    builder_.bundle(s_, {s_ * pull_}, "s = 4 h gamma s");
    const auto slot = builder_.bundle(unheld_bits_ ? unheld_ : x_, {x_ * keep_, -(x_ * s_), g_ * one_},
                                      "x = k x - x s + g");
    if (!unheld_bits_) return builder_.record_step(slot, "x", x_.bits(), "x(#)", 1);
    // What the sum left in the words of g is held within its bound.
    builder_.record_step(slot, "x before its bound", unheld_.bits(), "x(#) before its bound", 1);
    builder_.record_step(builder_.apply(bound_, x_, unheld_, "x held within its bound"), "x", x_.bits(),
                         "x(#)", 1);
  }

  const SaNodeParameters& parameters_;
  const LoweringTask& task_;
  const Model& model_;
  const VectorStatistics& seen_;
  NetworkBuilder builder_;
  NetworkEnds ends_;
  NetworkMatrix A_;
  std::optional<std::int64_t> unheld_bits_;  ///< where the bound is ever met
  Eigen::VectorXd keep_values_;
  TableFunction bound_;
  Quantity x_, s_, g_, unheld_;
  Operand keep_, pull_, one_, scale_, offset_, unit_;
};

}  // namespace

Compilation lower(const SaNodeParameters& parameters, const LoweringTask& task) {
  const auto& seen = task.calibration.once(
      [&] { return vector_statistics(task.model, task.samples(), task.noise(), {"x"}); });
  return SaNodeLowering(parameters, task, seen).run();
}

}  // namespace stoic
