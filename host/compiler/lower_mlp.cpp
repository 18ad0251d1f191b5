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
  MlpLowering(const MlpParameters& parameters, const LoweringTask& task, const VectorStatistics& seen)
      : parameters_(parameters),
        task_(task),
        seen_(seen),
        builder_(task.config),
        ends_(builder_, task, seen) {}

  Compilation run() {
    choose_formats();
    for (auto& matrix : matrices_) builder_.place(matrix);
    ends_.place();
    place_vectors();
    ends_.read_in(name(1, "z"), {z_.front(), noise_, z_.front()}, name(1, "z") + " = W_in", bias(1));
    for (std::size_t k = 1; k <= count(); ++k) {
      builder_.program.phase(count() == 1 ? "hidden layer" : fmt::format("hidden layer {}", k));
      if (k > 1) sum(k);
      activate(k);
    }
    ends_.read_out("x", {x_.back(), noise_, z_.back()}, "y = W_out x + b");
    return builder_.finish(task_);
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
      Quantity z, x;
      z.format.fraction_bits =
          builder_.format(name(k, "z"), rectifies() ? seen_.ranges.at(name(k, "z")) : all);
      x.format = z.format;
      if (!rectifies())
        x.format.fraction_bits = builder_.format(
            name(k, "x"), parameters_.activation == Activation::tanh ? Range{-1, 1} : Range{0, 1},
            config.state_width - 1);
      z_.push_back(z);
      x_.push_back(x);
    }
    ends_.quantise(z_.front().bits(), x_.back().bits());
    for (std::size_t k = 1; k < count(); ++k)
      matrices_.push_back(builder_.matrix(matrix_name(k), task_.model.matrices.at(matrix_name(k)),
                                          seen_.moments.at(name(k, "x")), {x_[k - 1].bits(), z_[k].bits()}));
  }

  static std::string matrix_name(std::size_t k) { return fmt::format("W_{}", k); }

  void place_vectors() {
    const auto widest = *std::max_element(parameters_.layers.begin(), parameters_.layers.end());
    for (const auto& [what, vectors] : {std::pair{"z", &z_}, std::pair{"x", &x_}})
      for (std::size_t k = 1; k <= count(); ++k) {
        Quantity& vector = (*vectors)[k - 1];
        const auto length = parameters_.layers[k - 1];
        vector = k == 1 ? builder_.vector(name(k, what), length, vector.bits(), widest)
                        : builder_.overlay(name(k, what), vectors->front().word, length, vector.bits());
      }
    noise_ = task_.noise().any() ? builder_.vector("n", widest, z_.front().bits()) : z_.front();
    const auto free = builder_.program.free_table_words();
    const auto bits = z_.front().bits();
    const auto table = rectifies() ? rectifier_table(builder_.config(), free)
                       : parameters_.activation == Activation::tanh
                           ? tanh_table(bits, builder_.config(), free)
                           : sigmoid_table(bits, builder_.config(), free);
    const auto function = rectifies()                                  ? rectifier_function(table)
                          : parameters_.activation == Activation::tanh ? tanh_function(table)
                                                                       : sigmoid_function(table);
    function_ = builder_.function(table, function, table.name);
  }

  /// z_k = W_{k-1} x_{k-1} + b_k
  void sum(std::size_t k) {
    const auto text = fmt::format("{} = {} x + b", name(k, "z"), matrix_name(k - 1));
    const auto slot = builder_.multiply(z_[k - 1], matrices_[k - 2], x_[k - 2], text,
                                        {.bias = bias(k), .most = builder_.config().state_max()});
    builder_.record(slot, name(k, "z"), z_[k - 1].bits());
  }

  void activate(std::size_t k) {
    const char* text = rectifies()                                  ? "x = max(z, 0)"
                       : parameters_.activation == Activation::tanh ? "x = tanh z"
                                                                    : "x = 1 / (1 + exp(-z))";
    const auto slot = builder_.apply(function_, x_[k - 1], z_[k - 1], text);
    builder_.record(slot, name(k, "x"), x_[k - 1].bits());
  }

  const MlpParameters& parameters_;
  const LoweringTask& task_;
  const VectorStatistics& seen_;
  NetworkBuilder builder_;
  NetworkEnds ends_;
  std::vector<Quantity> z_, x_;
  std::vector<NetworkMatrix> matrices_;
  Quantity noise_;
  TableFunction function_;
};

}  // namespace

Compilation lower(const MlpParameters& parameters, const LoweringTask& task) {
  const auto& seen = task.calibration.once([&] {
    std::set<std::string> inputs_of_matrices;
    for (std::size_t k = 1; k < parameters.layers.size(); ++k)
      inputs_of_matrices.insert(MlpLowering::vector_name(parameters.layers.size(), k, "x"));
    return vector_statistics(task.model, task.samples(), task.noise(), inputs_of_matrices);
  });
  return MlpLowering(parameters, task, seen).run();
}

}  // namespace stoic
