// What the compiler takes from calibration samples, against plain sums over all of them; and constants that
// must meet.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "stoic/host/compiler/calibrate_csto.hpp"
#include "stoic/host/compiler/calibrate_ffesn.hpp"
#include "stoic/host/compiler/compensated_rounding.hpp"
#include "stoic/host/compiler/convolution_tiling.hpp"
#include "stoic/host/compiler/function_table.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/compiler/vector_statistics.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/read_in.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace calibration_test {

constexpr std::uint64_t seed = 17;

Model random_model(const std::string& keys) {
  Model model;
  model.recipe = parse_recipe(
      R"({"inputs": 12, "classes": 3, "seed": 3, "input_offset": -0.25, "data": {"set": "random"}, )" + keys +
          "}",
      "test");
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, 0.3);
  const auto fill = [&](std::int64_t rows, std::int64_t columns) {
    return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return normal(random); });
  };
  if (model.recipe.has_read_in()) model.W_in = fill(model.recipe.neurons(), model.recipe.read_in_columns());
  model.W_out = fill(model.recipe.classes, model.recipe.neurons() + 1);
  model.matrices = model.recipe.draw_matrices();
  model.single_precision = false;
  return model;
}

/// Grey samples, of which number `bright` is black and white.
Samples pixels_with(std::int64_t samples, std::int64_t inputs, std::int64_t bright) {
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> pixels;
  for (std::int64_t i = 0; i < samples * inputs; ++i)
    pixels.push_back(static_cast<std::uint8_t>(i / inputs == bright ? i % 2 * 255 : 120 + random() % 16));
  return {std::move(pixels), inputs};
}

TEST(Calibration, SeesEverySampleWhereverItStands) {
  for (const char* keys : {R"("dynamics": "linear")", R"("dynamics": "mlp", "neurons": 9)",
                           R"("dynamics": "lorenz96", "neurons": 9, "duration": 0.1)"}) {
    const auto model = random_model(keys);
    for (const std::int64_t samples : {1, 2, 63, 64, 65, 129}) {
      SCOPED_TRACE(fmt::format("{}, {} samples", keys, samples));
      const auto bright = pixels_with(1, 12, 0);
      const auto alone = vector_statistics(model, bright, {});
      for (const std::int64_t place : {std::int64_t{0}, samples / 2, samples - 1}) {
        const auto seen = vector_statistics(model, pixels_with(samples, 12, place), {});
        for (const char* name : {"u", "y", "x(T)"}) {
          EXPECT_LE(seen.ranges.at(name).least, alone.ranges.at(name).least + 1e-12) << name;
          EXPECT_GE(seen.ranges.at(name).most, alone.ranges.at(name).most - 1e-12) << name;
        }
      }
    }
  }
}

TEST(Calibration, OfRealValuesHoldsThemAllHoweverManyThereAre) {
  const auto model = random_model(R"("dynamics": "linear")");
  Dataset data;
  for (const std::size_t place : {std::size_t{0}, std::size_t{2500}}) {
    std::vector<double> values(2501 * 12, 0.5);
    values[place * 12 + 7] = 80;
    values[place * 12 + 8] = -60;
    data.samples = Samples(std::move(values), 12);
    data.labels.assign(2501, 0);
    const auto range = calibrate(model, data, {}).inputs();
    EXPECT_EQ(range.least, -60);
    EXPECT_EQ(range.most, 80);
  }
}

TEST(Calibration, TakesMeansOverAllSamples) {
  const auto model = random_model(R"("dynamics": "linear")");
  for (const std::int64_t samples : {1, 64, 65, 130}) {
    const auto pixels = pixels_with(samples, 12, samples - 1);
    const Eigen::MatrixXd u = network_inputs(model.recipe, pixels);
    const auto seen = vector_statistics(model, pixels, {}, {"u"});
    const Eigen::MatrixXd expected = u * u.transpose() / static_cast<double>(samples);
    EXPECT_LT((seen.moments.at("u").mean() - expected).cwiseAbs().maxCoeff(), 1e-12) << samples;
    EXPECT_EQ(seen.ranges.at("u").least, std::min(0.0, u.minCoeff()));
    EXPECT_EQ(seen.ranges.at("u").most, std::max(0.0, u.maxCoeff()));
  }
}

