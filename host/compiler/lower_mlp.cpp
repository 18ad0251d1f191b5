#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "stoic/host/compiler/network_ends.hpp"

namespace stoic {
namespace {

/// A multilayer perceptron as a program: MATVEC z = W x + b and FUNCTION x = f(z), layer after layer in the
/// same words of z and x.
///
/// A rectifier keeps the binary point, so it rounds nothing; the sums of all layers of a smooth function have
/// one binary point, so that they share its table.
class MlpLowering {
 public:
  MlpLowering(const MlpParameters& parameters, const LoweringTask& task, const Calibration& seen)
      : parameters_(parameters),
        task_(task),
        seen_(seen),
        builder_(task.config),
        ends_(builder_, task, seen) {}

  Compilation run() {
    choose_formats();
    for (std::size_t k = 1; k < count(); ++k) places_.push_back(builder_.program.matrix(weights_[k - 1]));
    ends_.place();
    place_vectors();
    ends_.read_in(name(1, "z"), z_.front(), noise_, bias(1));
    for (std::size_t k = 1; k <= count(); ++k) {
      builder_.program.phase(count() == 1 ? "hidden layer" : fmt::format("hidden layer {}", k));
      if (k > 1) sum(k);
      activate(k);
    }
    ends_.read_out(x_.back(), noise_, z_.back().word);
    return builder_.finish(task_.model.recipe, task_.noise);
  }

  /// What the system's vectors() call "z" or "x" of layer k.
  static std::string vector_name(std::size_t layers, std::size_t k, const char* what) {
    return layers == 1 ? what : fmt::format("{} {}", k, what);
  }

 private:
  std::size_t count() const { return parameters_.layers.size(); }
  std::string name(std::size_t k, const char* what) const { return vector_name(count(), k, what); }
  bool rectifies() const { return parameters_.activation == Activation::relu; }
  Eigen::VectorXd bias(std::size_t k) const {
    return task_.model.matrices.at(parameters_.bias_name(k)).col(0);
  }

  void choose_formats() {
    const auto& config = builder_.config();
    Range all;
    for (std::size_t k = 1; k <= count(); ++k) all.include(seen_.ranges.at(name(k, "z")));
    for (std::size_t k = 1; k <= count(); ++k) {
      VectorPlace z, x;
      z.fraction_bits = builder_.format(name(k, "z"), rectifies() ? seen_.ranges.at(name(k, "z")) : all);
      x.fraction_bits = z.fraction_bits;
      if (!rectifies())
        x.fraction_bits = builder_.format(
            name(k, "x"), parameters_.activation == Activation::tanh ? Range{-1, 1} : Range{0, 1},
            config.state_width - 1);
      z_.push_back(z);
      x_.push_back(x);
    }
    ends_.quantise(z_.front().fraction_bits, x_.back().fraction_bits);
    for (std::size_t k = 1; k < count(); ++k)
      weights_.push_back(builder_.weights(matrix_name(k), task_.model.matrices.at(matrix_name(k)),
                                          seen_.moments.at(name(k, "x")),
                                          {x_[k - 1].fraction_bits, z_[k].fraction_bits}));
  }

  static std::string matrix_name(std::size_t k) { return fmt::format("W_{}", k); }

  void place_vectors() {
    auto& program = builder_.program;
    const auto widest = *std::max_element(parameters_.layers.begin(), parameters_.layers.end());
    for (const auto& [what, places] : {std::pair{"z", &z_}, std::pair{"x", &x_}})
      for (std::size_t k = 1; k <= count(); ++k) {
        VectorPlace& place = (*places)[k - 1];
        const auto length = parameters_.layers[k - 1];
        place.word = k == 1
                         ? program.vector(name(k, what), length, place.fraction_bits, widest)
                         : program.overlay(name(k, what), places->front().word, length, place.fraction_bits);
      }
    noise_ = task_.noise.any() ? program.vector("n", widest, z_.front().fraction_bits) : z_.front().word;
    const auto free = program.free_table_words();
    const auto bits = z_.front().fraction_bits;
    table_ = rectifies()                                  ? rectifier_table(builder_.config(), free)
             : parameters_.activation == Activation::tanh ? tanh_table(bits, builder_.config(), free)
                                                          : sigmoid_table(bits, builder_.config(), free);
    function_ = rectifies()                                  ? rectifier_function(table_)
                : parameters_.activation == Activation::tanh ? tanh_function(table_)
                                                             : sigmoid_function(table_);
    if (!rectifies()) function_.table = program.table(table_);
    builder_.result.function_error = table_.largest_error;
  }

  /// z_k = W_{k-1} x_{k-1} + b_k
  void sum(std::size_t k) {
    const VectorPlace &x = x_[k - 2], &z = z_[k - 1];
    Matvec matvec{.destination = z.word,
                  .source = x.word,
                  .rows = parameters_.layers[k - 1],
                  .columns = parameters_.layers[k - 2]};
    builder_.bind(matvec,
                  {matrix_name(k - 1), weights_[k - 2], x.fraction_bits, builder_.config().state_max(),
                   z.fraction_bits},
                  bias(k));
    const auto text = fmt::format("{} = {} x + b", name(k, "z"), matrix_name(k - 1));
    builder_.record(builder_.program.emit_matvec(matvec, places_[k - 2], text), name(k, "z"),
                    z.fraction_bits);
  }

  void activate(std::size_t k) {
    const VectorPlace &z = z_[k - 1], &x = x_[k - 1];
    if (k == 1 && rectifies()) function_.table = builder_.program.table(table_);
    function_.destination = x.word;
    function_.source = z.word;
    function_.length = parameters_.layers[k - 1];
    const auto slot = builder_.program.emit(function_, rectifies() ? "x = max(z, 0)"
                                                       : parameters_.activation == Activation::tanh
                                                           ? "x = tanh z"
                                                           : "x = 1 / (1 + exp(-z))");
    builder_.record(slot, name(k, "x"), x.fraction_bits);
    builder_.record_function(slot, table_.name, z.fraction_bits, x.fraction_bits);
  }

  const MlpParameters& parameters_;
  const LoweringTask& task_;
  const Calibration& seen_;
  NetworkBuilder builder_;
  NetworkEnds ends_;
  std::vector<VectorPlace> z_, x_;
  std::vector<QuantisedMatrix> weights_;
  std::vector<MatrixPlace> places_;
  std::int64_t noise_ = 0;
  FunctionTable table_;
  Function function_;
};

}  // namespace

Compilation lower(const MlpParameters& parameters, const LoweringTask& task) {
  const auto& seen = task.calibrated.once([&] {
    std::set<std::string> inputs_of_matrices;
    for (std::size_t k = 1; k < parameters.layers.size(); ++k)
      inputs_of_matrices.insert(MlpLowering::vector_name(parameters.layers.size(), k, "x"));
    return calibrate(task.model, task.samples, task.noise, inputs_of_matrices);
  });
  return MlpLowering(parameters, task, seen).run();
}

}  // namespace stoic
