#include "stoic/host/compiler/network_ends.hpp"

namespace stoic {

/// A hidden layer of rectifiers as a program: MATVEC z = W_in u + b; FUNCTION x = max(z, 0). Both have one
/// binary point, so the rectifier rounds nothing.
Compilation lower(const MlpParameters& parameters, const LoweringTask& task) {
  const auto& seen = task.calibrated.once([&] { return calibrate(task.model, task.samples, task.noise); });
  NetworkBuilder builder(task.config);
  NetworkEnds ends(builder, task, seen);
  const auto bits = builder.format("z", seen.range({"z"}));
  ends.quantise(bits, bits);
  ends.place();
  const auto n = parameters.neurons;
  const VectorPlace z{builder.program.vector("z", n, bits), bits},
      x{builder.program.vector("x", n, bits), bits};
  const auto noise = task.noise.any() ? builder.program.vector("n", n, bits) : z.word;
  const auto table = rectifier_table(task.config, builder.program.free_table_words());
  ends.read_in("z", z, noise, task.model.matrices.at("b_hidden"));
  builder.program.phase("hidden layer");
  Function rectifier = rectifier_function(table);
  rectifier.destination = x.word;
  rectifier.source = z.word;
  rectifier.length = n;
  rectifier.table = builder.program.table(table);
  const auto slot = builder.program.emit(rectifier, "x = max(z, 0)");
  builder.record(slot, "x", bits);
  builder.record_function(slot, "rectifier", bits, bits);
  builder.result.function_error = table.largest_error;
  ends.read_out(x, noise, z.word);
  return builder.finish(task.model.recipe, task.noise);
}

}  // namespace stoic