TEST(Calibration, MadeOnceServesEveryInstanceAsOneOfItsOwn) {
  for (const char* keys :
       {R"("dynamics": "ffesn", "neurons": 9, "steps": 2)", R"("dynamics": "mlp", "neurons": 9)",
        R"("dynamics": "csto", "oscillators": 3, "duration_ps": 40, "step_ps": 20)"}) {
    const auto model = random_model(keys);
    const Dataset data = make_random_pixels(1, Split::train, 20, 12, 3);
    const Noise noise{.observation = 0.1, .dynamic = 0.2};
    const auto calibration = calibrate(model, data, noise);
    for (const char* name : {"small", "default"}) {
      const auto config = load_hardware_config(name);
      EXPECT_EQ(write_image(compile(model, calibration, config).image),
                write_image(compile(model, data, config, noise).image))
          << keys << " " << name;
    }
  }
}

TEST(Calibration, OfOscillatorsSeesEverySampleAndStage) {
  const auto model =
      random_model(R"("dynamics": "csto", "oscillators": 5, "duration_ps": 40, "step_ps": 20)");
  const auto& parameters = std::get<CstoParameters>(model.recipe.system);
  const OscillatorArrays arrays{{parameters}, {&model.matrices.at("W_coupling")}, {}};
  const auto alone = calibrate_csto(model, arrays, pixels_with(1, 12, 0)).front();
  for (const std::int64_t samples : {1, 15, 16, 17, 33}) {
    SCOPED_TRACE(samples);
    const auto pixels = pixels_with(samples, 12, samples - 1);
    const auto seen = calibrate_csto(model, arrays, pixels).front();
    EXPECT_GE(seen.y.most - seen.y.least, alone.y.most - alone.y.least - 1e-9);
    EXPECT_GE(seen.read_in_magnitude.maxCoeff(), alone.read_in_magnitude.maxCoeff() - 1e-12);
    // |m(T)| = 1 for every oscillator, so the trace of the moments is their number; m_x² of all stages is a
    // part.
    EXPECT_NEAR(seen.last_moments.trace(), 5, 0.01);
    EXPECT_LE(seen.m_x_moments.trace(), 5.01);
    EXPECT_GT(seen.m_x_moments.trace(), 0.01);
    EXPECT_LT((seen.last_moments - seen.last_moments.transpose()).cwiseAbs().maxCoeff(), 1e-15);
  }
}

TEST(CompensatedRounding, BeginsWithTheColumnsThatMatterMost) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const Eigen::MatrixXd W = Eigen::MatrixXd::NullaryExpr(2000, 2, [&] { return normal(random); });
  Eigen::Matrix2d moments;
  moments << 4, 5, 5, 25;
  const auto quantised = quantise_for_products(W, 5, Eigen::MatrixXd(moments));
  const auto nearest = quantise_matrix(W, 5);
  // Column 1 is rounded to nearest, and column 0 takes what makes good for it: H = moments + 0.01 mean on the
  // diagonal.
  EXPECT_EQ(quantised.codes.col(1), nearest.codes.col(1));
  const double unit = std::ldexp(1.0, static_cast<int>(-quantised.fraction_bits)),
               share = 5 / (4 + 0.01 * 14.5);
  for (Eigen::Index r = 0; r < W.rows(); ++r) {
    const double error = W(r, 1) - quantised.codes(r, 1) * unit;
    ASSERT_EQ(quantised.codes(r, 0), quantise(W(r, 0) + share * error, quantised.fraction_bits, 5)) << r;
  }
}

TEST(NoiseFactors, AreAsFineAsTheirResultCanUse) {
  auto config = load_hardware_config("default");
  NetworkBuilder builder(config);
  const auto factors = [&](double sigma, double gain, std::int64_t source, std::int64_t result) {
    const NoiseSum sum{.name = "s", .source_fraction_bits = source, .result_fraction_bits = result};
    const auto made =
        builder.noise_factors(sum, Eigen::VectorXd::Constant(1, gain), Eigen::VectorXd::Constant(1, sigma));
    return std::pair(made.sigma_fraction_bits, made.gain_fraction_bits);
  };
  // Noise has 12 fraction bits in states of 16.
  EXPECT_EQ(factors(0.9, 1, 15, 8), std::pair(std::int64_t{12}, std::int64_t{9}));
  EXPECT_EQ(factors(0.9, 1, 15, 14), std::pair(std::int64_t{15}, std::int64_t{12}));
  EXPECT_EQ(factors(1000, 1, 15, 14), std::pair(std::int64_t{5}, std::int64_t{2}));
  EXPECT_EQ(factors(0.9, 1, 3, 8), std::pair(std::int64_t{12}, std::int64_t{14}));
  EXPECT_EQ(factors(1000, 1, 20, 14), std::pair(std::int64_t{5}, std::int64_t{0}));
}

