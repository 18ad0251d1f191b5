#include "stoic/host/learning/noise.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "stoic/host/compiler/calibrate_ffesn.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace noise_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::int64_t samples = 300;  // several groups, the last one short

Model model_of(const std::string& dynamics) {
  const std::string system = dynamics == "csto" ? R"("oscillators": 7, "duration_ps": 60, "step_ps": 20)"
                                                : R"("neurons": 21, "steps": 2)";
  Model model;
  model.recipe = parse_recipe(fmt::format(R"({{"dynamics": "{}", {}, "inputs": 30, "classes": 21,
                                               "seed": 3, "data": {{"set": "random"}}}})",
                                          dynamics, system),
                              "test");
  const auto fill = [](std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
    Eigen::MatrixXd matrix(rows, columns);
    for (Eigen::Index i = 0; i < matrix.size(); ++i)
      matrix(i) = 0.3 * random_normal({seed, Purpose::test}, static_cast<std::uint64_t>(i));
    return matrix;
  };
  model.W_in = fill(21, 30, 1);
  model.matrices = model.recipe.draw_matrices();
  // The output is the state, so that what is added to the state can be seen.
  model.W_out = Eigen::MatrixXd::Identity(21, 22);
  model.single_precision = false;
  return model;
}

Dataset data_of(const Model& model) {
  return make_random_pixels(1, Split::test, samples, model.recipe.inputs, model.recipe.classes);
}

double variance(const Eigen::MatrixXd& values) { return (values.array() - values.mean()).square().mean(); }

class NoiseOf : public testing::TestWithParam<const char*> {};

TEST_P(NoiseOf, SignalIsTheVarianceOverAllComponentsAndSamples) {
  const auto model = model_of(GetParam());
  const auto data = data_of(model);
  const auto signal = signal_variances(model, data.samples, 1);
  const Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>> pixels(
      data.samples.bytes().data(), model.recipe.inputs, samples);
  const Eigen::MatrixXd inputs =
      *model.recipe.input_scale * pixels.cast<double>().array() + model.recipe.input_offset;
  const Eigen::MatrixXd read_in = model.W_in * inputs;
  EXPECT_NEAR(signal.observation, variance(read_in), 1e-9 * signal.observation);
  EXPECT_NEAR(signal.dynamic, variance(logits(model, data.samples)), 1e-9);
  const auto again = signal_variances(model, data.samples, 2);
  EXPECT_EQ(again.observation, signal.observation);
  EXPECT_EQ(again.dynamic, signal.dynamic);
}

TEST_P(NoiseOf, WhatIsAddedToTheStateHasTheVarianceOfTheRatio) {
  const auto model = model_of(GetParam());
  const auto data = data_of(model);
  const auto signal = signal_variances(model, data.samples);
  for (const double ratio : {0.1, 10.0}) {
    const auto noise = make_noise(model.recipe, signal, {.dynamic = ratio}, 0);
    const Eigen::MatrixXd added = logits(model, data.samples, {.noise = noise}) - logits(model, data.samples);
    const double expected = signal.dynamic / ratio;
    // The variance of n normals is known to sqrt(2/n); five of these.
    const double error = 5 * std::sqrt(2.0 / static_cast<double>(added.size()));
    EXPECT_NEAR(variance(added) / expected, 1, error);
    EXPECT_NEAR(added.mean(), 0, 5 * std::sqrt(expected / static_cast<double>(added.size())));
  }
}

TEST_P(NoiseOf, ObservationChangesTheStateAndHardlyDoesWhenItIsWeak) {
  const auto model = model_of(GetParam());
  const auto data = data_of(model);
  const auto signal = signal_variances(model, data.samples);
  const auto clean = logits(model, data.samples);
  const auto shift = [&](double ratio) {
    const auto noise = make_noise(model.recipe, signal, {.observation = ratio}, 0);
    return variance(logits(model, data.samples, {.noise = noise}) - clean);
  };
  EXPECT_GT(shift(1), 0.05 * signal.dynamic);
  EXPECT_LT(shift(1e9), 1e-6 * signal.dynamic);
}

TEST_P(NoiseOf, ATrialRepeatsAndAnotherDiffersWhateverTheSlices) {
  const auto model = model_of(GetParam());
  const auto data = data_of(model);
  auto noise =
      make_noise(model.recipe, signal_variances(model, data.samples), {.observation = 3, .dynamic = 3}, 4);
  const Eigen::MatrixXd all = logits(model, data.samples, {.threads = 1, .noise = noise});
  EXPECT_EQ(logits(model, data.samples, {.threads = 2, .noise = noise}), all);
  const auto tail = data.samples.part(200, 100);
  const Eigen::MatrixXd last = logits(model, tail, {.noise = noise, .first_sample = 200});
  EXPECT_EQ(last, all.rightCols(100));
  noise.trial = 5;
  EXPECT_NE(logits(model, data.samples, {.noise = noise}), all);
}

INSTANTIATE_TEST_SUITE_P(, NoiseOf, testing::Values("ffesn", "csto"),
                         [](const auto& dynamics) { return std::string(dynamics.param); });

TEST(Noise, ActivationsMeetTheNoiseOfInference) {
  const auto model = model_of("ffesn");
  const auto data = data_of(model);
  const auto noise =
      make_noise(model.recipe, signal_variances(model, data.samples), {.observation = 2, .dynamic = 5}, 1);
  const Eigen::MatrixXd gap =
      activations(model, data.samples, noise).logits - logits(model, data.samples, {.noise = noise});
  EXPECT_LT(gap.cwiseAbs().maxCoeff(), 1e-11);
}

TEST(Noise, KindsTrialsAndSamplesDrawApart) {
  Noise noise{.observation = 1, .dynamic = 1, .seed = 9};
  const auto codes = [&](NoiseKind kind, std::int64_t sample) {
    std::vector<std::int16_t> result(40);
    fill_noise_codes(result, noise, kind, sample);
    return result;
  };
  const auto first = codes(NoiseKind::observational, 7);
  std::vector<std::int16_t> expected(40);
  fill_normal_codes(expected, {9, Purpose::observation_noise, 7});
  EXPECT_EQ(first, expected);
  EXPECT_NE(first, codes(NoiseKind::dynamical, 7));
  EXPECT_NE(first, codes(NoiseKind::observational, 8));
  noise.trial = 2;
  fill_normal_codes(expected, {9, Purpose::observation_noise, (std::uint64_t{2} << 32) + 7});
  EXPECT_EQ(codes(NoiseKind::observational, 7), expected);
}

TEST(Noise, RefusesBadRatiosAndTrials) {
  const auto model = model_of("ffesn");
  for (const double ratio :
       {0.0, -1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(
        [&] {
          make_noise(model.recipe, {1, 1}, {.observation = ratio}, 0);
        },
        ThrowsMessage<Error>(AllOf(HasSubstr("observational"), HasSubstr("positive"))));
    EXPECT_THAT(
        [&] {
          make_noise(model.recipe, {1, 1}, {.dynamic = ratio}, 0);
        },
        ThrowsMessage<Error>(AllOf(HasSubstr("dynamical"), HasSubstr("positive"))));
  }
  EXPECT_THAT(
      [&] {
        make_noise(model.recipe, {1, 1}, {.dynamic = 1}, calibration_trial);
      },
      ThrowsMessage<Error>(HasSubstr("choose one")));
  EXPECT_FALSE(make_noise(model.recipe, {1, 1}, {}, 0).any());
}

}  // namespace noise_test
}  // namespace stoic
