#include "stoic/host/compiler/network_ends.hpp"

namespace stoic {

NetworkEnds::NetworkEnds(NetworkBuilder& builder, const LoweringTask& task, const Calibration& seen,
                         double scale)
    : builder_(builder),
      model_(task.model),
      seen_(seen),
      noise_(task.noise),
      scale_(scale),
      input_(builder, task) {
  y_.fraction_bits = builder.format("y", seen.range({"y"}));
}

void NetworkEnds::quantise(std::int64_t first_bits, std::int64_t last_bits) {
  W_in_ = input_.weights(scale_ * model_.W_in, first_bits);
  W_out_ = builder_.weights("W_out", model_.W_out.leftCols(model_.recipe.last_neurons()) / scale_,
                            seen_.moments.at("x(T)"), {last_bits, y_.fraction_bits});
}

void NetworkEnds::place() {
  out_place_ = builder_.program.matrix(W_out_);
  in_place_ = builder_.program.matrix(W_in_);
  input_.place();
  y_.word = builder_.program.vector("y", model_.recipe.classes, y_.fraction_bits);
}

void NetworkEnds::read_in(const std::string& name, const VectorPlace& state, std::int64_t scratch,
                          const Eigen::VectorXd& bias) {
  const auto neurons = model_.recipe.neurons();
  input_.emit();
  Eigen::VectorXd offset = scale_ * input_.offset();
  if (bias.size() > 0) offset += scale_ * bias;
  const auto slot = input_.read_in({W_in_, in_place_, state, offset, name + " = W_in u"});
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
  const auto neurons = model_.recipe.last_neurons(), classes = model_.recipe.classes;
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
