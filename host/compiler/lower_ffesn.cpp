#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "stoic/host/compiler/calibrate_ffesn.hpp"
#include "stoic/host/compiler/input_stage.hpp"
#include "stoic/host/compiler/network_builder.hpp"

namespace stoic {
namespace {

/// What the float reference makes of calibration samples.
struct FfesnCalibration {
  Activations clean, noisy;  ///< without noise the latter are empty
  SecondMoments before_steps, last;
};

/// Mean of x xᵀ over the samples (columns) of the first `count` of these vectors, from number `first`.
Eigen::MatrixXd second_moments(const std::vector<Eigen::MatrixXd>& vectors, std::size_t first,
                               std::size_t count) {
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(vectors[0].rows(), vectors[0].rows());
  for (std::size_t i = first; i < first + count; ++i)
    sum.selfadjointView<Eigen::Lower>().rankUpdate(vectors[i]);
  sum.triangularView<Eigen::StrictlyUpper>() = sum.transpose();
  return sum / static_cast<double>(static_cast<Eigen::Index>(count) * vectors[0].cols());
}

FfesnCalibration calibrate_ffesn(const LoweringTask& task) {
  FfesnCalibration seen{.clean = activations(task.model, task.samples)};
  if (task.noise.any()) seen.noisy = activations(task.model, task.samples, for_calibration(task.noise));
  const auto& states = seen.clean.states;
  seen.before_steps = second_moments(states, 0, states.size() - 1);
  seen.last = second_moments(states, states.size() - 1, 1);
  return seen;
}

/// The FFESN (paper 001, eqs 17-19) as a program:
///
///     LOAD u;  MATVEC x = W_in u;  T times { MATVEC z = W' x;  FUNCTION x = tanh z };  MATVEC y = W_out x +
///     b;  STORE y
///
/// x(0) and the later x(i) have different binary points, so the first step stands before the loop. The scale
/// of the input is folded into W_in, its offset into a bias.
///
/// With noise, LOAD and BUNDLE add it to x(0) and to x(T); `seen.noisy` are then the activations that meet
/// it, from which only ranges are taken.
class FfesnLowering {
 public:
  FfesnLowering(const LoweringTask& task, const FfesnCalibration& seen)
      : model_(task.model),
        calibration_(seen.clean),
        noisy_(seen.noisy),
        seen_(seen),
        builder_(task.config),
        noise_(task.noise),
        input_(builder_, task) {}

  Compilation run() {
    choose_formats();
    place();
    read_in();
    if (noise_.observation > 0) add_observation_noise();
    steps();
    if (noise_.dynamic > 0) add_dynamic_noise();
    read_out();
    return finish();
  }

 private:
  std::int64_t neurons() const { return model_.recipe.neurons(); }

  void choose_formats() {
    x0_bits_ = builder_.format("x(0)", range({calibration_.states.front()}));
    z_.fraction_bits = builder_.format("z", range(calibration_.preactivations, noisy_.preactivations));
    x_.fraction_bits = builder_.format("x", Range{-1, 1}, builder_.config().state_width - 1);
    y_.fraction_bits = builder_.format("y", range({calibration_.logits}, {noisy_.logits}));
    W_in_ = input_.weights(model_.W_in, x0_bits_);
    W_reservoir_ = builder_.weights("W_reservoir", model_.matrices.at("W_reservoir"), seen_.before_steps,
                                    {std::max(x0_bits_, x_.fraction_bits), z_.fraction_bits});
    W_out_ = builder_.weights("W_out", model_.W_out.leftCols(neurons()), seen_.last,
                              {x_.fraction_bits, y_.fraction_bits});
  }

  void place() {
    // The matrix that is used T times comes first to the weight memory.
    reservoir_place_ = builder_.program.matrix(W_reservoir_);
    out_place_ = builder_.program.matrix(W_out_);
    in_place_ = builder_.program.matrix(W_in_);
    // The pixels are used up when the first z is made.
    input_.place(neurons());
    z_.word = builder_.program.overlay("z", input_.word(), neurons(), z_.fraction_bits);
    x_.word = builder_.program.vector("x", neurons(), x_.fraction_bits);
    y_.word = builder_.program.vector("y", model_.recipe.classes, y_.fraction_bits);
    table_ = tanh_table(z_.fraction_bits, builder_.config(), builder_.program.free_table_words());
    tanh_ = tanh_function(table_);
    tanh_.table = builder_.program.table(table_);
    tanh_.destination = x_.word;
    tanh_.source = z_.word;
    tanh_.length = neurons();
  }

  void read_in() {
    input_.emit();
    const auto slot =
        input_.read_in({W_in_, in_place_, {x_.word, x0_bits_}, input_.offset(), "x(0) = W_in u"});
    builder_.record(slot, "x(0)", x0_bits_);
  }

