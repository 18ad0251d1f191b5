// Noise as data: what the compiler makes of it, and that golden meets the noise of the float reference.
#include "stoic/host/learning/noise.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compare/local_error.hpp"
#include "stoic/host/compiler/calibrate_ffesn.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace noise_test {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::int64_t samples = 200;

Model model_of(const std::string& dynamics) {
  // 11 oscillators and 33 neurons fill no whole number of words.
  const std::string system = dynamics == "csto" ? R"("oscillators": 11, "duration_ps": 60, "step_ps": 20)"
                                                : R"("neurons": 33, "steps": 2)";
  Model model;
  model.recipe = parse_recipe(fmt::format(R"({{"dynamics": "{}", {}, "inputs": 30, "classes": 4, "seed": 3,
                                               "input_offset": -0.25, "data": {{"set": "random"}}}})",
                                          dynamics, system),
                              "test");
  const auto fill = [](std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
    Eigen::MatrixXd matrix(rows, columns);
    for (Eigen::Index i = 0; i < matrix.size(); ++i)
      matrix(i) = 0.3 * random_normal({seed, Purpose::test}, static_cast<std::uint64_t>(i));
    return matrix;
  };
  model.W_in = fill(33, 30, 1);
  model.matrices = model.recipe.draw_matrices();
  model.W_out = fill(4, 34, 2);
  model.single_precision = false;
  return model;
}

Dataset data_of(const Model& model, std::uint64_t seed = 1) {
  return make_random_pixels(seed, Split::test, samples, model.recipe.inputs, model.recipe.classes);
}

Noise noise_of(const Model& model, const Dataset& data, const SignalToNoise& ratios) {
  return make_noise(model.recipe, signal_variances(model, data.samples), ratios, 0);
}

VectorSymbol vector_named(const Image& image, const std::string& name) {
  for (const auto& vector : image.vectors)
    if (vector.name == name) return vector;
  throw Error("no vector " + name);
}

class CompiledNoise : public testing::TestWithParam<const char*> {
 protected:
  Model model = model_of(GetParam());
  Dataset data = data_of(model);
  Dataset training = data_of(model, 2);
  HardwareConfig config = load_hardware_config("default");
};

TEST_P(CompiledNoise, LeavesTheImageWithoutNoiseAlone) {
  const auto clean = compile(model, training, config).image;
  EXPECT_EQ(write_image(clean), write_image(compile(model, training, config, {}).image));
  EXPECT_EQ(clean.input_lengths, std::vector<std::int64_t>{30});
  EXPECT_FALSE(nlohmann::json::parse(clean.metadata).contains("noise"));
  const auto noisy = compile(model, training, config, noise_of(model, data, {.dynamic = 3})).image;
  EXPECT_GT(noisy.program.size(), clean.program.size());
  EXPECT_EQ(noisy.weights, clean.weights);
}

TEST_P(CompiledNoise, AsksForAVectorOfEachKindBehindThePixels) {
  const auto elements = [&](const SignalToNoise& ratios) {
    const auto image = compile(model, training, config, noise_of(model, data, ratios)).image;
    EXPECT_EQ(image.input_lengths.front(), 30);
    std::int64_t sum = 0;
    for (const auto length : image.input_lengths) sum += length;
    return sum;
  };
  EXPECT_EQ(elements({.observation = 1}), 30 + 33);
  EXPECT_EQ(elements({.dynamic = 1}), 30 + 33);
  EXPECT_EQ(elements({.observation = 1, .dynamic = 1}), 30 + 66);
}

TEST_P(CompiledNoise, GoldenDecidesAsFloatUnderTheSameNoise) {
  for (const auto& ratios :
       {SignalToNoise{.observation = 0.1}, SignalToNoise{.observation = 30}, SignalToNoise{.dynamic = 0.1},
        SignalToNoise{.dynamic = 30}, SignalToNoise{.observation = 1, .dynamic = 1}}) {
    const auto noise = noise_of(model, data, ratios);
    const auto image = compile(model, training, config, noise).image;
    const auto reference = evaluate_float(model, data, {.noise = noise});
    const auto golden = evaluate_golden(image, data);
    // Only the same noise makes the same decisions: other draws agree on far fewer.
    EXPECT_GT(agreement(golden, reference), 0.93);
    EXPECT_LT(agreement(evaluate_golden(with_trial(image, 1), data), reference), 0.9);
    EXPECT_EQ(golden.counters.overflows, 0);
  }
}

