#include <cmath>

#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/compiler/network_ends.hpp"

namespace stoic {

/// Softmax regression as a program: MATVEC y = W_out u + b on raw pixels, which are exact; the scale of the
/// input is folded into W_out. With noise a BUNDLE makes the state x = input_scale * pixel first.
Compilation lower(const LinearParameters& parameters, const LoweringTask& task) {
  const auto& [model, pixels, config, noise] = task;
  const Recipe& recipe = model.recipe;
  const auto n = parameters.inputs;
  const auto seen = calibrate(model, pixels, noise, {"u"});
  NetworkBuilder builder(config);
  const bool noisy = noise.any();
  // x is the input without its offset, which goes to the bias.
  const double scale = noisy ? 1 : recipe.input_scale;
  const Eigen::MatrixXd read_out = model.W_out.leftCols(n);
  const auto y_bits = builder.format("y", seen.range({"y"}));
  const auto pixel_bits = builder.format("pixels", Range{0, 255}, pixel_state_bits(config.state_width));
  // Of the pixels also with noise, which changes no weights.
  const double reach = std::abs(recipe.input_scale) * 255;
  const auto source_bits = noisy ? fraction_bits_for(reach, config.state_width) : pixel_bits;
  const auto weights =
      builder.weights("W_out", scale * read_out, seen.moments.at("u"), {source_bits, y_bits});
  const auto place = builder.program.matrix(weights);
  VectorPlace x{builder.program.vector("pixels", n, pixel_bits), pixel_bits};
  const auto y = builder.program.vector("y", recipe.classes, y_bits);
  builder.program.phase("input");
  builder.program.emit(Load{.destination = x.word, .length = n}, "pixels");
  if (noisy) {
    builder.program.phase("noise");
    const Range room = with_noise({-reach, reach}, noise.observation + noise.dynamic);
    const auto bits = builder.format("x", room);
    const auto normals = builder.program.vector("n", n, 0), sum_word = builder.program.vector("x", n, bits);
    double gain = recipe.input_scale;
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
  builder.bind(matvec,
               {"W_out", weights, x.fraction_bits,
                noisy ? config.state_max() + 1 : pixel_state(255, config.state_width), y_bits},
               bias);
  builder.program.phase("read-out");
  builder.record(builder.program.emit_matvec(matvec, place, "y = W_out u + b"), "y", y_bits);
  builder.program.phase("output");
  builder.program.emit(Store{.source = y, .length = recipe.classes}, "y");
  builder.program.emit(Halt{}, "done");
  return builder.finish(recipe, noise);
}

}  // namespace stoic