class LastStage : public testing::TestWithParam<const char*> {};

TEST_P(LastStage, HasWeightsThatAddUpToExactlyOne) {
  const auto model = random_model(GetParam());
  const Dataset data = make_random_pixels(1, Split::train, 20, 12, 3);
  for (const char* name : {"small", "default", "wide"}) {
    const auto image = compile(model, data, load_hardware_config(name)).image;
    const auto code = [&](const std::string& vector) -> std::int64_t {
      for (const auto& v : image.vectors)
        if (v.name == vector)
          for (const auto& block : image.initial_state)
            if (block.word == v.word) return block.values.at(0);
      throw std::out_of_range(vector);
    };
    // -1/3 + 1/3 + 2/3 + 1/3
    EXPECT_EQ(code("1/3") + code("2/3"), std::int64_t{1} << (image.config.state_width - 1)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    OfRk4, LastStage,
    testing::Values(R"("dynamics": "csto", "oscillators": 5, "duration_ps": 40, "step_ps": 20)",
                    R"("dynamics": "lorenz96", "neurons": 9, "duration": 0.1)",
                    R"("dynamics": "pendulums", "pendulums": 4, "duration": 0.2)"),
    [](const auto& p) { return p.index == 0   ? "csto"
                               : p.index == 1 ? "lorenz96"
                                              : "pendulums"; });

TEST(Weights, AreCountedInWholeBytesWhereverTheyLie) {
  const auto model = random_model(R"("dynamics": "mlp", "neurons": 9)");
  const Dataset data = make_random_pixels(1, Split::train, 20, 12, 3);
  for (const std::int64_t width : {4, 7, 8, 9, 16, 17}) {
    auto config = load_hardware_config("default");
    config.weight_width = width;
    // W_out [3 x 9] takes 9 beats, W_in [9 x 12] 12 of them.
    const auto bytes = (width + 7) / 8 * config.lanes;
    const auto resident = compile(model, data, config);
    EXPECT_EQ(resident.weight_bytes, 21 * bytes) << width;
    EXPECT_EQ(resident.streamed_weight_bytes, 0) << width;
    config.weight_words = 9;
    const auto streamed = compile(model, data, config);
    EXPECT_EQ(streamed.weight_bytes, 9 * bytes) << width;
    EXPECT_EQ(streamed.streamed_weight_bytes, 12 * bytes) << width;
    EXPECT_EQ(streamed.ideal_mac_cycles, resident.ideal_mac_cycles) << width;
    EXPECT_EQ(streamed.ideal_mac_cycles, 21) << width;
  }
}

TEST(ConvolutionTiling, LeavesThreeEighthsOfTheProgramToTheRest) {
  const ConvolutionShape shape{28, 28, 1, 16, 6, 2};
  HardwareConfig config;
  config.lanes = 16;
  config.program_words = 512;
  config.state_words_per_lane = 1 << 20;
  const auto narrow = tile(shape, config);
  config.program_words = (narrow.program_words() * 8 + 4) / 5;
  EXPECT_EQ(tile(shape, config).width, narrow.width);
  --config.program_words;
  EXPECT_GT(tile(shape, config).width, narrow.width);
}

TEST(TanhTable, ErrsAsMuchToEitherSide) {
  const auto config = load_hardware_config("wide");
  const auto table = tanh_table(15, config, config.table_words);
  ASSERT_GT(table.segment_shift, 0);
  const TableLookup lookup{table.knots, table.segments, table.segment_shift, config.table_guard_bits};
  double sum = 0;
  const double unit = std::ldexp(1.0, static_cast<int>(config.state_width - 1));
  const std::int64_t end = std::int64_t{1} << 16;
  for (std::int64_t code = 1; code < end; ++code)
    sum += static_cast<double>(apply_function(tanh_function(table), lookup, config, code).value) -
           unit * std::tanh(std::ldexp(static_cast<double>(code), -15));
  EXPECT_LT(std::abs(sum / static_cast<double>(end)), 0.02) << "in units of the last place";
}

}  // namespace calibration_test
}  // namespace stoic
