#include <cmath>

#include "stoic/host/compiler/input_format.hpp"
#include "stoic/host/compiler/network_ends.hpp"

namespace stoic {

/// Softmax regression as a program: MATVEC y = W_out u + b on pixels or values as they come; the scale of the
/// input is folded into W_out. With noise a BUNDLE makes the state x = input_scale * v first.
Compilation lower(const LinearParameters& parameters, const LoweringTask& task) {
  const auto& [model, samples, config, noise, input, calibrated] = task;
  const Recipe& recipe = model.recipe;
  const auto n = parameters.inputs;
  const auto& seen =
      task.calibrated.once([&] { return calibrate(task.model, task.samples, task.noise, {"u"}); });
  NetworkBuilder builder(config);
  const bool noisy = noise.any();
  // x is the input without its offset, which goes to the bias.
  const double scale = noisy ? 1 : input.scale;
  const Eigen::MatrixXd read_out = model.W_out.leftCols(n);
  const auto y_bits = builder.format("y", seen.range({"y"}));
  const auto pixel_bits = builder.format(input.name, input.range, input.fraction_bits);
  // Of the pixels also with noise, which changes no weights.
  const double reach = std::abs(input.scale) * input.reach;
  const auto source_bits = noisy ? fraction_bits_for(reach, config.state_width) : pixel_bits;
  const auto weights =
      builder.weights("W_out", scale * read_out, seen.moments.at("u"), {source_bits, y_bits});
  const auto place = builder.program.matrix(weights);
  VectorPlace x{builder.program.vector(input.name, n, pixel_bits), pixel_bits};
  const auto y = builder.program.vector("y", recipe.classes, y_bits);
  builder.program.phase("input");
  builder.program.emit(Load{.destination = x.word, .length = n}, input.name);
  if (noisy) {
    builder.program.phase("noise");
    const Range room = with_noise({-reach, reach}, noise.observation + noise.dynamic);
    const auto bits = builder.format("x", room);
    const auto normals = builder.program.vector("n", n, 0), sum_word = builder.program.vector("x", n, bits);
    double gain = input.scale;
    for (const double sigma : {noise.observation, noise.dynamic}) {
      if (sigma == 0) continue;
      builder.load_noise(normals, n, "n");
      const NoiseSum sum{.name = "x",
                         .destination = sum_word,
                         .source = x.word,
                         .noise = normals,
                         .length = n,
                         .source_fraction_bits = x.fraction_bits,
                         .result_fraction_bits = bits};
      builder.add_noise(sum, builder.noise_factors(sum, Eigen::VectorXd::Constant(1, gain),
                                                   Eigen::VectorXd::Constant(1, sigma)));
      x = {sum_word, bits};
      gain = 1;
    }
  }
  Matvec matvec{.destination = y, .source = x.word, .rows = recipe.classes, .columns = n};
  const Eigen::VectorXd bias = model.W_out.col(n) + recipe.input_offset * read_out.rowwise().sum();
  builder.bind(
      matvec,
      {"W_out", weights, x.fraction_bits, noisy ? config.state_max() + 1 : input.largest_code, y_bits}, bias);
  builder.program.phase("read-out");
  builder.record(builder.program.emit_matvec(matvec, place, "y = W_out u + b"), "y", y_bits);
  builder.program.phase("output");
  builder.program.emit(Store{.source = y, .length = recipe.classes}, "y");
  builder.program.emit(Halt{}, "done");
  return builder.finish(recipe, noise);
}

}  // namespace stoic
