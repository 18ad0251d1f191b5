// From float to the accelerator, for every dynamical system: a random network of each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <random>

#include "stoic/host/compare/deviation.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compare/local_error.hpp"
#include "stoic/host/compiler/binary_point.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/function_table.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/noise.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/device/carried_elements.hpp"

namespace stoic {
namespace systems_test {

constexpr std::uint64_t seed = 11;
constexpr std::int64_t samples = 200;

/// Sizes that fill no whole number of words; `matrices` are those that a sample meets on its way, `hardware`
/// the instances that hold the system.
struct Case {
  const char* name;
  const char* dynamics;
  const char* keys;
  int matrices;
  std::vector<std::string> hardware;
  std::int64_t inputs = 30;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const Case cases[] = {
    {"ffesn", "ffesn", R"("neurons": 33, "steps": 2)", 3, {"tiny", "compact", "small", "default", "wide"}},
    {"csto",
     "csto",
     R"("oscillators": 11, "duration_ps": 60, "step_ps": 20)",
     3,
     {"small", "default", "wide"}},
    {"deep-csto",
     "deep-csto",
     R"("oscillators": 11, "couplings_Oe": [10, 0.1, 10], "duration_ps": 40, "step_ps": 20)",
     7,
     {"small", "default", "wide"}},
    {"sa-node", "sa-node", R"("duration": 1)", 2, {"small", "default", "wide"}},
    {"sa-node that meets its bound",
     "sa-node",
     R"("duration": 0.3, "eigenvalue_mean": -60, "eigenvalue_deviation": 60)",
     2,
     {"small", "default", "wide"}},
    {"lorenz96",
     "lorenz96",
     R"("neurons": 33, "forcing": 4.75, "duration": 0.3)",
     2,
     {"small", "default", "wide"}},
    {"ffesn with a bias",
     "ffesn",
     R"("neurons": 33, "steps": 2, "read_in_bias": true)",
     3,
     {"small", "default", "wide"}},
    {"deep-csto with a bias",
     "deep-csto",
     R"("oscillators": 11, "couplings_Oe": [10, 0.1], "duration_ps": 40, "step_ps": 20, "read_in_bias": true)",
     5,
     {"small", "default"}},
    {"lorenz96 with a bias",
     "lorenz96",
     R"("neurons": 33, "forcing": 4.75, "duration": 0.3, "read_in_bias": true)",
     2,
     {"default"}},
    {"leaky", "leaky", R"("neurons": 33, "steps": 3, "leak": 0.3)", 2, {"small", "default", "wide"}},
    {"pendulums",
     "pendulums",
     R"("pendulums": 11, "duration": 0.6, "damping": 0.3)",
     3,
     {"small", "default", "wide"}},
    {"csto whose pinned layer lies anywhere",
     "csto",
     R"("oscillators": 11, "duration_ps": 60, "step_ps": 20, "pinned_layer": [0.48, -0.6, 0.64])",
     3,
     {"small", "default", "wide"}},
    {"csto whose pinned layer lies along y",
     "csto",
     R"("oscillators": 11, "duration_ps": 60, "step_ps": 20, "pinned_layer": [0, 1, 0])",
     3,
     {"small", "default", "wide"}},
    {"csto whose pinned layer lies against z",
     "csto",
     R"("oscillators": 11, "duration_ps": 60, "step_ps": 20, "pinned_layer": [0, 0, -1], "renormalise": true)",
     3,
     {"default"}},
    {"deep-csto whose pinned layers lie in the film's plane",
     "deep-csto",
     R"("oscillators": 11, "couplings_Oe": [10, 0.1], "duration_ps": 40, "step_ps": 20, "pinned_layer": [0.8, 0.6, 0])",
     5,
     {"default"}},
    {"csto whose torque is weaker along the pinned layer",
     "csto",
     R"("oscillators": 11, "duration_ps": 60, "step_ps": 20, "spin_torque_asymmetry": -0.5)",
     3,
     {"default", "wide"}},
    {"linear", "linear", "", 1, {"tiny", "compact", "small", "default", "wide"}},
    {"mlp", "mlp", R"("neurons": 33)", 2, {"tiny", "compact", "small", "default", "wide"}},
    {"mlp of several layers",
     "mlp",
     R"("layers": [33, 7, 50])",
     4,
     {"tiny", "compact", "small", "default", "wide"}},
    {"mlp of tanh", "mlp", R"("layers": [20, 31], "activation": "tanh")", 3, {"small", "default", "wide"}},
    {"mlp of sigmoids",
     "mlp",
     R"("layers": [19, 31, 16], "activation": "sigmoid", "initialisation": "normal")",
     5,
     {"small", "default", "wide"}},
    {"mlp of one layer of sigmoids",
     "mlp",
     R"("neurons": 21, "activation": "sigmoid")",
     2,
     {"small", "default", "wide"}},
    {"mlp of one listed layer", "mlp", R"("layers": [21], "activation": "tanh")", 2, {"default"}},
    // Blocks of features with gaps, and strips that hang over the edge of the image.
    {"mlp behind a convolution",
     "mlp",
     R"("neurons": 33, "convolution": {"filters": 5, "kernel": 3, "stride": 2})",
     3,
     {"tiny", "compact", "small", "default", "wide"},
     64},
    {"mlp of several layers behind a convolution",
     "mlp",
     R"("layers": [33, 12], "activation": "tanh", "convolution": {"filters": 5, "kernel": 3, "stride": 2})",
     4,
     {"small", "default", "wide"},
     64},
    {"ffesn behind a convolution",
     "ffesn",
     R"("neurons": 33, "steps": 2, "convolution": {"filters": 8, "kernel": 2, "stride": 2})",
     4,
     {"small", "default", "wide"},
     36},
    // More neurons than the convolution has features
    {"ffesn behind a small convolution",
     "ffesn",
     R"("neurons": 150, "steps": 2, "convolution": {"filters": 1, "kernel": 2, "stride": 2})",
     4,
     {"default", "wide"},
     36},
    {"csto behind a convolution",
     "csto",
     R"("oscillators": 11, "duration_ps": 60, "step_ps": 20, "convolution": {"filters": 8, "kernel": 2, "stride": 2})",
     4,
     {"small", "default", "wide"},
     36},
};

class CompiledSystem : public testing::TestWithParam<Case> {
 protected:
  CompiledSystem() {
    const std::string keys = GetParam().keys;
    model.recipe =
        parse_recipe(R"({"dynamics": ")" + std::string(GetParam().dynamics) + R"(", )" + keys +
                         (keys.empty() ? "" : ", ") +
                         fmt::format(R"("inputs": {}, "classes": 4, "seed": 3, "input_offset": -0.25,
                                       "data": {{"set": "random"}}}})",
                                     GetParam().inputs),
                     "test");
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal(0, 0.3);
    const auto fill = [&](std::int64_t rows, std::int64_t columns) {
      return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return normal(random); });
    };
    if (model.recipe.has_read_in()) model.W_in = fill(model.recipe.neurons(), model.recipe.read_in_columns());
    if (model.recipe.read_in_bias) model.b_in = fill(model.recipe.neurons(), 1);
    for (const auto& shape : model.recipe.convolutions)
      model.convolutions.push_back(fill(shape.filters, shape.patch() + 1));
    model.W_out = fill(4, model.recipe.last_neurons() + 1);
    if (model.recipe.attractors().size() > 0) model.W_out = overlap_read_out(model.recipe);
    model.matrices = model.recipe.draw_matrices();
    for (auto& [name, matrix] : model.matrices)  // biases begin at 0, which would test nothing
      if (matrix.isZero(0)) matrix = fill(matrix.rows(), matrix.cols());
    model.single_precision = false;
  }
  Noise noise_of(const SignalToNoise& ratios) const {
    return make_noise(model.recipe, signal_variances(model, data.samples), ratios, 0);
  }
  /// Root mean square of the error of y over that of y.
  double relative_error(const Image& image, const Noise& noise) const {
    const auto golden = evaluate_golden(image, data);
    EXPECT_EQ(golden.counters.overflows, 0);
    const auto reference = evaluate_float(model, data, {.noise = noise});
    return (golden.outputs.real() - reference.outputs.real()).norm() / reference.outputs.real().norm();
  }

  Model model;
  Dataset data = make_random_pixels(1, Split::test, samples, GetParam().inputs, 4);
  Dataset training = make_random_pixels(2, Split::train, samples, GetParam().inputs, 4);
};

