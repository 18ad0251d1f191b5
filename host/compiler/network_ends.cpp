#include "stoic/host/compiler/network_ends.hpp"

#include <fmt/format.h>

namespace stoic {

NetworkEnds::NetworkEnds(NetworkBuilder& builder, const LoweringTask& task, const EndStatistics& seen,
                         const std::vector<std::string>& components)
    : builder_(builder),
      model_(task.model),
      seen_(seen),
      noise_(task.noise()),
      first_(task.config, task.model.recipe.neurons(), components),
      last_(task.config, task.model.recipe.last_neurons(), components),
      input_(builder, task) {}

Eigen::MatrixXd NetworkEnds::scaled(Eigen::MatrixXd rows) const {
  for (Eigen::Index row = 0; row < rows.rows(); ++row)
    rows.row(row) *= in_scale_(in_scale_.size() == 1 ? 0 : row % first_.sites());
  return rows;
}

void NetworkEnds::quantise_read_in(std::int64_t state_bits, const Eigen::ArrayXd& scale) {
  in_scale_ = scale;
  W_in_ = {"W_in", input_.weights(first_.rows(scaled(model_.W_in)), state_bits), {}};
}

void NetworkEnds::quantise_read_out(std::int64_t state_bits, double scale) {
  out_scale_ = scale;
  quantise_read_out(state_bits, model_.W_out.leftCols(model_.recipe.last_neurons()) / scale);
}

void NetworkEnds::quantise_read_out(std::int64_t state_bits, const Eigen::MatrixXd& weights) {
  y_.format.fraction_bits = builder_.format("y", seen_.y);
  const auto moments =
      last_.components() == 1 ? seen_.last_moments : SecondMoments(last_.both(seen_.last_moments.mean()));
  W_out_ = builder_.matrix("W_out", last_.columns(weights), moments, {state_bits, y_.bits()});
}

void NetworkEnds::quantise(std::int64_t first_bits, std::int64_t last_bits, double scale) {
  quantise_read_in(first_bits, Eigen::ArrayXd::Constant(1, scale));
  quantise_read_out(last_bits, scale);
}

void NetworkEnds::place_output() { y_ = builder_.vector("y", model_.recipe.classes, y_.bits()); }

void NetworkEnds::place() {
  place_read_out();
  place_read_in();
  place_input();
  place_output();
}

void NetworkEnds::read_in(const std::string& name, const NoisyState& x, const std::string& text,
                          const Eigen::VectorXd& bias) {
  take_sample();
  Eigen::MatrixXd offset = scaled(input_.offset());
  if (bias.size() > 0) offset += scaled(bias);
  builder_.program.phase("read-in");
  const bool biased = bias.size() > 0 || model_.b_in.size() > 0;
  const auto slot =
      builder_.multiply(x.state, W_in_, input_.source(),
                        fmt::format("{} {}{}", text, model_.recipe.convolutions.empty() ? "u" : "features",
                                    biased ? " + b" : ""),
                        {.bias = first_.rows(offset), .most = input_.largest_code()});
  if (!name.empty()) builder_.record(slot, name, x.state.bits());
  if (noise_.observation == 0) return;
  builder_.program.phase("observational noise");
  const Eigen::ArrayXd sigma = noise_.observation * in_scale_;
  const Eigen::ArrayXd gain = sigma.unaryExpr([&](double s) {
    return x.any_length ? 1 / with_noise({0, 1}, s).most : 1.0;
  });
  add_noise(name.empty() ? "v" : "noisy " + name, x, first_, gain, gain * sigma);
}

void NetworkEnds::add_noise(const std::string& name, const NoisyState& x, const StateLayout& layout,
                            const Eigen::VectorXd& gain, const Eigen::VectorXd& sigma) {
  NoiseSum sum{.name = name,
               .length = layout.sites(),
               .source_fraction_bits = x.state.bits(),
               .result_fraction_bits = x.noisy.bits()};
  for (std::size_t c = 0; c < layout.components(); ++c)
    builder_.load_noise(layout.component(x.scratch, c).word, layout.sites(), layout.name("n", c));
  const auto factors = builder_.noise_factors(sum, gain, sigma);
  for (std::size_t c = 0; c < layout.components(); ++c) {
    sum.name = layout.name(name, c);
    sum.source = layout.component(x.state, c).word;
    sum.noise = layout.component(x.scratch, c).word;
    sum.destination = layout.component(x.noisy, c).word;
    if (sum.destination != sum.source || x.noisy.bits() != x.state.bits())
      builder_.overlay(sum.name, sum.destination, layout.sites(), x.noisy.bits());
    builder_.add_noise(sum, factors);
  }
}

void NetworkEnds::add_noise(const std::string& name, const NoisyState& x, double sigma) {
  add_noise(name, x, first_, Eigen::VectorXd::Ones(1), Eigen::VectorXd::Constant(1, sigma));
}

void NetworkEnds::read_out(const std::string& name, NoisyState x, const std::string& text,
                           std::int64_t most) {
  if (noise_.dynamic > 0) {
    builder_.program.phase("dynamical noise");
    x.noisy.format.fraction_bits =
        builder_.format("noisy " + name, {out_scale_ * seen_.last.least, out_scale_ * seen_.last.most});
    add_noise("noisy " + name, x, last_, Eigen::VectorXd::Ones(1),
              Eigen::VectorXd::Constant(1, out_scale_ * noise_.dynamic));
    x.state = x.noisy;
    most = 0;
  }
  put_out(x.state, model_.W_out.rightCols(1), text, most);
}

void NetworkEnds::put_out(const Quantity& source, const Eigen::VectorXd& bias, const std::string& text,
                          std::int64_t most) {
  builder_.program.phase("read-out");
  builder_.record(builder_.multiply(y_, W_out_, source, text, {.bias = bias, .most = most}), "y", y_.bits());
  builder_.program.phase("output");
  builder_.program.emit(Store{.source = y_.word, .length = model_.recipe.classes}, "y");
  builder_.program.emit(Halt{}, "done");
}

}  // namespace stoic
