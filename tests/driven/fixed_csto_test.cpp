// Driven spin-torque oscillators in fixed point, on golden.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "stoic/host/compiler/driven_fixed.hpp"
#include "stoic/host/driven/driven_network.hpp"
#include "stoic/host/driven/driven_scores.hpp"
#include "stoic/sim/golden/schedule.hpp"

namespace stoic {
namespace fixed_csto_test {

using Eigen::Index;

struct Kind {
  const char* name;
  const char* system;    ///< keys of the oscillators
  const char* drive;     ///< keys of "drive"
  const char* read_out;  ///< keys of "read_out"
  double most;           ///< times the float reference's error on `default`
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

struct TrainedCsto {
  TimeSeries series;
  DrivenModel model;
  double nrmse = 0;
};

TrainedCsto trained(const Kind& kind) {
  const auto recipe = parse_driven_recipe(
      std::string(R"({"dynamics": "csto", "gilbert_damping": 0.1, "duration_ps": 100, "step_ps": 20, )") +
          kind.system + R"(, "drive": {)" + kind.drive +
          R"(}, "data": {"set": "narma2", "washout": 50, "train": 400, "validation": 100, "test": 200}, "read_out": {)" +
          kind.read_out + "}}",
      "recipe");
  Team team(1);
  TrainedCsto result{.series = load_series(recipe.data, recipe.seed)};
  result.model = draw_driven_model(recipe, result.series);
  fit_read_out(result.model, result.series, team);
  result.nrmse = judge_driven(result.model, result.series, team).error.nrmse;
  return result;
}

class DrivenCstoProgram : public testing::TestWithParam<Kind> {};

/// The read-out sees of every step what the rounded model's oscillators do, but for the rounding of states.
TEST_P(DrivenCstoProgram, FollowsTheReservoirThatItRoundsAndPredictsAsWell) {
  const auto t = trained(GetParam());
  Team team(1);
  for (const char* hw : {"default", "wide"}) {
    SCOPED_TRACE(hw);
    const auto made = compile_driven(t.model, t.series, load_hardware_config(hw), team);
    const auto& image = made.compilation.image;
    const auto ends = driven_image(image, "image");
    const auto run = run_golden_series(image, ends, t.series, t.series.steps(), team);
    EXPECT_EQ(run.saturations, 0);
    EXPECT_EQ(run.cycles_of_step, golden::schedule(image.program, image.config).cycles);
    const auto fixed = judge_fixed(image, ends, t.series, run.outputs, team);
    EXPECT_LT(fixed.error.nrmse, GetParam().most * t.nrmse);
    auto rounded = made.rounded;
    fit_read_out(rounded, t.series, team);
    const auto exact = predict_test(rounded, t.series, team);
    EXPECT_LT(series_error(fixed.predicted, exact).nrmse, 0.1);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, DrivenCstoProgram,
    testing::Values(
        Kind{"field_of_several_nodes", R"("oscillators": 6, "coupling_Oe": 1)",
             R"("joins": "field", "input_scale": 200, "nodes": 3)", "", 1.1},
        Kind{"field_of_one_node", R"("oscillators": 12, "coupling_Oe": 10)",
             R"("joins": "field", "input_scale": 200, "bias": 20)", "", 1.1},
        Kind{"current", R"("oscillators": 8, "coupling_Oe": 1)", R"("joins": "current", "input_scale": 0.4)",
             "", 1.1},
        Kind{"one_oscillator_seen_along_x", R"("oscillators": 1)",
             R"("joins": "field", "input_scale": 200, "nodes": 8, "observe": "x")", "", 1.1},
        Kind{"squares_inputs_and_feedback", R"("oscillators": 5, "coupling_Oe": 1)",
             R"("joins": "field", "input_scale": 200, "nodes": 2, "feedback": 5)",
             R"("features": "quadratic", "input": true)", 1.2},
        Kind{"another_pinned_layer_and_renormalised",
             R"("oscillators": 4, "coupling_Oe": 1, "renormalise": true, "pinned_layer": [0.6, 0, 0.8])",
             R"("joins": "field", "input_scale": 200, "nodes": 2)", "", 1.1}),
    [](const auto& kind) { return kind.param.name; });

}  // namespace fixed_csto_test
}  // namespace stoic
