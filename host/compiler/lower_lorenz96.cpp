#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "stoic/host/compiler/network_ends.hpp"
#include "stoic/host/compiler/runge_kutta.hpp"

namespace stoic {
namespace {

/// Lorenz 96 (paper 001, eq. 20) by RK4 as a program, in the state z = h x, which takes the step out of the
/// equations: h times a slope is
///
///     k_i(z) = (z_{i+1} - z_{i-2}) z_{i-1} - h z_i + h² F
///
/// A stage at z_j is three ROTATEs for the neighbours and one BUNDLE z_{j+1} = z + k(z_j) or z + k(z_j)/2.
/// The last stage makes z(t+h) = (-z + z2 + 2 z3 + z4) / 3 + k(z4) / 6 in one BUNDLE, so no slope is stored.
class Lorenz96Lowering {
 public:
  Lorenz96Lowering(const Lorenz96Parameters& parameters, const LoweringTask& task,
                   const VectorStatistics& seen)
      : parameters_(parameters), task_(task), builder_(task.config), ends_(builder_, task, seen) {
    choose_format(seen.range({"h x(0)", "h x2", "h x3", "h x4", "h x"}));
    ends_.quantise(z_bits_, z_bits_, parameters.step);
  }

  Compilation run() {
    place();
    ends_.read_in("h x(0)", {z_[0], z_[2], z_[0]}, "h x(0) = h W_in");
    const auto count = parameters_.time().steps();
    builder_.program.phase(fmt::format("{} steps of RK4", count));
    builder_.repeat(count, fmt::format("{} steps of {}", count, parameters_.step), [&] {
      for (std::size_t at = 0; at < 3; ++at) stage(at);
      last_stage();
    });
    ends_.read_out("x", {z_[0], z_[2], z_[3]}, "y = W_out x + b");
    return builder_.finish(task_);
  }

 private:
  std::int64_t n() const { return parameters_.neurons; }
  std::int64_t width() const { return builder_.config().state_width; }

  /// The products of neighbours have twice the fraction bits of z, and z itself has to be shifted up to them:
  /// a z of a very short step finds no room for that in the accumulator. It then loses bits; or, where that
  /// costs more, it loses the products, which are less than what is rounded away.
  void choose_format(const Range& range) {
    const auto bits = builder_.format("h x", range);
    const auto room = builder_.config().accumulator_width - width() - 3;
    products_ = 2 * bits <= 2 * width() + room;
    z_bits_ = products_ ? std::min(bits, room) : bits;
    builder_.result.formats.back().fraction_bits = z_bits_;
  }

  void place() {
    ends_.place();
    for (std::size_t at = 0; at < 4; ++at)
      z_[at] = builder_.vector(at == 0 ? "h x" : fmt::format("h x{}", at + 1), n(), z_bits_);
    next_ = builder_.vector("h x_{i+1}", n(), z_bits_);
    last_ = builder_.vector("h x_{i-1}", n(), z_bits_);
    before_ = builder_.vector("h x_{i-2}", n(), z_bits_);
    const double h = parameters_.step, force = h * parameters_.forcing;
    one_ = builder_.one();
    const auto h_bits = builder_.factor_bits(h, z_bits_, z_bits_);
    h_ = builder_.rounded("h", h, h_bits);
    third_h_ = builder_.factor("h / 3", h / 3, z_bits_, z_bits_);
    force_ = builder_.factor("h F", force, h_bits, z_bits_);
    rk4_.emplace(builder_, one_);
  }

  void neighbours(const Quantity& z) {
    const auto rotate = [&](const Quantity& destination, std::int64_t amount, const char* text) {
      builder_.program.emit(
          Rotate{.destination = destination.word, .source = z.word, .length = n(), .amount = amount}, text);
    };
    rotate(next_, 1, "neighbour i+1");
    rotate(last_, n() - 1, "neighbour i-1");
    rotate(before_, n() - 2, "neighbour i-2");
  }

  /// (z_{i+1} - z_{i-2}) z_{i-1} - h z + h² F at z, with z_{i-1} and h as they are given: whole or a third
  Sum slope(const Quantity& z, const Quantity& last, const Operand& h) const {
    Sum sum;
    if (products_) sum = {next_ * last, -(before_ * last)};
    sum.insert(sum.end(), {-(z * h), force_ * h});
    return sum;
  }

  /// z of the next stage = z + k or z + k / 2, where k comes from stage `at`.
  void stage(std::size_t at) {
    neighbours(z_[at]);
    const auto name = fmt::format("h x{}", at + 2);
    const auto slot = rk4_->advance(z_, at, slope(z_[at], last_, h_),
                                    fmt::format("{} = h x + h^2 slope{}", name, at < 2 ? " / 2" : ""));
    builder_.record_step(slot, name, z_bits_, name + "(#)", 0);
  }

  void last_stage() {
    neighbours(z_[3]);
    // A third of z_{i-1} has room for one bit more.
    auto third = last_;
    ++third.format.fraction_bits;
    builder_.bundle(third, {last_ * rk4_->third()}, "h x_{i-1} / 3");
    const auto slot = rk4_->finish(z_, slope(z_[3], third, third_h_),
                                   "h x = (-h x + h x2 + 2 h x3 + h x4) / 3 + h^2 slope / 6");
    builder_.record_step(slot, "h x", z_bits_, "h x(#)", 1);
  }

  const Lorenz96Parameters& parameters_;
  const LoweringTask& task_;
  NetworkBuilder builder_;
  NetworkEnds ends_;
  bool products_ = true;  ///< whether those of neighbours reach the last place of z
  std::int64_t z_bits_ = 0;
  RungeKutta::Points z_;  ///< the first is z(t)
  Quantity next_, last_, before_;
  Operand one_, h_, third_h_, force_;
  std::optional<RungeKutta> rk4_;
};

}  // namespace

Compilation lower(const Lorenz96Parameters& parameters, const LoweringTask& task) {
  const auto& seen =
      task.calibration.once([&] { return vector_statistics(task.model, task.samples(), task.noise()); });
  return Lorenz96Lowering(parameters, task, seen).run();
}

}  // namespace stoic
