#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/compiler/calibrate_ffesn.hpp"
#include "stoic/host/compiler/network_ends.hpp"

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
  FfesnCalibration seen{.clean = activations(task.model, task.samples())};
  if (task.noise().any()) seen.noisy = activations(task.model, task.samples(), for_calibration(task.noise()));
  const auto& states = seen.clean.states;
  seen.before_steps = second_moments(states, 0, states.size() - 1);
  seen.last = second_moments(states, states.size() - 1, 1);
  return seen;
}

/// Over all values; of activations with noise there may be none.
Range range_of_activations(const std::vector<Eigen::MatrixXd>& values,
                           const std::vector<Eigen::MatrixXd>& noisy = {}) {
  Range result;
  for (const auto* matrices : {&values, &noisy})
    for (const auto& matrix : *matrices)
      if (matrix.size() > 0) result.include(matrix);
  return result;
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
      : task_(task),
        seen_(seen),
        builder_(task.config),
        ends_(builder_, task,
              {range_of_activations({seen.clean.logits}, {seen.noisy.logits}),
               with_noise({-1, 1}, task.noise().dynamic), seen.last}) {}

  Compilation run() {
    choose_formats();
    place();
    ends_.read_in("x(0)", {x0_, z_, noisy_x0_}, "x(0) = W_in");
    steps();
    ends_.read_out("x", {x_, z_, x_}, "y = W_out x + b", builder_.config().state_max());
    return builder_.finish(task_);
  }

 private:
  std::int64_t neurons() const { return task_.model.recipe.neurons(); }

  void choose_formats() {
    const auto& clean = seen_.clean;
    const auto x0 = range_of_activations({clean.states.front()});
    const auto x0_bits = builder_.format("x(0)", x0);
    z_.format.fraction_bits =
        builder_.format("z", range_of_activations(clean.preactivations, seen_.noisy.preactivations));
    x_.format.fraction_bits = builder_.format("x", Range{-1, 1}, builder_.config().state_width - 1);
    ends_.quantise_read_in(x0_bits);
    x0_.format.fraction_bits = noisy_x0_.format.fraction_bits = x0_bits;
    // In place: x(0) gets the binary point that holds the noise too.
    if (const double sigma = task_.noise().observation; sigma > 0)
      noisy_x0_.format.fraction_bits = builder_.format("noisy x(0)", with_noise(x0, sigma));
    W_reservoir_ = builder_.matrix("W_reservoir", task_.model.matrices.at("W_reservoir"), seen_.before_steps,
                                   {std::max(x0_.bits(), x_.bits()), z_.bits()});
    ends_.quantise_read_out(x_.bits());
  }

  void place() {
    // The matrix that is used T times comes first to the weight memory.
    builder_.place(W_reservoir_);
    ends_.place_read_out();
    ends_.place_read_in();
    // The pixels are used up when the first z is made.
    ends_.place_input(neurons());
    z_ = builder_.overlay("z", ends_.sample().word, neurons(), z_.bits());
    x_ = builder_.vector("x", neurons(), x_.bits());
    for (auto* first : {&x0_, &noisy_x0_}) first->word = x_.word, first->length = neurons();
    ends_.place_output();
    const auto table = tanh_table(z_.bits(), builder_.config(), builder_.program.free_table_words());
    tanh_ = builder_.function(table, tanh_function(table), "tanh");
  }

  void steps() {
    const auto count = task_.model.recipe.step_count();
    const auto& config = builder_.config();
    builder_.program.phase("step 1");
    step(noisy_x0_, -config.state_min(), "z = W' x(0)");
    if (count == 1) return;
    builder_.program.phase(count > 2 ? fmt::format("steps 2 to {}", count) : "step 2");
    builder_.repeat(count - 1, fmt::format("steps 2 to {}", count),
                    [&] { step(x_, config.state_max(), "z = W' x"); });
  }

  /// One step on an x of this largest |code|.
  void step(const Quantity& x, std::int64_t most, const std::string& text) {
    builder_.record_step(builder_.multiply(z_, W_reservoir_, x, text, {.bias = {}, .most = most}), "z",
                         z_.bits(), "z(#)", 0);
    builder_.record_step(builder_.apply(tanh_, x_, z_, "x = tanh z"), "x", x_.bits(), "x(#)", 1);
  }

  const LoweringTask& task_;
  const FfesnCalibration& seen_;
  NetworkBuilder builder_;
  NetworkEnds ends_;
  NetworkMatrix W_reservoir_;
  Quantity x0_, noisy_x0_, z_, x_;  ///< all but z in the same words
  TableFunction tanh_;
};

}  // namespace

Compilation lower(const FfesnParameters&, const LoweringTask& task) {
  const auto& seen = task.calibration.once([&] { return calibrate_ffesn(task); });
  return FfesnLowering(task, seen).run();
}

}  // namespace stoic
