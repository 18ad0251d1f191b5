#include <fmt/format.h>

#include "stoic/host/compiler/network_ends.hpp"

namespace stoic {

/// Neurons that forget slowly, as a program: T times { FUNCTION t = tanh x; BUNDLE x = (1 - a) x + a t }.
Compilation lower(const LeakyParameters& parameters, const LoweringTask& task) {
  const auto& seen = task.calibrated.once([&] { return calibrate(task.model, task.samples, task.noise); });
  NetworkBuilder builder(task.config);
  NetworkEnds ends(builder, task, seen);
  const auto n = parameters.neurons, steps = parameters.steps, unit_bits = task.config.state_width - 1;
  // |x| only falls, so that one binary point serves all steps.
  const auto bits = builder.format("x", seen.range({"x(0)", "x"}));
  ends.quantise(bits, bits);
  ends.place();
  const VectorPlace x{builder.program.vector("x", n, bits), bits};
  const auto t = builder.program.vector("tanh x", n, unit_bits);
  const auto noisy = task.noise.dynamic > 0 ? builder.program.vector("noisy x", n, bits) : t;
  const auto factor = [&](const char* name, double value, std::int64_t other_bits) {
    const auto factor_bits = builder.factor_bits(value, other_bits, bits);
    return std::pair(
        builder.constant(name, quantise(value, factor_bits, task.config.state_width), factor_bits),
        other_bits + factor_bits);
  };
  const auto [keep, kept_bits] = factor("1 - a", 1 - parameters.leak, bits);
  const auto [leak, leaked_bits] = factor("a", parameters.leak, unit_bits);
  const auto table = tanh_table(bits, task.config, builder.program.free_table_words());
  Function tanh = tanh_function(table);
  tanh.table = builder.program.table(table);
  tanh.destination = t;
  tanh.source = x.word;
  tanh.length = n;
  builder.result.function_error = table.largest_error;

  ends.read_in("x(0)", x, t);
  builder.program.phase(fmt::format("{} step{}", steps, steps > 1 ? "s" : ""));
  if (steps > 1) builder.program.emit(Loop{.count = steps}, fmt::format("{} steps", steps));
  const auto slot = builder.program.emit(tanh, "t = tanh x");
  builder.record_function(slot, "tanh", bits, unit_bits);
  builder.record_step(
      builder.bundle(x.word, n, {{false, {x.word}, keep, kept_bits}, {false, {t}, leak, leaked_bits}}, bits,
                     "x = (1 - a) x + a t"),
      "x", bits, "x(#)", 1);
  if (steps > 1) builder.program.emit(End{}, "next step");
  ends.read_out(x, t, noisy);
  return builder.finish(task.model.recipe, task.noise);
}

}  // namespace stoic