TEST_P(CompiledNoise, OutputsStayWithinRoundingOfFloat) {
  const auto noise = noise_of(model, data, {.observation = 3, .dynamic = 3});
  const auto result = compile(model, training, config, noise);
  const auto golden = evaluate_golden(result.image, data);
  const auto reference = evaluate_float(model, data, {.noise = noise});
  const Eigen::MatrixXd error = golden.outputs.real() - reference.outputs.real();
  EXPECT_LT(std::sqrt(error.array().square().mean()),
            0.02 * std::sqrt(reference.outputs.values.array().square().mean()));
}

TEST_P(CompiledNoise, WeakNoiseGivesTheDecisionsWithoutNoise) {
  const auto noise = noise_of(model, data, {.observation = 1e9, .dynamic = 1e9});
  const auto noisy = evaluate_golden(compile(model, training, config, noise).image, data);
  const auto clean = evaluate_golden(compile(model, training, config).image, data);
  EXPECT_GT(agreement(noisy, clean), 0.985);  // a tie within rounding may fall either way
  const auto reference = evaluate_float(model, data, {.noise = noise});
  EXPECT_EQ(reference.decisions, evaluate_float(model, data).decisions);
}

TEST_P(CompiledNoise, KeepsLocalBoundsOnInstancesOfAllWidths) {
  const auto noise = noise_of(model, data, {.observation = 0.3, .dynamic = 2});
  std::vector<std::string> names{"small", "default", "wide"};
  // The accumulators of these are too narrow for oscillators, with noise or without.
  if (model.recipe.dynamics() == "ffesn") names.insert(names.end(), {"tiny", "compact"});
  for (const auto& name : names) {
    SCOPED_TRACE(name);
    const auto image = compile(model, training, load_hardware_config(name), noise).image;
    for (const auto& error : local_errors(image, 3, input_filler(image, data.samples)))
      EXPECT_TRUE(error.within_bound()) << error.mnemonic << " at program word " << error.slot << ": "
                                        << error.largest << " exceeds " << error.bound;
  }
}

TEST_P(CompiledNoise, TheTrialChangesNothingButTheDraws) {
  auto noise = noise_of(model, data, {.observation = 2});
  const auto first = compile(model, training, config, noise).image;
  noise.trial = 6;
  const auto other = compile(model, training, config, noise).image;
  EXPECT_NE(first, other);
  EXPECT_EQ(write_image(with_trial(first, 6)), write_image(other));
  EXPECT_EQ(evaluate_golden(first, data).outputs, evaluate_golden(with_trial(other, 0), data).outputs);
  EXPECT_NE(evaluate_golden(first, data).outputs, evaluate_golden(other, data).outputs);
}

INSTANTIATE_TEST_SUITE_P(, CompiledNoise, testing::Values("ffesn", "csto"),
                         [](const auto& dynamics) { return std::string(dynamics.param); });

TEST(FfesnNoise, GoldenAddsWhatFloatAdds) {
  const auto model = model_of("ffesn");
  const auto data = data_of(model);
  const auto noise = noise_of(model, data, {.observation = 0.5});
  auto config = load_hardware_config("default");
  config.weight_width = 16;  // so that W_in's rounding is small beside that of the sum
  const auto image = compile(model, data_of(model, 2), config, noise).image;
  const auto vector = vector_named(image, "noisy x(0)");
  const auto expected = activations(model, data.samples, noise).states.front();
  const double unit = std::ldexp(1.0, -static_cast<int>(vector.fraction_bits));
  double largest = 0;
  bool added = false;
  const golden::Observer look = [&](const golden::Step& step, std::int64_t first, std::int64_t count,
                                    const auto& state) {
    if (!std::holds_alternative<Bundle>(step.instruction)) return;
    added = true;
    for (std::int64_t s = 0; s < count; ++s)
      for (Eigen::Index i = 0; i < expected.rows(); ++i)
        largest = std::max(
            largest, std::abs(state(s, vector.word * config.lanes + i) * unit - expected(i, first + s)));
  };
  golden::run_batch(image, samples, input_filler(image, data.samples), {.observer = look});
  EXPECT_TRUE(added);
  EXPECT_LT(largest, 3 * unit);
  EXPECT_GT(noise.observation, 100 * unit);
}

