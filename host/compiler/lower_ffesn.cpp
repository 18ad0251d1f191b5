#include "stoic/host/compiler/lower_ffesn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/compiler/program_builder.hpp"
#include "stoic/sim/contract/error.hpp"

namespace stoic {
namespace {

/// Room that a vector gets beyond what calibration saw of it.
constexpr double range_margin = 1.25;

struct Range {
  double least = 0;
  double most = 0;
  void include(const Eigen::MatrixXd& values) {
    least = std::min(least, values.minCoeff());
    most = std::max(most, values.maxCoeff());
  }
  double magnitude() const { return std::max(-least, most); }
};

/// A product W x + b whose binary points are known, on the way to a MATVEC.
struct Product {
  std::string name;  ///< of the matrix
  const QuantisedMatrix& weights;
  std::int64_t source_fraction_bits;
  std::int64_t source_magnitude;  ///< largest |code| of x
  std::int64_t result_fraction_bits;
};

/// A bias vector as states, which MATVEC shifts left to the binary point of the products.
struct Bias {
  std::vector<std::int32_t> codes;
  std::int64_t fraction_bits;
  std::int64_t shift;
};

class FfesnLowering {
 public:
  FfesnLowering(const Model& model, const Activations& calibration, const HardwareConfig& config)
      : model_(model), calibration_(calibration), builder_(config) {}

  Compilation run() {
    const auto& recipe = model_.recipe;
    const auto& config = builder_.config();
    // W_in meets raw pixels, so that they are exact: u = input_scale * pixel + input_offset.
    const auto W_in = weights("W_in", recipe.input_scale * model_.W_in);
    const auto W_reservoir = weights("W_reservoir", model_.W_reservoir);
    const auto W_out = weights("W_out", model_.W_out.leftCols(recipe.neurons));

    const auto pixels = format("pixels", Range{0, 255}, 0);
    const auto x0 = format("x(0)", range({calibration_.states.front()}));
    const auto z = format("z", range(calibration_.preactivations));
    const auto x = format("x", Range{-1, 1}, config.state_width - 1);
    const auto y = format("y", range({calibration_.logits}));

    // The matrix that is used T times comes first to the weight memory.
    const auto reservoir_place = builder_.matrix(W_reservoir);
    const auto out_place = builder_.matrix(W_out);
    const auto in_place = builder_.matrix(W_in);

    const auto pixel_word = builder_.vector("pixels", recipe.inputs, pixels, recipe.neurons);
    const auto z_word = builder_.overlay("z", pixel_word, recipe.neurons, z);
    const auto x_word = builder_.vector("x", recipe.neurons, x);
    const auto y_word = builder_.vector("y", recipe.classes, y);
    builder_.emit(Load{.destination = pixel_word, .length = recipe.inputs}, "pixels");

    Matvec read_in{
        .destination = x_word, .source = pixel_word, .rows = recipe.neurons, .columns = recipe.inputs};
    const Eigen::VectorXd offset = recipe.input_offset * model_.W_in.rowwise().sum();
    bind(read_in, {"W_in", W_in, pixels, 255, x0}, offset);
    builder_.emit_matvec(read_in, in_place, "x(0) = W_in u");

    Matvec first{.destination = z_word, .source = x_word, .rows = recipe.neurons, .columns = recipe.neurons};
    bind(first, {"W_reservoir", W_reservoir, x0, -config.state_min(), z}, {});
    builder_.emit_matvec(first, reservoir_place, "z = W' x(0)");
    const auto table = tanh_table(z, config, builder_.free_table_words());
    auto tanh = tanh_function(table);
    tanh.table = builder_.table(table);
    tanh.destination = x_word;
    tanh.source = z_word;
    tanh.length = recipe.neurons;
    functions_.push_back({{"slot", builder_.emit(tanh, "x = tanh z")},
                          {"name", "tanh"},
                          {"input_fraction_bits", z},
                          {"output_fraction_bits", x}});
    if (recipe.steps > 1) {
      Matvec later = first;
      bind(later, {"W_reservoir", W_reservoir, x, config.state_max(), z}, {});
      if (recipe.steps > 2)
        builder_.emit(Loop{.count = recipe.steps - 1}, fmt::format("steps 2 to {}", recipe.steps));
      builder_.emit_matvec(later, reservoir_place, "z = W' x");
      functions_.push_back({{"slot", builder_.emit(tanh, "x = tanh z")},
                            {"name", "tanh"},
                            {"input_fraction_bits", z},
                            {"output_fraction_bits", x}});
      if (recipe.steps > 2) builder_.emit(End{}, "next step");
    }

    Matvec read_out{
        .destination = y_word, .source = x_word, .rows = recipe.classes, .columns = recipe.neurons};
    bind(read_out, {"W_out", W_out, x, config.state_max(), y}, model_.W_out.rightCols(1));
    builder_.emit_matvec(read_out, out_place, "y = W_out x + b");
    builder_.emit(Store{.source = y_word, .length = recipe.classes}, "y");
    builder_.emit(Halt{}, "done");
    return finish(table);
  }

