#include "stoic/host/compiler/network_ends.hpp"

#include "stoic/host/compiler/input_codes.hpp"

namespace stoic {

NetworkEnds::NetworkEnds(NetworkBuilder& builder, const Model& model, const Calibration& seen,
                         const Noise& noise, double scale)
    : builder_(builder), model_(model), seen_(seen), noise_(noise), scale_(scale) {
  const auto neurons = model.recipe.neurons();
  // W_in meets raw pixels, so that they are exact in states of 9 bits and more: u = input_scale * pixel +
  // input_offset.
  W_in_ = builder.weights("W_in", scale * model.recipe.input_scale * model.W_in, seen.moments.at("u"));
  W_out_ = builder.weights("W_out", model.W_out.leftCols(neurons) / scale, seen.moments.at("x(T)"));
  pixels_.fraction_bits =
      builder.format("pixels", Range{0, 255}, pixel_state_bits(builder.config().state_width));
  y_.fraction_bits = builder.format("y", seen.range({"y"}));
}

void NetworkEnds::place() {
  out_place_ = builder_.program.matrix(W_out_);
  in_place_ = builder_.program.matrix(W_in_);
  pixels_.word = builder_.program.vector("pixels", model_.recipe.inputs, pixels_.fraction_bits);
  y_.word = builder_.program.vector("y", model_.recipe.classes, y_.fraction_bits);
}

void NetworkEnds::read_in(const std::string& name, const VectorPlace& state, std::int64_t scratch,
                          const Eigen::VectorXd& bias) {
  const auto inputs = model_.recipe.inputs, neurons = model_.recipe.neurons();
  builder_.program.phase("input");
  builder_.program.emit(Load{.destination = pixels_.word, .length = inputs}, "pixels");
  Matvec matvec{.destination = state.word, .source = pixels_.word, .rows = neurons, .columns = inputs};
  Eigen::VectorXd offset = scale_ * model_.recipe.input_offset * model_.W_in.rowwise().sum();
  if (bias.size() > 0) offset += scale_ * bias;
  builder_.bind(matvec,
                {"W_in", W_in_, pixels_.fraction_bits, pixel_state(255, builder_.config().state_width),
                 state.fraction_bits},
                offset);
  builder_.program.phase("read-in");
  const auto slot = builder_.program.emit_matvec(matvec, in_place_, name + " = W_in u");
  if (noise_.observation == 0) return builder_.record(slot, name, state.fraction_bits);
  builder_.program.phase("observational noise");
  builder_.load_noise(scratch, neurons, "n");
  const NoiseSum sum{.name = "noisy x(0)",
                     .destination = state.word,
                     .source = state.word,
                     .noise = scratch,
                     .length = neurons,
                     .source_fraction_bits = state.fraction_bits,
                     .result_fraction_bits = state.fraction_bits};
  builder_.add_noise(sum, builder_.noise_factors(sum, Eigen::VectorXd::Ones(1),
                                                 Eigen::VectorXd::Constant(1, scale_ * noise_.observation)));
}

void NetworkEnds::read_out(const VectorPlace& state, std::int64_t scratch, std::int64_t noisy) {
  const auto neurons = model_.recipe.neurons(), classes = model_.recipe.classes;
  VectorPlace last = state;
  if (noise_.dynamic > 0) {
    builder_.program.phase("dynamical noise");
    const auto seen = seen_.range({"x(T)"});
    last.word = noisy;
    last.fraction_bits = builder_.format("noisy x", {scale_ * seen.least, scale_ * seen.most});
    builder_.load_noise(scratch, neurons, "n");
    builder_.program.overlay("noisy x", noisy, neurons, last.fraction_bits);
    const NoiseSum sum{.name = "noisy x",
                       .destination = noisy,
                       .source = state.word,
                       .noise = scratch,
                       .length = neurons,
                       .source_fraction_bits = state.fraction_bits,
                       .result_fraction_bits = last.fraction_bits};
    builder_.add_noise(sum, builder_.noise_factors(sum, Eigen::VectorXd::Ones(1),
                                                   Eigen::VectorXd::Constant(1, scale_ * noise_.dynamic)));
  }
  Matvec matvec{.destination = y_.word, .source = last.word, .rows = classes, .columns = neurons};
  builder_.bind(matvec,
                {"W_out", W_out_, last.fraction_bits, builder_.config().state_max() + 1, y_.fraction_bits},
                model_.W_out.rightCols(1));
  builder_.program.phase("read-out");
  builder_.record(builder_.program.emit_matvec(matvec, out_place_, "y = W_out x + b"), "y", y_.fraction_bits);
  builder_.program.phase("output");
  builder_.program.emit(Store{.source = y_.word, .length = classes}, "y");
  builder_.program.emit(Halt{}, "done");
}

}  // namespace stoic
