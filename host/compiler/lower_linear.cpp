#include <cmath>

#include "stoic/host/compiler/input_format.hpp"
#include "stoic/host/compiler/network_ends.hpp"

namespace stoic {

/// Softmax regression as a program: MATVEC y = W_out u + b on pixels or values as they come; the scale of the
/// input is folded into W_out. With noise a BUNDLE makes the state x = input_scale * v first.
Compilation lower(const LinearParameters& parameters, const LoweringTask& task) {
  const Recipe& recipe = task.model.recipe;
  const Noise& noise = task.noise();
  const auto& input = task.input;
  const auto n = parameters.inputs;
  const auto& seen =
      task.calibration.once([&] { return vector_statistics(task.model, task.samples(), noise); });
  NetworkBuilder builder(task.config);
  NetworkEnds ends(builder, task, seen);
  // x is the input without its offset, which goes to the bias.
  const Eigen::MatrixXd read_out = task.model.W_out.leftCols(n);
  // Of the pixels also with noise, which changes no weights.
  const double reach = std::abs(input.scale) * input.reach;
  if (noise.any())
    ends.quantise_read_out(fraction_bits_for(reach, task.config.state_width), read_out);
  else
    ends.quantise_read_out(input.fraction_bits, input.scale * read_out);
  ends.place_read_out();
  ends.place_input();
  ends.place_output();
  ends.take_sample();
  auto x = ends.sample();
  if (noise.any()) {
    builder.program.phase("noise");
    const auto bits = builder.format("x", with_noise({-reach, reach}, noise.observation + noise.dynamic));
    const auto normals = builder.vector("n", n, 0), sum = builder.vector("x", n, bits);
    double gain = input.scale;
    for (const double sigma : {noise.observation, noise.dynamic}) {
      if (sigma == 0) continue;
      ends.add_noise("x", {x, normals, sum}, ends.last_layout(), Eigen::VectorXd::Constant(1, gain),
                     Eigen::VectorXd::Constant(1, sigma));
      x = sum;
      gain = 1;
    }
  }
  ends.put_out(x, task.model.W_out.col(n) + recipe.input_offset * read_out.rowwise().sum(), "y = W_out u + b",
               noise.any() ? 0 : input.largest_code);
  return builder.finish(task);
}

}  // namespace stoic