 private:
  QuantisedMatrix weights(const std::string& name, const Eigen::MatrixXd& matrix) {
    auto quantised = quantise_matrix(matrix, builder_.config().weight_width);
    result_.matrices.push_back({name, matrix.minCoeff(), matrix.maxCoeff(), quantised.fraction_bits});
    return quantised;
  }

  static Range range(const std::vector<Eigen::MatrixXd>& values) {
    Range result;
    for (const auto& matrix : values) result.include(matrix);
    return result;
  }

  std::int64_t format(const std::string& name, const Range& range) {
    return format(name, range,
                  fraction_bits_for(range_margin * range.magnitude(), builder_.config().state_width));
  }
  std::int64_t format(const std::string& name, const Range& range, std::int64_t fraction_bits) {
    result_.formats.push_back({name, range.least, range.most, fraction_bits});
    return fraction_bits;
  }

  Bias quantise_bias(const Product& product, const Eigen::VectorXd& values) const {
    const auto width = builder_.config().state_width;
    const auto sum_bits = product.weights.fraction_bits + product.source_fraction_bits;
    Bias bias;
    // Never finer than the products: the shift goes left, by at most 63.
    const double magnitude = values.cwiseAbs().maxCoeff();
    const auto bits = magnitude == 0 ? sum_bits : fraction_bits_for(magnitude, width);
    bias.fraction_bits = std::clamp(bits, sum_bits - 63, sum_bits);
    bias.shift = sum_bits - bias.fraction_bits;
    for (const double value : values) bias.codes.push_back(quantise(value, bias.fraction_bits, width));
    return bias;
  }

  /// Sets shifts and bias of a MATVEC, and proves that no accumulator overflows.
  void bind(Matvec& matvec, const Product& product, const Eigen::VectorXd& bias_values) {
    matvec.result_shift =
        product.weights.fraction_bits + product.source_fraction_bits - product.result_fraction_bits;
    if (matvec.result_shift < -64 || matvec.result_shift > 63)
      throw Error(fmt::format(
          "the product with {} needs a shift by {} bits, the instruction has -64 to 63; scale the weights",
          product.name, matvec.result_shift));
    std::vector<std::int64_t> start(static_cast<std::size_t>(matvec.rows), 0);
    if (bias_values.size() > 0 && !bias_values.isZero(0)) {
      const auto bias = quantise_bias(product, bias_values);
      matvec.biased = 1;
      matvec.bias_shift = bias.shift;
      matvec.bias = builder_.constant("bias of " + product.name, bias.codes, bias.fraction_bits);
      std::transform(bias.codes.begin(), bias.codes.end(), start.begin(), [&](std::int64_t code) {
        const auto limit = std::int64_t{1} << 62;
        return std::abs(code) > (limit >> bias.shift) ? limit : std::abs(code) << bias.shift;
      });
    }
    prove_accumulator(product, start);
  }

  void prove_accumulator(const Product& product, const std::vector<std::int64_t>& start) const {
    const auto& config = builder_.config();
    const double most = std::ldexp(1.0, static_cast<int>(config.accumulator_width - 1)) - 1;
    for (Eigen::Index r = 0; r < product.weights.codes.rows(); ++r) {
      const double sum =
          static_cast<double>(product.weights.codes.row(r).cast<std::int64_t>().cwiseAbs().sum()) *
              static_cast<double>(product.source_magnitude) +
          static_cast<double>(start[static_cast<std::size_t>(r)]);
      if (sum > most)
        throw Error(
            fmt::format("hardware configuration {}: row {} of {} can sum to {:.6g}, beyond the {} bits of "
                        "its accumulator; "
                        "raise accumulator_width",
                        config.name, r, product.name, sum, config.accumulator_width));
    }
  }

  Compilation finish(const FunctionTable& table) {
    result_.state_words_per_lane = builder_.state_words_used();
    result_.function_error = table.largest_error;
    nlohmann::ordered_json metadata;
    metadata["recipe"] = recipe_text(model_.recipe);
    metadata["functions"] = functions_;
    result_.image = builder_.finish(metadata.dump());
    return std::move(result_);
  }

  const Model& model_;
  const Activations& calibration_;
  ProgramBuilder builder_;
  Compilation result_;
  std::vector<nlohmann::ordered_json> functions_;
};

}  // namespace

Compilation lower_ffesn(const Model& model, const Activations& calibration, const HardwareConfig& config) {
  return FfesnLowering(model, calibration, config).run();
}

}  // namespace stoic
