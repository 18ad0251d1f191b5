// Driven spin-torque oscillators in fixed point, on golden.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "stoic/host/compiler/driven_csto_calibration.hpp"
#include "stoic/host/compiler/driven_fixed.hpp"
#include "stoic/host/compiler/driven_lowering.hpp"
#include "stoic/host/driven/driven_network.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "trained.hpp"

namespace stoic {
namespace fixed_csto_test {

using Eigen::Index;

struct Kind {
  const char* name;
  const char* system;    ///< keys of the oscillators
  const char* drive;     ///< keys of "drive"
  const char* read_out;  ///< keys of "read_out"
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

Trained trained_csto(const Kind& kind) {
  return trained(
      std::string(R"("dynamics": "csto", "gilbert_damping": 0.1, "duration_ps": 100, "step_ps": 20, )") +
          kind.system,
      kind.drive, R"("set": "narma2", "washout": 50, "train": 400, "validation": 100, "test": 200)",
      kind.read_out);
}

class DrivenCstoProgram : public testing::TestWithParam<Kind> {};

/// The oscillators of the program and those of the model that it says it runs, along the same series.
double largest_difference(const Trained& t, const char* hw) {
  Team team(1);
  const auto seen = calibrate_driven_csto(t.model, t.series, team);
  const auto config = load_hardware_config(hw);
  const auto lowering = make_csto_lowering(t.model, seen, config, 2);
  const NormalEquations nothing(t.model.W_out.cols() - 1, t.model.outputs());
  const auto image =
      lowering->lower(Eigen::MatrixXd::Zero(t.model.W_out.rows(), t.model.W_out.cols()), nothing)
          .compilation.image;
  const auto ends = lowering->ends();
  const auto rounded = lowering->rounded_model();
  const ScaledSeries scaled(rounded, t.series);
  DrivenNetwork network(rounded, team);
  DrivenMachine machine(image);
  std::vector<std::int32_t> codes(static_cast<std::size_t>(image.input_lengths.at(0)));
  double largest = 0;
  follow_series(network, scaled, 300, team, [&](Index step) {
    ends.fill(scaled.inputs.col(step), scaled.before(step), codes);
    machine.step(codes);
    const auto observed = t.model.recipe.observed();
    largest = std::max(
        largest, (lowering->features(machine.state()).head(observed) - network.features().head(observed))
                     .cwiseAbs()
                     .maxCoeff());
  });
  return largest;
}

TEST_P(DrivenCstoProgram, HasTheStatesOfTheReservoirThatItRounds) {
  const auto t = trained_csto(GetParam());
  EXPECT_LT(largest_difference(t, "default"), 0.03);
  EXPECT_LT(largest_difference(t, "wide"), 0.004);
}

TEST(DrivenCstoProgramOfStrongDrives, PredictsAsTheFloatReferenceDoes) {
  const auto t = trained_csto({"strong", R"("oscillators": 6, "coupling_Oe": 1)",
                               R"("joins": "field", "input_scale": 1500, "nodes": 3)", ""});
  Team team(1);
  const auto made = compile_driven(t.model, t.series, load_hardware_config("default"), team);
  const auto& image = made.compilation.image;
  const auto ends = driven_image(image, "image");
  const auto run = run_golden_series(image, ends, t.series, t.series.steps(), team);
  EXPECT_EQ(run.cycles_of_step, golden::schedule(image.program, image.config).cycles);
  EXPECT_LT(judge_fixed(image, ends, t.series, run.outputs, team).error.nrmse, 1.15 * t.nrmse);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, DrivenCstoProgram,
    testing::Values(
        Kind{"field_of_several_nodes", R"("oscillators": 6, "coupling_Oe": 1)",
             R"("joins": "field", "input_scale": 300, "nodes": 3)", ""},
        Kind{"field_of_one_node", R"("oscillators": 12, "coupling_Oe": 10)",
             R"("joins": "field", "input_scale": 300, "bias": 20)", ""},
        Kind{"current", R"("oscillators": 8, "coupling_Oe": 1)", R"("joins": "current", "input_scale": 0.8)",
             ""},
        Kind{"one_oscillator_seen_along_x", R"("oscillators": 1)",
             R"("joins": "field", "input_scale": 1500, "nodes": 8, "observe": "x")", ""},
        Kind{"squares_inputs_and_feedback", R"("oscillators": 5, "coupling_Oe": 1)",
             R"("joins": "field", "input_scale": 1500, "nodes": 2, "feedback": 5)",
             R"("features": "quadratic", "input": true)"},
        Kind{"another_pinned_layer_and_renormalised",
             R"("oscillators": 4, "coupling_Oe": 1, "renormalise": true, "pinned_layer": [0.6, 0, 0.8])",
             R"("joins": "field", "input_scale": 300, "nodes": 2)", ""}),
    [](const auto& kind) { return kind.param.name; });

}  // namespace fixed_csto_test
}  // namespace stoic