  /// In place: x(0) gets the binary point that holds the noise too.
  void add_observation_noise() {
    builder_.program.phase("observational noise");
    const auto clean = range({calibration_.states.front()});
    const auto bits = builder_.format("noisy x(0)", with_noise(clean, noise_.observation));
    add_noise("noisy x(0)", noise_.observation, x0_bits_, bits);
    x0_bits_ = bits;
  }

  void add_dynamic_noise() {
    builder_.program.phase("dynamical noise");
    const auto bits = builder_.format("noisy x", with_noise({-1, 1}, noise_.dynamic));
    add_noise("noisy x", noise_.dynamic, x_.fraction_bits, bits);
    last_bits_ = bits;
  }

  /// x + sigma n to the words of x. The normals lie where z does, which nobody needs at that time.
  void add_noise(const std::string& name, double sigma, std::int64_t from_bits, std::int64_t to_bits) {
    builder_.load_noise(z_.word, neurons(), "n");
    builder_.program.overlay(name, x_.word, neurons(), to_bits);
    const NoiseSum sum{.name = name,
                       .destination = x_.word,
                       .source = x_.word,
                       .noise = z_.word,
                       .length = neurons(),
                       .source_fraction_bits = from_bits,
                       .result_fraction_bits = to_bits};
    const auto factors =
        builder_.noise_factors(sum, Eigen::VectorXd::Ones(1), Eigen::VectorXd::Constant(1, sigma));
    builder_.add_noise(sum, factors);
  }

  void steps() {
    const auto count = model_.recipe.step_count();
    const auto& config = builder_.config();
    builder_.program.phase("step 1");
    step(x0_bits_, -config.state_min(), "z = W' x(0)");
    if (count > 1) builder_.program.phase(count > 2 ? fmt::format("steps 2 to {}", count) : "step 2");
    if (count > 2) builder_.program.emit(Loop{.count = count - 1}, fmt::format("steps 2 to {}", count));
    if (count > 1) step(x_.fraction_bits, config.state_max(), "z = W' x");
    if (count > 2) builder_.program.emit(End{}, "next step");
  }

  /// One step on an x with the given binary point and largest |code|.
  void step(std::int64_t fraction_bits, std::int64_t magnitude, const std::string& text) {
    Matvec matvec{.destination = z_.word, .source = x_.word, .rows = neurons(), .columns = neurons()};
    builder_.bind(matvec, {"W_reservoir", W_reservoir_, fraction_bits, magnitude, z_.fraction_bits}, {});
    builder_.record_step(builder_.program.emit_matvec(matvec, reservoir_place_, text), "z", z_.fraction_bits,
                         "z(#)", 0);
    const auto slot = builder_.program.emit(tanh_, "x = tanh z");
    builder_.record_step(slot, "x", x_.fraction_bits, "x(#)", 1);
    builder_.record_function(slot, "tanh", z_.fraction_bits, x_.fraction_bits);
  }

  void read_out() {
    Matvec matvec{
        .destination = y_.word, .source = x_.word, .rows = model_.recipe.classes, .columns = neurons()};
    const auto& config = builder_.config();
    const auto magnitude = last_bits_ ? -config.state_min() : config.state_max();
    builder_.bind(matvec,
                  {"W_out", W_out_, last_bits_.value_or(x_.fraction_bits), magnitude, y_.fraction_bits},
                  model_.W_out.rightCols(1));
    builder_.program.phase("read-out");
    builder_.record(builder_.program.emit_matvec(matvec, out_place_, "y = W_out x + b"), "y",
                    y_.fraction_bits);
    builder_.program.phase("output");
    builder_.program.emit(Store{.source = y_.word, .length = model_.recipe.classes}, "y");
    builder_.program.emit(Halt{}, "done");
  }

  /// Over all values; of activations with noise there may be none.
  static Range range(const std::vector<Eigen::MatrixXd>& values,
                     const std::vector<Eigen::MatrixXd>& noisy = {}) {
    Range result;
    for (const auto* matrices : {&values, &noisy})
      for (const auto& matrix : *matrices)
        if (matrix.size() > 0) result.include(matrix);
    return result;
  }

  Compilation finish() {
    builder_.result.function_error = table_.largest_error;
    return builder_.finish(model_.recipe, noise_);
  }

  const Model& model_;
  const Activations& calibration_;
  const Activations& noisy_;
  const FfesnCalibration& seen_;
  NetworkBuilder builder_;
  const Noise& noise_;
  InputStage input_;
  QuantisedMatrix W_in_, W_reservoir_, W_out_;
  MatrixPlace in_place_, reservoir_place_, out_place_;
  VectorPlace z_, x_, y_;
  std::int64_t x0_bits_ = 0;               ///< x(0) shares the words of x, with a binary point of its own
  std::optional<std::int64_t> last_bits_;  ///< of x(T) with noise, which W_out reads from the words of x
  FunctionTable table_;
  Function tanh_;
};

}  // namespace

Compilation lower(const FfesnParameters&, const LoweringTask& task) {
  const auto& seen = task.calibrated.once([&] { return calibrate_ffesn(task); });
  return FfesnLowering(task, seen).run();
}

}  // namespace stoic
