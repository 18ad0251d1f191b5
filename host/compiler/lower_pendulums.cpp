#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "stoic/host/compiler/network_ends.hpp"
#include "stoic/host/compiler/runge_kutta.hpp"

namespace stoic {

/// Driven, damped pendulums by RK4 as a program: at every point MATVEC c = k W θ and FUNCTION sin θ, cos φ;
/// then BUNDLEs with
///   k_θ = h v,   k_v = h (c - sin θ - b v + g cos φ),   k_φ = h ω
///
/// Angle, velocity and phase have one binary point, so that one table of the sine serves θ and φ + π/2.
Compilation lower(const PendulumsParameters& p, const LoweringTask& task) {
  const auto& seen = task.calibration.once(
      [&] { return vector_statistics(task.model, task.samples(), task.noise(), {"angle"}); });
  NetworkBuilder builder(task.config);
  const std::vector<std::string> names{"angle", "velocity", "phase"};
  NetworkEnds ends(builder, task, seen, names);
  const auto n = p.pendulums, steps = p.time().steps();
  auto states = seen.range({"v", "angle", "velocity", "phase"});
  states.most += std::numbers::pi / 2;
  const auto bits = builder.format("x", states), sine_bits = bits + 1;
  const Eigen::MatrixXd coupling = p.coupling * task.model.matrices.at("W_coupling");
  const double torque = states.magnitude() * coupling.cwiseAbs().rowwise().sum().maxCoeff();
  const auto torque_bits = builder.format("torque", {-torque, torque});
  auto W = builder.matrix("W_coupling", coupling, seen.moments.at("angle"), {bits, torque_bits});
  ends.quantise(bits, bits);
  builder.place(W);
  ends.place();
  std::array<RungeKutta::Points, 3> x;  // θ, v and φ, at the four points
  for (std::size_t point = 0; point < 4; ++point)
    for (std::size_t c = 0; c < 3; ++c)
      x[c][point] = builder.vector(fmt::format("x{}_{}", point + 1, names[c]), n, bits);
  const auto c = builder.vector("torque", n, torque_bits), s = builder.vector("sin angle", n, sine_bits);
  const auto r = builder.vector("phase + pi/2", n, bits);
  const auto cosine = builder.overlay("cos phase", r.word, n, sine_bits);
  const auto one = builder.one(), quarter = builder.rounded("pi/2", std::numbers::pi / 2, bits);
  const auto factors = [&](const std::string& name, double h) -> std::array<Operand, 4> {
    return {builder.factor(name, h, bits, bits), builder.factor(name + " b", h * p.damping, bits, bits),
            builder.factor(name + " g", h * p.drive, sine_bits, bits),
            builder.factor(name + " omega", h * p.frequency, one.fraction_bits, bits)};
  };
  const auto whole = factors("h", p.step), third = factors("h/3", p.step / 3);
  const RungeKutta rk4(builder, one);
  const auto table = sine_table(bits, sine_bits, task.config, builder.program.free_table_words());
  const auto sine = builder.function(table, sine_function(table), "sine");

  const auto state = [&](std::size_t point) { return ends.last_layout().whole(x[0][point]); };
  // c, sin θ and cos φ at a point, and from them the three k, by this h.
  const auto slopes = [&](std::size_t at, const std::array<Operand, 4>& f) -> std::array<Sum, 3> {
    builder.multiply(c, W, x[0][at], "c = coupling W angle");
    builder.apply(sine, s, x[0][at], "sin angle");
    builder.bundle(r, {x[2][at] * one, quarter * one}, "phase + pi/2");
    builder.apply(sine, cosine, r, "cos phase");
    const auto& [h, damping, drive, turn] = f;
    return {Sum{x[1][at] * h}, Sum{c * h, -(s * h), -(x[1][at] * damping), cosine * drive}, Sum{turn * one}};
  };

  ends.read_in("angle(0)", {state(0), state(2), state(0)}, "x(0) = W_in");
  builder.program.phase(fmt::format("{} steps of RK4", steps));
  builder.repeat(steps, fmt::format("{} steps of {}", steps, p.step), [&] {
    for (std::size_t at = 0; at < 3; ++at) {
      const auto k = slopes(at, whole);
      for (std::size_t i = 0; i < 3; ++i)
        rk4.advance(x[i], at, k[i], names[i] + (at < 2 ? ": x + h slope / 2" : ": x + h slope"));
    }
    const auto k = slopes(3, third);
    for (std::size_t i = 0; i < 3; ++i) {
      const auto slot = rk4.finish(x[i], k[i], names[i] + ": (-x + x2 + 2 x3 + x4) / 3 + h slope / 6");
      builder.record_step(slot, names[i], bits, names[i] + "(#)", 1);
    }
  });
  ends.read_out("x", {state(0), state(2), state(1)}, "y = W_out x + b");
  return builder.finish(task);
}

}  // namespace stoic
