#include <fmt/format.h>

#include "stoic/host/compiler/network_ends.hpp"

namespace stoic {

/// Neurons that forget slowly, as a program: T times { FUNCTION t = tanh x; BUNDLE x = (1 - a) x + a t }.
Compilation lower(const LeakyParameters& parameters, const LoweringTask& task) {
  const auto& seen =
      task.calibration.once([&] { return vector_statistics(task.model, task.samples(), task.noise()); });
  NetworkBuilder builder(task.config);
  NetworkEnds ends(builder, task, seen);
  const auto n = parameters.neurons, steps = parameters.steps, unit_bits = task.config.state_width - 1;
  // |x| only falls, so that one binary point serves all steps.
  const auto bits = builder.format("x", seen.range({"x(0)", "x"}));
  ends.quantise(bits, bits);
  ends.place();
  const auto x = builder.vector("x", n, bits), t = builder.vector("tanh x", n, unit_bits);
  const auto noisy = task.noise().dynamic > 0 ? builder.vector("noisy x", n, bits) : t;
  const auto keep = builder.factor("1 - a", 1 - parameters.leak, bits, bits);
  const auto leak = builder.factor("a", parameters.leak, unit_bits, bits);
  const auto table = tanh_table(bits, task.config, builder.program.free_table_words());
  const auto tanh = builder.function(table, tanh_function(table), "tanh");

  ends.read_in("x(0)", {x, t, x}, "x(0) = W_in");
  builder.program.phase(fmt::format("{} step{}", steps, steps > 1 ? "s" : ""));
  builder.repeat(steps, fmt::format("{} steps", steps), [&] {
    builder.apply(tanh, t, x, "t = tanh x");
    const auto slot = builder.bundle(x, {x * keep, t * leak}, "x = (1 - a) x + a t");
    builder.record_step(slot, "x", bits, "x(#)", 1);
  });
  ends.read_out("x", {x, t, noisy}, "y = W_out x + b");
  return builder.finish(task);
}

}  // namespace stoic
