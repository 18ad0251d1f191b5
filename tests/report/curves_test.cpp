// Curves of several models under noise: their names, and what their trials together say.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "stoic/host/compare/confidence.hpp"
#include "stoic/host/compare/curve_names.hpp"
#include "stoic/host/compare/noise_curve.hpp"

namespace stoic {
namespace curves_test {

using testing::ElementsAre;

Recipe oscillators(const std::string& keys) {
  return parse_recipe(R"({"dynamics": "csto", "oscillators": 4, "inputs": 9, "classes": 2, "step_ps": 10,
      "duration_ps": 30, "data": {"set": "random"})" +
                          keys + "}",
                      "test");
}

TEST(CurveNames, HoldEveryKeyThatDiffers) {
  EXPECT_THAT(curve_names({oscillators(R"(, "coupling_Oe": 0.1, "seed": 1)"),
                           oscillators(R"(, "coupling_Oe": 500, "seed": 2)")},
                          {"a.npz", "b.npz"}),
              ElementsAre("coupling_Oe = 0.1, seed = 1", "coupling_Oe = 500.0, seed = 2"));
  EXPECT_THAT(curve_names({oscillators(""),
                           oscillators(R"(, "training": {"optimizer": "adam", "learning_rate": 0.02})")},
                          {"a.npz", "b.npz"}),
              ElementsAre("training.optimizer = sgd", "training.optimizer = adam"));
}

TEST(CurveNames, AreDistinctThoughNoSingleKeyTellsThreeModelsApart) {
  EXPECT_THAT(curve_names({oscillators(R"(, "seed": 1)"), oscillators(R"(, "seed": 2)"),
                           oscillators(R"(, "coupling_Oe": 5, "seed": 2)")},
                          {"a.npz", "b.npz", "c.npz"}),
              ElementsAre("coupling_Oe = 17.8, seed = 1", "coupling_Oe = 17.8, seed = 2",
                          "coupling_Oe = 5.0, seed = 2"));
}

TEST(CurveNames, AreThoseOfTheFilesWhereRecipesAreEqualOrTooDifferent) {
  const auto other = parse_recipe(R"({"dynamics": "linear", "inputs": 9, "classes": 2})", "test");
  EXPECT_THAT(curve_names({oscillators(""), oscillators("")}, {"x/a.npz", "x/b.npz"}), ElementsAre("a", "b"));
  EXPECT_THAT(curve_names({oscillators(""), other}, {"x/a.npz", "x/b.npz"}), ElementsAre("a", "b"));
  EXPECT_THAT(curve_names({oscillators(""), oscillators("")}, {"x/a.npz", "y/a.npz"}),
              ElementsAre("x/a.npz", "y/a.npz"));
  EXPECT_THAT(curve_names({oscillators(""), oscillators("")}, {"a.npz", "a.npz"}),
              ElementsAre("1: a.npz", "2: a.npz"));
  EXPECT_THAT(curve_names({oscillators("")}, {"a.npz"}), ElementsAre(""));
}

/// 200 samples: 12 that fixed point alone gets right, 5 that float alone does, in each of so many trials.
ClusteredDifference alike(std::int64_t trials) {
  std::vector<std::int32_t> sums(200, 0);
  for (int s = 0; s < 12; ++s) sums[s] = static_cast<std::int32_t>(trials);
  for (int s = 12; s < 17; ++s) sums[s] = -static_cast<std::int32_t>(trials);
  ClusteredDifference result;
  result.add(sums, trials);
  return result;
}

TEST(ClusteredInterval, OfOneTrialIsThePairedOne) {
  const PairedDifference paired{
      .samples = 200, .only_first_right = 5, .only_second_right = 12, .difference = 0.035};
  EXPECT_NEAR(alike(1).difference(), paired.difference, 1e-15);
  EXPECT_NEAR(alike(1).interval().low, paired.interval().low, 1e-12);
  EXPECT_NEAR(alike(1).interval().high, paired.interval().high, 1e-12);
}

TEST(ClusteredInterval, DoesNotNarrowWhenTheSameTrialIsRepeated) {
  EXPECT_NEAR(alike(25).difference(), 0.035, 1e-15);
  EXPECT_NEAR(alike(25).interval().low, alike(1).interval().low, 1e-12);
  EXPECT_NEAR(alike(25).interval().high, alike(1).interval().high, 1e-12);
}

TEST(ClusteredInterval, NarrowsWithSamplesOfOtherData) {
  auto twice = alike(3);
  std::vector<std::int32_t> sums(200, 0);
  for (int s = 0; s < 12; ++s) sums[s] = 3;
  for (int s = 12; s < 17; ++s) sums[s] = -3;
  twice.add(sums, 3);
  const auto width = [](const Interval& i) { return i.high - i.low; };
  EXPECT_EQ(twice.samples(), 400);
  EXPECT_NEAR(twice.difference(), 0.035, 1e-15);
  EXPECT_NEAR(width(twice.interval()) / width(alike(3).interval()), std::sqrt(0.5), 0.05);
}

TEST(NoiseSummary, CountsASampleOnceOverStrengthsAndCurvesOfTheSameData) {
  NoisePoint point{.signal_to_noise = 1, .by_sample = std::vector<std::int32_t>(200, 0)};
  for (int s = 0; s < 12; ++s) point.by_sample[s] = 1;
  for (int s = 12; s < 17; ++s) point.by_sample[s] = -1;
  point.difference = {{.samples = 200, .only_first_right = 5, .only_second_right = 12, .difference = 0.035}};
  const NoiseCurve curve{.points = {point, point, point}, .data = "same"};
  auto other = curve;
  EXPECT_EQ(summary({curve, other}).difference.samples(), 200);
  EXPECT_NEAR(summary({curve, other}).difference.interval().low, alike(1).interval().low, 1e-12);
  EXPECT_NEAR(pooled(point).interval().low, alike(1).interval().low, 1e-12);
  other.data = "other";
  EXPECT_EQ(summary({curve, other}).difference.samples(), 400);
}

}  // namespace curves_test
}  // namespace stoic