TEST(InputCodes, NarrowStatesGetTheUpperBitsRounded) {
  EXPECT_EQ(noise_state(-7, 16), -7);
  EXPECT_EQ(noise_state(-7, 18), -7);
  EXPECT_EQ(noise_state_bits(18), 12);
  EXPECT_EQ(noise_state_bits(10), 6);
  EXPECT_EQ(noise_state(95, 10), 1);
  EXPECT_EQ(noise_state(96, 10), 2);  // ties go upwards
  EXPECT_EQ(noise_state(-96, 10), -1);
  EXPECT_EQ(noise_state(-97, 10), -2);
}

TEST(InputCodes, ArePixelsThenTheCodesOfTheDraws) {
  InputPlan plan{.elements = 2, .neurons = 3, .state_width = 16, .noise = {.observation = 1, .dynamic = 1}};
  const auto data = make_random_pixels(1, Split::test, 6, 2, 2);
  std::vector<std::uint8_t> pixels(data.samples.bytes().begin(), data.samples.bytes().end());
  pixels[10] = 200, pixels[11] = 3;
  const Samples given(std::move(pixels), 2);
  std::vector<std::int32_t> codes(8);
  fill_input_codes(plan, given, 5, codes);
  EXPECT_THAT(std::vector(codes.begin(), codes.begin() + 2), testing::ElementsAre(200, 3));
  std::vector<std::int16_t> normals(3);
  fill_noise_codes(normals, plan.noise, NoiseKind::observational, 5);
  EXPECT_THAT(std::vector(codes.begin() + 2, codes.begin() + 5), testing::ElementsAreArray(normals));
  fill_noise_codes(normals, plan.noise, NoiseKind::dynamical, 5);
  EXPECT_THAT(std::vector(codes.begin() + 5, codes.end()), testing::ElementsAreArray(normals));
}

TEST(InputCodes, PixelsLoseOneBitInStatesOfEightBitsAndNoneInWiderOnes) {
  EXPECT_EQ(pixel_state_bits(8), -1);
  EXPECT_EQ(pixel_state(0, 8), 0);
  EXPECT_EQ(pixel_state(3, 8), 2);  // ties go upwards
  EXPECT_EQ(pixel_state(254, 8), 127);
  EXPECT_EQ(pixel_state(255, 8), 127);  // saturates
  EXPECT_EQ(pixel_state_bits(9), 0);
  EXPECT_EQ(pixel_state(255, 9), 255);
  const InputPlan plan{.elements = 3, .state_width = 8};
  const Samples given(std::vector<std::uint8_t>{0, 101, 255}, 3);
  std::vector<std::int32_t> codes(3);
  fill_input_codes(plan, given, 0, codes);
  EXPECT_THAT(codes, testing::ElementsAre(0, 51, 127));
}

TEST(InputCodes, MetadataThatContradictsTheInputsIsRefused) {
  const auto model = model_of("ffesn");
  const auto data = data_of(model);
  auto image =
      compile(model, data, load_hardware_config("default"), noise_of(model, data, {.dynamic = 1})).image;
  auto lengths = image;
  lengths.input_lengths.pop_back();
  EXPECT_THAT([&] { input_plan(lengths, "x.img"); },
              ThrowsMessage<Error>(testing::AllOf(HasSubstr("x.img"), HasSubstr("compile"))));
  // Two kinds of noise take as many vectors each
  auto third = compile(model, data, load_hardware_config("default"),
                       noise_of(model, data, {.observation = 1, .dynamic = 1}))
                   .image;
  EXPECT_NO_THROW(input_plan(third));
  third.input_lengths.push_back(33);
  EXPECT_THAT([&] { input_plan(third, "x.img"); }, ThrowsMessage<Error>(HasSubstr("compile")));
  image.metadata = R"({"noise": {"observation": -1}})";
  EXPECT_THAT([&] { input_plan(image, "x.img"); }, ThrowsMessage<Error>(HasSubstr("observation")));
}

}  // namespace noise_test
}  // namespace stoic