TEST_P(CompiledSystem, StaysWithinRoundingOfFloat) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  auto config = load_hardware_config("default");
  // An 8-bit weight is half a percent of its row's largest one at most, and most are smaller.
  EXPECT_LT(relative_error(compile(model, training, config).image, {}), 0.01 * GetParam().matrices);
  config.weight_width = 16;  // so that the rounding of states is what is left
  EXPECT_LT(relative_error(compile(model, training, config).image, {}), 0.002);
}

TEST_P(CompiledSystem, MeetsTheNoiseOfFloat) {
  // One kind alone many times as strong as the signal: its room is no other's.
  for (const auto& ratios : {SignalToNoise{.observation = 3, .dynamic = 3},
                             SignalToNoise{.observation = 0.05}, SignalToNoise{.dynamic = 0.05}}) {
    SCOPED_TRACE(fmt::format("observation {}, dynamic {}", ratios.observation.value_or(0),
                             ratios.dynamic.value_or(0)));
    const auto noise = noise_of(ratios);
    const auto result = compile(model, training, load_hardware_config("default"), noise);
    EXPECT_EQ(evaluate_golden(result.image, data).counters.saturations, 0);
    const double share = ratios.observation && ratios.dynamic ? 0.01 : 0.025;
    EXPECT_LT(relative_error(result.image, noise), share * GetParam().matrices);
    EXPECT_GT(relative_error(result.image, {}), 0.1) << "without the noise, float would have to be elsewhere";
  }
}

