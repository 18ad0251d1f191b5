#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "stoic/host/compiler/csto_steps.hpp"
#include "stoic/host/compiler/driven_csto_calibration.hpp"
#include "stoic/host/compiler/driven_lowering.hpp"
#include "stoic/host/compiler/driven_read_out.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Driven oscillators as a program of one time step:
///
///     LOAD u;  MATVEC D = W_in (u - ū) + (W_in ū + b), the drives of all virtual nodes one behind the other
///     nodes times { COPY d = D[0 ... N);  steps times { see CstoSteps };
///                   D and the features F rotate by one node;  COPY F's end = what is observed of m }
///     MATVEC y = W_out F + b, see DrivenReadOut;  STORE y
///
/// so that all nodes share one body. m stays from step to step.
class DrivenCstoLowering : public DrivenLowering {
 public:
  DrivenCstoLowering(const DrivenModel& model, const DrivenCstoCalibration& seen,
                     const HardwareConfig& config, std::int64_t most_parts)
      : model_(model),
        seen_(seen),
        csto_(std::get<CstoParameters>(model.recipe.system)),
        builder_(config),
        steps_(builder_, csto_, seen.stages, csto_drive(model.recipe), seen.drive) {
    quantise();
    place();
    read_out_.emplace(builder_, Quantity{first_read().word, 0, features_.format}, y_, read_features(),
                      most_parts);
  }

  DrivenCompilation lower(const MatrixXd& w_out, const NormalEquations& met) override {
    emit_state();
    DrivenCompilation result{.weight_parts = read_out_->emit(w_out, met)};
    builder_.result.state_words_per_lane = builder_.program.state_words_used();
    builder_.result.image = builder_.program.finish(driven_metadata(ends()));
    result.compilation = std::move(builder_.result);
    return result;
  }
  VectorXd features(std::span<const std::int32_t> state) const override { return read_out_->features(state); }
  MatrixXd rounded(const MatrixXd& w_out, const NormalEquations& met) const override {
    return read_out_->rounded(w_out, met);
  }
  DrivenImage ends() const override {
    return {.recipe = model_.recipe,
            .input_bits = u_bits_,
            .output_bits = y_bits_,
            .repeats = 1,
            .centre = centre_,
            .input = model_.input,
            .output = model_.output,
            .state_width = builder_.config().state_width,
            .learnt_from = model_.learnt_from};
  }
  DrivenModel rounded_model() const override {
    DrivenModel result = model_;
    if (csto_.coupling_Oe != 0) result.matrix = coupling_.weights.values() / coupling_scale();
    const MatrixXd taken = w_in_.weights.values() / csto_drive_unit(model_.recipe);
    result.W_in = taken.leftCols(model_.W_in.cols());
    if (model_.W_feedback.size() > 0) result.W_feedback = taken.rightCols(model_.W_feedback.cols());
    result.b_in = model_.b_in + (taken_matrix(model_) - taken) * centre_;
    return result;
  }

 private:
  Index oscillators() const { return csto_.oscillators; }
  Index nodes() const { return model_.recipe.drive.nodes; }
  /// Numbers that the read-out sees of every node.
  Index shown() const { return model_.recipe.observed() / nodes(); }
  bool squares() const { return model_.recipe.read_out.features == "quadratic"; }
  std::int64_t width() const { return builder_.config().state_width; }
  std::int64_t element(const Quantity& vector) const { return vector.word * builder_.config().lanes; }
  double coupling_scale() const { return csto_.step_angle_per_Oe() * csto_.coupling_Oe; }
  const Quantity& first_read() const { return squares() ? squares_ : features_; }

  void quantise() {
    const double reach = seen_.taken.reach(seen_.taken.mean).maxCoeff();
    u_bits_ = builder_.format("u", {-reach, reach});
    y_bits_ = builder_.format("y", seen_.output);
    centre_ = centre_of_codes(seen_.taken.mean, u_bits_, y_bits_);
    w_in_ = builder_.matrix("W_in", csto_drive_unit(model_.recipe) * taken_matrix(model_),
                            SecondMoments(seen_.taken_covariance), {u_bits_, steps_.drive_bits()});
    coupling_ = builder_.matrix("W_coupling", coupling_scale() * model_.matrix, seen_.stages.m_x_moments,
                                {steps_.m_bits(), steps_.g_bits()});
  }

