#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "stoic/host/compiler/network_ends.hpp"

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
  Lorenz96Lowering(const Lorenz96Parameters& parameters, const LoweringTask& task, const Calibration& seen)
      : parameters_(parameters),
        model_(task.model),
        noise_(task.noise),
        builder_(task.config),
        ends_(builder_, task, seen, parameters.step) {
    choose_format(seen.range({"h x(0)", "h x2", "h x3", "h x4", "h x"}));
    ends_.quantise(z_bits_, z_bits_);
  }

  Compilation run() {
    place();
    ends_.read_in("h x(0)", {z_[0], z_bits_}, z_[2]);
    const auto count = parameters_.time().steps();
    builder_.program.phase(fmt::format("{} steps of RK4", count));
    if (count > 1)
      builder_.program.emit(Loop{.count = count}, fmt::format("{} steps of {}", count, parameters_.step));
    stage(0, 1);
    stage(1, 1);
    stage(2, 0);
    last_stage();
    if (count > 1) builder_.program.emit(End{}, "next step");
    ends_.read_out({z_[0], z_bits_}, z_[2], z_[3]);
    return builder_.finish(model_.recipe, noise_);
  }

 private:
  std::int64_t n() const { return parameters_.neurons; }
  std::int64_t width() const { return builder_.config().state_width; }

  Operand constant(const std::string& name, double value, std::int64_t fraction_bits) {
    return builder_.constant(name, quantise(value, fraction_bits, width()), fraction_bits);
  }

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
    for (std::size_t stage = 0; stage < 4; ++stage)
      z_[stage] = builder_.program.vector(stage == 0 ? "h x" : fmt::format("h x{}", stage + 1), n(), z_bits_);
    next_ = builder_.program.vector("h x_{i+1}", n(), z_bits_);
    last_ = builder_.program.vector("h x_{i-1}", n(), z_bits_);
    before_ = builder_.program.vector("h x_{i-2}", n(), z_bits_);
    const double h = parameters_.step, force = h * parameters_.forcing;
    one_ = builder_.constant("one", 1 << (width() - 2), width() - 2);
    h_bits_ = builder_.factor_bits(h, z_bits_, z_bits_);
    third_h_bits_ = builder_.factor_bits(h / 3, z_bits_, z_bits_);
    force_bits_ = builder_.factor_bits(std::abs(force), h_bits_, z_bits_);
    h_ = constant("h", h, h_bits_);
    third_h_ = constant("h / 3", h / 3, third_h_bits_);
    force_ = constant("h F", force, force_bits_);
    // The weights of z, z2, z3 and z4 in the last stage add up to exactly 1.
    const auto third = quantise(1.0 / 3, width() - 1, width());
    third_ = builder_.constant("1/3", third, width() - 1);
    two_thirds_ = builder_.constant("2/3", (1 << (width() - 1)) - third, width() - 1);
  }

  void neighbours(std::int64_t z) {
    const auto rotate = [&](std::int64_t destination, std::int64_t amount, const char* text) {
      builder_.program.emit(Rotate{.destination = destination, .source = z, .length = n(), .amount = amount},
                            text);
    };
    rotate(next_, 1, "neighbour i+1");
    rotate(last_, n() - 1, "neighbour i-1");
    rotate(before_, n() - 2, "neighbour i-2");
  }

  /// (z_{i+1} - z_{i-2}) z_{i-1}
  std::vector<Summand> products(std::int64_t bits) const {
    if (!products_) return {};
    return {{false, {next_}, {last_}, bits}, {true, {before_}, {last_}, bits}};
  }

  /// z of the next stage = z + k / 2^halves, where k comes from stage `at`.
  void stage(std::size_t at, std::int64_t halves) {
    neighbours(z_[at]);
    const auto text = fmt::format("h x{} = h x + k{}", at + 2, halves > 0 ? " / 2" : "");
    auto sum = products(2 * z_bits_);
    sum.insert(sum.end(), {{true, {z_[at]}, h_, z_bits_ + h_bits_},
                           {false, force_, h_, force_bits_ + h_bits_},
                           {false, {z_[0]}, one_, z_bits_ + width() - 2 - halves}});
    const auto slot = builder_.bundle(z_[at + 1], n(), sum, z_bits_ - halves, text);
    const auto name = fmt::format("h x{}", at + 2);
    builder_.record_step(slot, name, z_bits_, name + "(#)", 0);
  }

  void last_stage() {
    neighbours(z_[3]);
    // A third of z_{i-1} has room for one bit more.
    builder_.bundle(last_, n(), {{false, {last_}, third_, z_bits_ + width() - 1}}, z_bits_ + 1,
                    "h x_{i-1} / 3");
    const std::int64_t doubled = z_bits_ + width() - 1 - 1;
    auto sum = products(2 * z_bits_ + 1);
    sum.insert(sum.end(), {{true, {z_[3]}, third_h_, z_bits_ + third_h_bits_},
                           {false, force_, third_h_, force_bits_ + third_h_bits_},
                           {true, {z_[0]}, third_, doubled},
                           {false, {z_[1]}, third_, doubled},
                           {false, {z_[2]}, two_thirds_, doubled},
                           {false, {z_[3]}, third_, doubled}});
    const auto slot =
        builder_.bundle(z_[0], n(), sum, z_bits_ - 1, "h x = (-h x + h x2 + 2 h x3 + h x4) / 3 + k / 6");
    builder_.record_step(slot, "h x", z_bits_, "h x(#)", 1);
  }

  const Lorenz96Parameters& parameters_;
  const Model& model_;
  const Noise& noise_;
  NetworkBuilder builder_;
  NetworkEnds ends_;
  bool products_ = true;  ///< whether those of neighbours reach the last place of z
  std::int64_t z_bits_ = 0, h_bits_ = 0, third_h_bits_ = 0, force_bits_ = 0;
  std::array<std::int64_t, 4> z_{};  ///< where RK4 evaluates; the first is z(t)
  std::int64_t next_ = 0, last_ = 0, before_ = 0;
  Operand one_{}, h_{}, third_h_{}, force_{}, third_{}, two_thirds_{};
};

}  // namespace

Compilation lower(const Lorenz96Parameters& parameters, const LoweringTask& task) {
  const auto& seen = task.calibrated.once([&] { return calibrate(task.model, task.samples, task.noise); });
  return Lorenz96Lowering(parameters, task, seen).run();
}

}  // namespace stoic