TEST_P(CompiledSystem, EveryInstructionKeepsItsBoundOnEveryInstanceThatHoldsIt) {
  for (const bool noisy : {false, true})
    for (const auto& name : GetParam().hardware) {
      SCOPED_TRACE(name + (noisy ? " with noise" : ""));
      const auto noise = noisy ? noise_of({.observation = 1, .dynamic = 2}) : Noise{};
      const auto result = compile(model, training, load_hardware_config(name), noise);
      EXPECT_EQ(result.calibration_saturations, 0);
      EXPECT_TRUE(carried_elements(result.image).empty()) << "a driver writes them before each sample";
      const auto errors = local_errors(result.image, 3, input_filler(result.image, data.samples));
      EXPECT_GE(errors.size(), 3u) << "LOAD, MATVEC and STORE at least";
      for (const auto& error : errors)
        EXPECT_TRUE(error.within_bound()) << error.mnemonic << " at program word " << error.slot << ": "
                                          << error.largest << " exceeds " << error.bound;
    }
}

TEST_P(CompiledSystem, EveryVectorThatItRecordsIsThatOfFloat) {
  auto config = load_hardware_config("default");
  config.weight_width = 16;
  const auto image = compile(model, training, config).image;
  const auto vectors = deviations(model, image, data, 50);
  ASSERT_FALSE(vectors.empty());
  EXPECT_EQ(vectors.back().name, "y");
  for (const auto& vector : vectors) EXPECT_GT(vector.signal_to_noise_dB(), 50) << vector.name;
}

TEST_P(CompiledSystem, NamesThePhasesOfItsProgram) {
  const auto image = compile(model, training, load_hardware_config("default")).image;
  const auto metadata = nlohmann::json::parse(image.metadata);
  EXPECT_EQ(metadata.at("phases").front().at("name"), "input");
  EXPECT_EQ(metadata.at("phases").back().at("name"), "output");
}

INSTANTIATE_TEST_SUITE_P(, CompiledSystem, testing::ValuesIn(cases), [](const auto& c) {
  std::string name = c.param.name;
  std::erase_if(name, [](char letter) { return letter == '-' || letter == ' ' || letter == '\''; });
  return name;
});

/// SA-nODE whose states leave the range of Euler's method, and whose A has a large diagonal.
class HeldSaNode : public CompiledSystem {};

TEST_P(HeldSaNode, HoldsItsStatesByATable) {
  const auto image = compile(model, training, load_hardware_config("default")).image;
  EXPECT_FALSE(image.tables.empty()) << "the bound is the only table of a SA-nODE";
}

TEST_P(HeldSaNode, TheDiagonalOfItsCouplingTakesNoBitsFromTheRest) {
  const auto config = load_hardware_config("default");
  const auto& parameters = std::get<SaNodeParameters>(model.recipe.system);
  Eigen::MatrixXd coupling =
      parameters.step * parameters.coupling() * coupling_matrix(parameters, model.matrices);
  const double all = coupling.cwiseAbs().maxCoeff();
  coupling.diagonal().setZero();
  const double rest = coupling.cwiseAbs().maxCoeff();
  ASSERT_LT(rest, all / 2) << "a matrix without a large diagonal shows nothing";
  const auto matrices = compile(model, training, config).matrices;
  ASSERT_FALSE(matrices.empty());
  EXPECT_EQ(matrices.front().fraction_bits, fraction_bits_for(rest, config.weight_width));
}

INSTANTIATE_TEST_SUITE_P(, HeldSaNode, testing::Values(cases[4]), [](const auto&) { return "held"; });

TEST(Rectifier, IsExactForEveryCode) {
  const auto config = load_hardware_config("default");
  const auto table = rectifier_table(config, 3);
  const TableLookup lookup{table.knots, table.segments, table.segment_shift, config.table_guard_bits};
  for (std::int64_t code = config.state_min(); code <= config.state_max(); ++code)
    ASSERT_EQ(apply_function(rectifier_function(table), lookup, config, code).value,
              std::max<std::int64_t>(code, 0));
}

}  // namespace systems_test
}  // namespace stoic