  void place() {
    builder_.place(coupling_);
    builder_.place(w_in_);
    steps_.place_vectors({{0, 0, 1}});
    // What the read-out meets lies behind each other.
    const auto features = model_.recipe.observed();
    if (squares()) squares_ = builder_.vector("m^2", features, width() - 2);  // of numbers of at most 1
    features_ = builder_.vector("features", features, steps_.m_bits());
    u_ = builder_.vector("u", w_in_.weights.codes.cols(), u_bits_);
    y_ = builder_.vector("y", model_.outputs(), y_bits_);
    drives_ = steps_.drive();
    if (nodes() > 1) {
      drives_ = builder_.vector("drives", nodes() * oscillators(), steps_.drive_bits());
      rotated_ = builder_.vector("rotated", std::max(nodes() * oscillators(), features), 0);
    }
    steps_.place_constants();
  }

  std::vector<Feature> read_features() const {
    std::vector<Feature> features;
    const auto count = model_.recipe.observed();
    for (Index i = 0; i < count; ++i) features.push_back({&features_, i});
    for (Index i = 0; squares() && i < count; ++i) features.push_back({&squares_, i});
    for (Index i = 0; model_.recipe.read_out.input && i < model_.inputs(); ++i) features.push_back({&u_, i});
    return features;
  }

  /// d[i] = d[(i + amount) mod length], by way of another vector.
  void rotate(const Quantity& vector, Index amount, const std::string& text) {
    auto& program = builder_.program;
    program.emit(
        Rotate{
            .destination = rotated_.word, .source = vector.word, .length = vector.length, .amount = amount},
        text);
    program.emit(Copy{.destination = element(vector), .source = element(rotated_), .length = vector.length},
                 text);
  }

  /// The components that the recipe observes, to the end of the features.
  void observe() {
    const auto& observed = model_.recipe.drive.observe;
    if (nodes() > 1) rotate(features_, shown(), "features of the next node");
    auto to = element(features_) + features_.length - shown();
    for (std::size_t c = 0; c < 3; ++c) {
      if (observed != "all" && observed != std::string(1, "xyz"[c])) continue;
      builder_.program.emit(
          Copy{.destination = to, .source = element(steps_.at_point(0)[c]), .length = oscillators()},
          fmt::format("m_{}, a feature", "xyz"[c]));
      to += oscillators();
    }
  }

  void node() {
    auto& program = builder_.program;
    if (nodes() > 1) {
      program.emit(
          Copy{.destination = element(steps_.drive()), .source = element(drives_), .length = oscillators()},
          "d of the node");
      rotate(drives_, oscillators(), "drives of the next node");
    }
    const auto count = csto_.time().steps();
    builder_.repeat(count, fmt::format("{} steps of {} ps", count, csto_.step_ps), [&] {
      steps_.step(coupling_, [](std::int64_t, std::size_t, std::optional<std::int64_t>) {});
    });
    observe();
  }

  void emit_state() {
    auto& program = builder_.program;
    program.phase("time step");
    program.emit(Load{.destination = u_.word, .length = u_.length}, "u");
    const VectorXd at_mean = csto_drive_unit(model_.recipe) * (taken_matrix(model_) * centre_ + model_.b_in);
    builder_.multiply(drives_, w_in_, u_, "d = W_in u + b", {.bias = at_mean});
    builder_.repeat(nodes(), fmt::format("{} virtual nodes", nodes()), [&] { node(); });
    if (squares()) builder_.bundle(squares_, {features_ * features_}, "m^2");
  }

  const DrivenModel& model_;
  const DrivenCstoCalibration& seen_;
  const CstoParameters& csto_;
  NetworkBuilder builder_;
  CstoSteps steps_;
  NetworkMatrix w_in_, coupling_;
  std::int64_t u_bits_ = 0, y_bits_ = 0;
  VectorXd centre_;
  Quantity squares_, features_, u_, y_, drives_, rotated_;
  std::optional<DrivenReadOut> read_out_;
};

}  // namespace

std::unique_ptr<DrivenLowering> make_csto_lowering(const DrivenModel& model,
                                                   const DrivenCstoCalibration& seen,
                                                   const HardwareConfig& config, std::int64_t most_parts) {
  return std::make_unique<DrivenCstoLowering>(model, seen, config, most_parts);
}

}  // namespace stoic
