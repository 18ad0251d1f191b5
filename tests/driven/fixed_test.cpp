// Driven reservoirs in fixed point, on golden.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "stoic/host/compiler/driven_calibration.hpp"
#include "stoic/host/compiler/driven_fixed.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"
#include "trained.hpp"

namespace stoic {
namespace fixed_test {

const std::string narma =
    R"("set": "narma10", "washout": 100, "train": 1500, "validation": 400, "test": 600)";

double fixed_nrmse(const Trained& t, const HardwareConfig& hw) {
  Team team(1);
  const auto image = compile_driven(t.model, t.series, hw, team).compilation.image;
  const auto ends = driven_image(image, "image");
  const auto run = run_golden_series(image, ends, t.series, t.series.steps(), team);
  return judge_fixed(image, ends, t.series, run.outputs, team).error.nrmse;
}

/// What is compiled where so few state words are left that it is no longer so.
DrivenCompilation with_less_room(const Trained& t, HardwareConfig hw, DrivenCompilation made,
                                 const std::function<bool(const DrivenCompilation&)>& is_so) {
  Team team(1);
  const auto needed = made.compilation.state_words_per_lane;
  for (hw.state_words_per_lane = needed; is_so(made); --hw.state_words_per_lane) {
    if (hw.state_words_per_lane <= needed / 2) throw Error("it is so with half of the state words");
    made = compile_driven(t.model, t.series, hw, team);
  }
  return made;
}

TEST(FixedSeries, WeaklyDrivenStatesFillTheirWordsAndLoseLittle) {
  const auto t = trained(R"("dynamics": "esn", "neurons": 80, "spectral_radius": 0.95, "density": 0.2)",
                         R"("input_scale": 0.2, "bias": 0.3)", narma, R"("ridge": [1e-6])");
  Team team(1);
  EXPECT_TRUE(compile_driven(t.model, t.series, load_hardware_config("default"), team).by_polynomials);
  // W and W_in in 8 bits are another reservoir, which is worth some per cent either way at this size; states
  // rounded as they are, and not as they differ from their rest, lose half
  EXPECT_LT(fixed_nrmse(t, load_hardware_config("default")), 1.03 * t.nrmse);
  EXPECT_LT(fixed_nrmse(t, load_hardware_config("wide")), 1.02 * t.nrmse);
  EXPECT_LT(fixed_nrmse(t, load_hardware_config("tiny")), 1.5 * t.nrmse);
}

TEST(FixedSeries, AStrongDriveTakesATable) {
  const auto t =
      trained(R"("dynamics": "esn", "neurons": 60, "spectral_radius": 1.1, "leak": 0.7)",
              R"("input_scale": 0.8, "bias": 0.5)",
              R"("set": "mackey-glass", "washout": 100, "train": 1000, "validation": 200, "test": 400)",
              R"("ridge": [1e-4])");
  Team team(1);
  EXPECT_FALSE(compile_driven(t.model, t.series, load_hardware_config("default"), team).by_polynomials);
  EXPECT_LT(t.nrmse, 0.02);
  EXPECT_LT(fixed_nrmse(t, load_hardware_config("default")), 1.01 * t.nrmse);
}

/// The word of z alone costs some per cent here: with room for one product alone that is what is left.
TEST(FixedSeries, ASecondProductIsMadeWhereItPaysAndWhereItHasRoom) {
  for (const bool strongly : {false, true}) {
    const auto t =
        strongly
            ? trained(
                  R"("dynamics": "esn", "neurons": 60, "spectral_radius": 1.1, "leak": 0.7)",
                  R"("input_scale": 0.8, "bias": 0.5)",
                  R"("set": "mackey-glass", "washout": 100, "train": 1000, "validation": 200, "test": 400)")
            : trained(R"("dynamics": "esn", "neurons": 80, "spectral_radius": 0.95, "density": 0.2)",
                      R"("input_scale": 0.2, "bias": 0.3)", narma);
    Team team(1);
    auto hw = load_hardware_config("small");
    const auto finely = compile_driven(t.model, t.series, hw, team);
    EXPECT_EQ(finely.by_polynomials, !strongly);
    EXPECT_TRUE(finely.finely);
    // Parts of the read-out go first.
    const auto coarsely = with_less_room(t, hw, finely, [](const auto& made) { return made.finely; });
    EXPECT_LT(1.02 * finely.validation_nrmse, coarsely.validation_nrmse);
    EXPECT_LT(coarsely.compilation.cycles, 0.8 * static_cast<double>(finely.compilation.cycles));
    EXPECT_FALSE(compile_driven(t.model, t.series, load_hardware_config("wide"), team).finely);
  }
}

struct Drive {
  std::string system, drive;
  double share;  ///< of the error that rounding the state may make
  const char* hw = "wide";
  bool repeats = false;
};
void PrintTo(const Drive& drive, std::ostream* out) { *out << drive.drive; }
class RoundedReservoir : public testing::TestWithParam<Drive> {};

TEST_P(RoundedReservoir, IsTheOneThatTheProgramRuns) {
  const auto t = trained(R"("dynamics": "esn", "neurons": 30, "density": 0.3)" + GetParam().system,
                         GetParam().drive, narma);
  Team team(1);
  const auto made = compile_driven(t.model, t.series, load_hardware_config(GetParam().hw), team);
  const auto& image = made.compilation.image;
  const auto ends = driven_image(image, "image");
  EXPECT_EQ(ends.repeats > 1, GetParam().repeats);
  // the same outputs as in double precision with the image's read-out, which is learnt on states that are equal
  // but for their own rounding
  auto rounded = made.rounded;
  fit_read_out(rounded, t.series, team);
  const auto run = run_golden_series(image, ends, t.series, t.series.steps(), team);
  const auto fixed = judge_fixed(image, ends, t.series, run.outputs, team).predicted;
  const auto exact = predict_test(rounded, t.series, team);
  EXPECT_LT(series_error(fixed, exact).nrmse, GetParam().share * t.nrmse);
}
/// The second has inputs so much larger than its state that they stand there several times.
INSTANTIATE_TEST_SUITE_P(Drives, RoundedReservoir,
                         testing::Values(Drive{"", R"("input_scale": 0.2, "bias": 0.2)", 0.1},
                                         Drive{R"(, "spectral_radius": 0.4)",
                                               R"("input_scale": 20, "bias": 0.2)", 0.014, "default", true}));

TEST(FixedSeries, LeaksSquaresInputsAndFeedbackHaveAProgram) {
  for (const bool strongly : {false, true}) {
    const auto t =
        trained(R"("dynamics": "esn", "neurons": 37, "spectral_radius": 0.8, "density": 0.3, "leak": 0.6)",
                strongly ? R"("input_scale": 8, "bias": 1, "feedback": 0.1)"
                         : R"("input_scale": 0.3, "bias": 0.3, "feedback": 0.1)",
                narma, R"("features": "quadratic", "input": true, "ridge": [1e-5, 1e-3, 1e-2])");
    Team team(1);
    EXPECT_NE(compile_driven(t.model, t.series, load_hardware_config("default"), team).by_polynomials,
              strongly);
    EXPECT_LT(fixed_nrmse(t, load_hardware_config("default")), 1.1 * t.nrmse + 0.02);
  }
}

TEST(FixedSeries, ALinearNetworkRemembers) {
  const auto t = trained(
      R"("dynamics": "esn", "neurons": 20, "topology": "orthogonal", "activation": "linear", "spectral_radius": 0.9)",
      R"("input_scale": 0.5)",
      R"("set": "memory", "delays": 10, "washout": 100, "train": 1000, "validation": 200, "test": 400)");
  EXPECT_LT(t.nrmse, 0.5);
  EXPECT_LT(fixed_nrmse(t, load_hardware_config("default")), 1.03 * t.nrmse);
}

TEST(FixedSeries, AStepTakesTheCyclesOfItsProgramAndTheStateGoesOn) {
  const auto t = trained(R"("dynamics": "esn", "neurons": 30, "density": 0.3)", R"("bias": 0.2)", narma);
  Team team(1);
  const auto made = compile_driven(t.model, t.series, load_hardware_config("compact"), team);
  const auto& image = made.compilation.image;
  const auto ends = driven_image(image, "image");
  const auto run = run_golden_series(image, ends, t.series, 50, team);
  EXPECT_EQ(run.cycles_of_step, made.compilation.cycles);
  EXPECT_EQ(run.cycles_of_step, golden::schedule(image.program, image.config).cycles);
  // the same input at another time gives another output
  DrivenMachine machine(image);
  const auto first = machine.step(std::span(run.inputs).first(1));
  EXPECT_EQ(first[0], run.outputs[0]);
  EXPECT_NE(machine.step(std::span(run.inputs).first(1)), first);
}

TEST(FixedSeries, TheReadOutIsLearntFromTheValidationPartToo) {
  const auto t = trained(R"("dynamics": "esn", "neurons": 60)", R"("input_scale": 0.2, "bias": 0.3)",
                         R"("set": "narma10", "washout": 100, "train": 70, "validation": 1500, "test": 500)",
                         R"("ridge": [1e-6])");
  EXPECT_LT(fixed_nrmse(t, load_hardware_config("wide")), 1.1 * t.nrmse);
}

TEST(FixedSeries, AReadOutIsSplitWhereOneWeightLosesMoreThanTheOutputsWord) {
  const auto wide = load_hardware_config("wide");
  Team team(1);
  const auto lorenz = trained(
      R"("dynamics": "esn", "neurons": 100, "spectral_radius": 0.6)", R"("input_scale": 0.3, "bias": 0.5)",
      R"("set": "lorenz63", "washout": 100, "train": 3000, "validation": 500, "test": 500)",
      R"("ridge": [1e-6])");
  const auto made = compile_driven(lorenz.model, lorenz.series, wide, team);
  EXPECT_EQ(made.weight_parts, 2);
  // A word of y has 15 fraction bits here, a weight 16, which a hundred of them lose more by.
  EXPECT_LT(fixed_nrmse(lorenz, wide), 1.3 * lorenz.nrmse);
  const auto narma_esn = trained(R"("dynamics": "esn", "neurons": 50)", R"("input_scale": 0.2, "bias": 0.3)",
                                 narma, R"("ridge": [1])");
  EXPECT_EQ(compile_driven(narma_esn.model, narma_esn.series, wide, team).weight_parts, 1);
}

/// What is made of outputs that go back into the network, less the outputs, on the average of all that one unit of what
/// is taken has.
double mean_error_of_feedback(const DrivenImage& ends) {
  const auto finer = std::max<std::int64_t>(0, ends.output_bits - ends.input_bits);
  const auto count = ends.output_repeats << finer;
  const double place =
      std::ldexp(1.0, -static_cast<int>(ends.output_bits)) / static_cast<double>(ends.output_repeats);
  std::vector<std::int32_t> codes(static_cast<std::size_t>(ends.centre.size()));
  double sum = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    const Eigen::VectorXd y =
        Eigen::VectorXd::Constant(ends.outputs(), static_cast<double>(100 * count + k) * place);
    ends.fill(y, y, codes);
    double seen = 0;
    for (std::int64_t r = 0; r < ends.repeats; ++r)
      seen +=
          std::ldexp(codes[static_cast<std::size_t>(r * ends.taken())], -static_cast<int>(ends.input_bits)) +
          ends.centre(r * ends.taken());
    const double error = seen / static_cast<double>(ends.repeats) - y(0);
    // never more than half of what all of them together tell apart
    EXPECT_LE(std::abs(error),
              std::ldexp(0.5001, -static_cast<int>(ends.input_bits)) / static_cast<double>(ends.repeats));
    sum += error;
  }
  return sum / static_cast<double>(count);
}

/// A free run is as long as states are precise. Squares, inputs as features, a leak and feedback go with it.
TEST(FixedSeries, FreeRunsHaveStatesOfTwoWords) {
  for (const bool more : {false, true}) {
    SCOPED_TRACE(more);
    auto t = trained(
        std::string(R"("dynamics": "esn", "neurons": 60, "spectral_radius": 0.6)") +
            (more ? R"(, "leak": 0.8)" : ""),
        std::string(R"("input_scale": 0.3, "bias": 0.5)") + (more ? R"(, "feedback": 0.05)" : ""),
        R"("set": "lorenz63", "washout": 100, "train": 1500, "validation": 300, "test": 500, "free_run": 50, "free_runs": 2)",
        std::string(R"("ridge": [1e-6])") + (more ? R"(, "features": "quadratic", "input": true)" : ""));
    Team team(1);
    auto hw = load_hardware_config("default");
    const auto made = compile_driven(t.model, t.series, hw, team);
    EXPECT_TRUE(made.two_words);
    // Features are those of the reservoir that the program runs, to far less than a state's last place: with the same
    // read-out both give the same, but for y's own rounding.
    auto exact = made.rounded;
    fit_read_out(exact, t.series, team);
    const auto ends = driven_image(made.compilation.image, "image");
    auto series = t.series;
    series.parts.free_run = 0;
    const auto run = run_golden_series(made.compilation.image, ends, series, series.steps(), team);
    const auto fixed = judge_fixed(made.compilation.image, ends, series, run.outputs, team).error.nrmse;
    const auto rounding = std::ldexp(1 / std::sqrt(12.0), -static_cast<int>(ends.output_bits));
    const auto own = series_error(predict_test(exact, series, team), series.test_targets()).nrmse;
    EXPECT_LT(fixed, std::hypot(1.1 * own, rounding));
    // u and y stand several times, and together say more than a word does.
    EXPECT_EQ(ends.output_repeats, 5);
    EXPECT_GE(ends.repeats, 5);
    EXPECT_NEAR(mean_error_of_feedback(ends), 0, 1e-12);
    // With room for one word alone that is what is left, and it costs more.
    const auto less = with_less_room(t, hw, made, [](const auto& other) { return other.two_words; });
    EXPECT_LT(1.02 * made.validation_nrmse, less.validation_nrmse);
    // What does not run free takes less time.
    EXPECT_FALSE(compile_driven(t.model, series, load_hardware_config("default"), team).two_words);
  }
}

/// An error that is the same in every step is what a free run of a chaotic system drifts by.
TEST(FixedSeries, OutputsThatGoBackAreNotRoundedToOneSide) {
  const auto t = trained(
      R"("dynamics": "esn", "neurons": 60, "spectral_radius": 0.6)", R"("input_scale": 0.3, "bias": 0.5)",
      R"("set": "lorenz63", "washout": 100, "train": 1000, "validation": 200, "test": 300)",
      R"("ridge": [1e-6])");
  Team team(1);
  for (const auto* name : {"tiny", "default", "wide"}) {
    SCOPED_TRACE(name);
    const auto made = compile_driven(t.model, t.series, load_hardware_config(name), team);
    EXPECT_NEAR(mean_error_of_feedback(driven_image(made.compilation.image, name)), 0, 1e-12);
  }
  // Whatever the mean, and however many fraction bits u has fewer.
  for (const double mean : {0.0, 0.1, -1.2345, 3.0})
    for (std::int64_t input_bits = 9; input_bits <= 13; ++input_bits) {
      SCOPED_TRACE(testing::Message() << mean << ", " << input_bits << " bits");
      const Eigen::VectorXd one = Eigen::VectorXd::Constant(1, mean);
      const DrivenImage ends{.input_bits = input_bits,
                             .output_bits = 12,
                             .centre = centre_of_codes(one, input_bits, 12),
                             .input = {one, one},
                             .output = {one, one}};
      EXPECT_NEAR(mean_error_of_feedback(ends), 0, 1e-12);
      EXPECT_NEAR(ends.centre(0), mean, std::ldexp(1.0, -static_cast<int>(input_bits)));
    }
}

TEST(FixedSeries, AReadOutIsTheSumOfThreeMatricesWhereTwoLoseMuchOfTheOutputsWord) {
  const auto t = trained(
      R"("dynamics": "esn", "neurons": 100, "spectral_radius": 0.6)", R"("input_scale": 0.3, "bias": 0.5)",
      R"("set": "lorenz63", "washout": 100, "train": 3000, "validation": 500, "test": 500)",
      R"("ridge": [1e-6])");
  Team team(1);
  EXPECT_EQ(compile_driven(t.model, t.series, load_hardware_config("default"), team).weight_parts, 3);
}

/// Outputs far from their mean on one side alone.
TEST(FixedSeries, OutputsFitOnWhicheverSideTheyLie) {
  for (const double side : {1.0, -1.0}) {
    auto t = trained(R"("dynamics": "esn", "neurons": 40)", R"("input_scale": 0.2, "bias": 0.3)", narma,
                     R"("ridge": [1e-6])");
    t.series.targets = side * (8 * t.series.targets.array()).exp().matrix();
    Team team(1);
    t.model = draw_driven_model(t.model.recipe, t.series);
    fit_read_out(t.model, t.series, team);
    const auto image =
        compile_driven(t.model, t.series, load_hardware_config("default"), team).compilation.image;
    const auto run = run_golden_series(image, driven_image(image, "image"), t.series, t.series.steps(), team);
    EXPECT_EQ(run.saturations, 0) << side;
  }
}

TEST(FixedSeries, TheLastTargetThatIsKnownIsFedBackAndNoneOfTheTestPart) {
  auto t = trained(R"("dynamics": "esn", "neurons": 20)", R"("input_scale": 0.3, "feedback": 0.3)", narma);
  Team team(1);
  const auto image =
      compile_driven(t.model, t.series, load_hardware_config("default"), team).compilation.image;
  const auto ends = driven_image(image, "image");
  const auto first = t.series.parts.steps() - t.series.parts.test;
  const auto codes_with = [&](Eigen::Index place) {
    auto series = t.series;
    if (place >= 0) series.targets(0, place) += 0.2;
    const auto run = run_golden_series(image, ends, series, series.steps(), team);
    const auto width = std::ssize(run.inputs) / run.steps;
    return std::vector(run.inputs.begin(), run.inputs.begin() + (first + 2) * width);
  };
  const auto plain = codes_with(-1);
  EXPECT_NE(codes_with(first - 1), plain) << "what went before the test part is known";
  EXPECT_EQ(codes_with(first), plain) << "what is to be predicted is not";
}

/// As in float: among true values a small one comes out as best, whose errors grow when they are fed back.
TEST(FixedSeries, WithFeedbackTheRegularisationIsThatOfItsOwnOutputs) {
  const auto t = trained(
      R"("dynamics": "esn", "neurons": 13, "density": 1, "leak": 0.31, "seed": 78)", R"("feedback": 0.2)",
      R"("set": "mackey-glass", "tau": 17, "step": 1, "washout": 40, "train": 400, "validation": 100, "test": 300)",
      R"("ridge": [1e-8, 1e-5, 1e-3, 1e-1])");
  Team team(1);
  const auto made = compile_driven(t.model, t.series, load_hardware_config("default"), team);
  EXPECT_GE(made.ridge, 1e-3);
  EXPECT_GT(made.validation_nrmse, 0.05) << "that of true values is 0.046 at 1e-5";
  EXPECT_LT(made.validation_nrmse, 0.3);
}

TEST(FixedSeries, ScalesThatCannotBeAreRefused) {
  const auto t = trained(R"("dynamics": "esn", "neurons": 10)", R"("bias": 0.2)", narma);
  Team team(1);
  auto image = compile_driven(t.model, t.series, load_hardware_config("default"), team).compilation.image;
  const auto notes = nlohmann::json::parse(image.metadata);
  for (const char* end : {"input", "output"})
    for (const auto& [key, value] : {std::pair<const char*, nlohmann::json>{"deviation", {0}},
                                     {"deviation", {-1}},
                                     {"deviation", nlohmann::json::array()},
                                     {"deviation", {1, 1}},
                                     {"mean", {"0"}}}) {
      auto changed = notes;
      changed["driven"][end][key] = value;
      image.metadata = changed.dump();
      EXPECT_THROW(driven_image(image, "image"), Error) << end << " " << key << " " << value;
    }
  image.metadata = notes.dump();
  EXPECT_NO_THROW(driven_image(image, "image"));
}

TEST(FixedSeries, WhatHasNoProgramIsRefused) {
  const auto t = trained(R"("dynamics": "lorenz96", "neurons": 8, "duration": 0.1)", R"("nodes": 2)",
                         R"("set": "narma2", "washout": 20, "train": 60, "validation": 20, "test": 20)");
  Team team(1);
  EXPECT_THROW(compile_driven(t.model, t.series, load_hardware_config("default"), team), Error);
}

}  // namespace fixed_test
}  // namespace stoic
