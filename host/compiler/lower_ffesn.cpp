#include "stoic/host/compiler/lower_ffesn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/compiler/compensated_rounding.hpp"
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
    choose_formats();
    place();
    read_in();
    steps();
    read_out();
    return finish();
  }

 private:
  std::int64_t neurons() const { return model_.recipe.neurons; }

  void choose_formats() {
    // W_in meets raw pixels, so that they are exact: u = input_scale * pixel + input_offset.
    const auto& states = calibration_.states;
    W_in_ = weights("W_in", model_.recipe.input_scale * model_.W_in, second_moments({&calibration_.inputs}));
    W_reservoir_ =
        weights("W_reservoir", model_.W_reservoir, second_moments(pointers(states, states.size() - 1)));
    W_out_ = weights("W_out", model_.W_out.leftCols(neurons()), second_moments({&states.back()}));
    pixels_.fraction_bits = format("pixels", Range{0, 255}, 0);
    x0_bits_ = format("x(0)", range({calibration_.states.front()}));
    z_.fraction_bits = format("z", range(calibration_.preactivations));
    x_.fraction_bits = format("x", Range{-1, 1}, builder_.config().state_width - 1);
    y_.fraction_bits = format("y", range({calibration_.logits}));
  }

  void place() {
    // The matrix that is used T times comes first to the weight memory.
    reservoir_place_ = builder_.matrix(W_reservoir_);
    out_place_ = builder_.matrix(W_out_);
    in_place_ = builder_.matrix(W_in_);
    // The pixels are used up when the first z is made.
    pixels_.word = builder_.vector("pixels", model_.recipe.inputs, pixels_.fraction_bits, neurons());
    z_.word = builder_.overlay("z", pixels_.word, neurons(), z_.fraction_bits);
    x_.word = builder_.vector("x", neurons(), x_.fraction_bits);
    y_.word = builder_.vector("y", model_.recipe.classes, y_.fraction_bits);
    table_ = tanh_table(z_.fraction_bits, builder_.config(), builder_.free_table_words());
    tanh_ = tanh_function(table_);
    tanh_.table = builder_.table(table_);
    tanh_.destination = x_.word;
    tanh_.source = z_.word;
    tanh_.length = neurons();
  }

  void read_in() {
    const auto inputs = model_.recipe.inputs;
    builder_.phase("input");
    builder_.emit(Load{.destination = pixels_.word, .length = inputs}, "pixels");
    Matvec matvec{.destination = x_.word, .source = pixels_.word, .rows = neurons(), .columns = inputs};
    const Eigen::VectorXd offset = model_.recipe.input_offset * model_.W_in.rowwise().sum();
    bind(matvec, {"W_in", W_in_, pixels_.fraction_bits, 255, x0_bits_}, offset);
    builder_.phase("read-in");
    record(builder_.emit_matvec(matvec, in_place_, "x(0) = W_in u"), "x(0)", x0_bits_);
  }

  void steps() {
    const auto count = model_.recipe.steps;
    const auto& config = builder_.config();
    builder_.phase("step 1");
    step(x0_bits_, -config.state_min(), "z = W' x(0)");
    if (count > 1) builder_.phase(count > 2 ? fmt::format("steps 2 to {}", count) : "step 2");
    if (count > 2) builder_.emit(Loop{.count = count - 1}, fmt::format("steps 2 to {}", count));
    if (count > 1) step(x_.fraction_bits, config.state_max(), "z = W' x");
    if (count > 2) builder_.emit(End{}, "next step");
  }

  /// One step on an x with the given binary point and largest |code|.
  void step(std::int64_t fraction_bits, std::int64_t magnitude, const std::string& text) {
    Matvec matvec{.destination = z_.word, .source = x_.word, .rows = neurons(), .columns = neurons()};
    bind(matvec, {"W_reservoir", W_reservoir_, fraction_bits, magnitude, z_.fraction_bits}, {});
    record(builder_.emit_matvec(matvec, reservoir_place_, text), "z", z_.fraction_bits);
    const auto slot = builder_.emit(tanh_, "x = tanh z");
    record(slot, "x", x_.fraction_bits);
    functions_.push_back({{"slot", slot},
                          {"name", "tanh"},
                          {"input_fraction_bits", z_.fraction_bits},
                          {"output_fraction_bits", x_.fraction_bits}});
  }

  void read_out() {
    Matvec matvec{
        .destination = y_.word, .source = x_.word, .rows = model_.recipe.classes, .columns = neurons()};
    bind(matvec, {"W_out", W_out_, x_.fraction_bits, builder_.config().state_max(), y_.fraction_bits},
         model_.W_out.rightCols(1));
    builder_.phase("read-out");
    record(builder_.emit_matvec(matvec, out_place_, "y = W_out x + b"), "y", y_.fraction_bits);
    builder_.phase("output");
    builder_.emit(Store{.source = y_.word, .length = model_.recipe.classes}, "y");
    builder_.emit(Halt{}, "done");
  }

  /// Notes which vector of the float reference an instruction computes, for the comparison.
  void record(std::int64_t slot, const std::string& name, std::int64_t fraction_bits) {
    results_.push_back({{"slot", slot}, {"name", name}, {"fraction_bits", fraction_bits}});
  }

  static std::vector<const Eigen::MatrixXd*> pointers(const std::vector<Eigen::MatrixXd>& matrices,
                                                      std::size_t count) {
    std::vector<const Eigen::MatrixXd*> result;
    for (std::size_t i = 0; i < count; ++i) result.push_back(&matrices[i]);
    return result;
  }

  /// Mean of x xᵀ over the samples (columns) of all these vectors.
  static Eigen::MatrixXd second_moments(const std::vector<const Eigen::MatrixXd*>& vectors) {
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(vectors[0]->rows(), vectors[0]->rows());
    for (const auto* x : vectors) sum.selfadjointView<Eigen::Lower>().rankUpdate(*x);
    sum.triangularView<Eigen::StrictlyUpper>() = sum.transpose();
    return sum / static_cast<double>(vectors.size() * vectors[0]->cols());
  }

  QuantisedMatrix weights(const std::string& name, const Eigen::MatrixXd& matrix,
                          const Eigen::MatrixXd& moments) {
    auto quantised = quantise_for_products(matrix, builder_.config().weight_width, moments);
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
    std::vector<double> start(static_cast<std::size_t>(matvec.rows), 0);
    if (bias_values.size() > 0 && !bias_values.isZero(0)) {
      const auto bias = quantise_bias(product, bias_values);
      matvec.biased = 1;
      matvec.bias_shift = bias.shift;
      matvec.bias = builder_.constant("bias of " + product.name, bias.codes, bias.fraction_bits);
      std::transform(bias.codes.begin(), bias.codes.end(), start.begin(), [&](std::int32_t code) {
        return std::ldexp(std::abs(code), static_cast<int>(bias.shift));
      });
    }
    prove_accumulator(product, start);
  }

  void prove_accumulator(const Product& product, const std::vector<double>& start) const {
    const auto& config = builder_.config();
    const double most = std::ldexp(1.0, static_cast<int>(config.accumulator_width - 1)) - 1;
    for (Eigen::Index r = 0; r < product.weights.codes.rows(); ++r) {
      const double sum =
          static_cast<double>(product.weights.codes.row(r).cast<std::int64_t>().cwiseAbs().sum()) *
              static_cast<double>(product.source_magnitude) +
          start[static_cast<std::size_t>(r)];
      if (sum > most)
        throw Error(
            fmt::format("hardware configuration {}: row {} of {} can sum to {:.6g}, beyond the {} bits of "
                        "its accumulator; "
                        "raise accumulator_width",
                        config.name, r, product.name, sum, config.accumulator_width));
    }
  }

  Compilation finish() {
    result_.state_words_per_lane = builder_.state_words_used();
    result_.function_error = table_.largest_error;
    nlohmann::ordered_json metadata;
    metadata["recipe"] = recipe_text(model_.recipe);
    metadata["functions"] = functions_;
    metadata["results"] = results_;
    metadata["phases"] = builder_.phases();
    result_.image = builder_.finish(metadata.dump());
    return std::move(result_);
  }

  /// A vector of the state memory.
  struct Place {
    std::int64_t word = 0;
    std::int64_t fraction_bits = 0;
  };

  const Model& model_;
  const Activations& calibration_;
  ProgramBuilder builder_;
  Compilation result_;
  QuantisedMatrix W_in_, W_reservoir_, W_out_;
  MatrixPlace in_place_, reservoir_place_, out_place_;
  Place pixels_, z_, x_, y_;
  std::int64_t x0_bits_ = 0;  ///< x(0) shares the words of x, with a binary point of its own
  FunctionTable table_;
  Function tanh_;
  std::vector<nlohmann::ordered_json> functions_;
  std::vector<nlohmann::ordered_json> results_;
};

}  // namespace

Compilation lower_ffesn(const Model& model, const Activations& calibration, const HardwareConfig& config) {
  return FfesnLowering(model, calibration, config).run();
}

}  // namespace stoic
