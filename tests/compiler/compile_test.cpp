#include "stoic/host/compiler/compile.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <random>

#include "stoic/host/compare/local_error.hpp"
#include "stoic/host/compiler/binary_point.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/sim/golden/batch.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace compile_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::uint64_t seed = 5;
constexpr std::int64_t samples = 12;

Model random_model(std::int64_t neurons, std::int64_t inputs, std::int64_t classes, std::int64_t steps) {
  Model model;
  model.recipe = parse_recipe(
      fmt::format(R"({{"dynamics": "ffesn", "neurons": {}, "inputs": {}, "classes": {}, "steps": {},
                       "input_offset": -0.25, "data": {{"set": "random"}}}})",
                  neurons, inputs, classes, steps),
      "test");
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const auto fill = [&](std::int64_t rows, std::int64_t columns) {
    Eigen::MatrixXd matrix(rows, columns);
    for (auto& entry : matrix.reshaped()) entry = normal(random) / std::sqrt(static_cast<double>(columns));
    return matrix;
  };
  model.W_in = fill(neurons, inputs);
  model.matrices["W_reservoir"] = 1.5 * fill(neurons, neurons);
  model.W_out = fill(classes, neurons + 1);
  return model;
}

Dataset pixels_for(const Model& model) {
  return make_random_pixels(seed, Split::train, samples, model.recipe.inputs, model.recipe.classes);
}

/// An instance on which everything fits, whatever the widths.
HardwareConfig roomy(std::int64_t lanes, std::int64_t state_width, std::int64_t weight_width) {
  auto config = load_hardware_config("default");
  config.name = "roomy";
  config.lanes = lanes;
  config.state_width = state_width;
  config.weight_width = weight_width;
  config.accumulator_width =
      std::min<std::int64_t>(64, state_width + std::max(state_width, weight_width) + 10);
  config.state_words_per_lane = 512;
  config.table_words = 16384;
  return parse_hardware_config(hardware_config_text(config), "roomy");
}

TEST(Compile, EverySizeAndWidthCompilesRunsAndKeepsItsLocalBounds) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::int64_t combination = 0;
  for (const std::int64_t neurons : {1, 2, 17, 64})
    for (const std::int64_t inputs : {1, 7, 100})
      for (const std::int64_t classes : {2, 5, 64}) {
        const auto model = random_model(neurons, inputs, classes, combination % 3 + 1);
        const auto data = pixels_for(model);
        for (const std::int64_t lanes : {4, 16, 64}) {
          // 17 state and 15 weight widths in an order in which all pairs of neighbours occur.
          const auto state_width = 8 + combination % 17;
          const auto weight_width = 4 + (combination * 4 + combination / 17) % 15;
          ++combination;
          SCOPED_TRACE(
              fmt::format("{} neurons, {} inputs, {} classes, {} lanes, states of {} and weights of {} bits",
                          neurons, inputs, classes, lanes, state_width, weight_width));
          const auto compiled = compile(model, data, roomy(lanes, state_width, weight_width));
          const auto batch =
              golden::run_batch(compiled.image, samples, input_filler(compiled.image, data.samples));
          EXPECT_EQ(batch.outputs_per_sample, classes);
          EXPECT_EQ(batch.counters.overflows, 0);
          EXPECT_EQ(batch.counters.cycles, compiled.cycles);
          for (const auto& error :
               local_errors(compiled.image, 2, input_filler(compiled.image, data.samples)))
            EXPECT_TRUE(error.within_bound()) << error.mnemonic << " at program word " << error.slot << ": "
                                              << error.largest << " exceeds " << error.bound;
        }
      }
}

TEST(Compile, PredictsTheCyclesThatTheMachineCounts) {
  for (const char* name : {"compact", "small", "default", "wide"})
    for (const std::int64_t steps : {1, 2, 5}) {
      const auto model = random_model(17, 7, 5, steps);
      const auto data = pixels_for(model);
      const auto compiled = compile(model, data, load_hardware_config(name));
      golden::Machine machine(compiled.image.config);
      machine.load(compiled.image);
      std::vector<std::int32_t> codes(7);
      std::copy_n(data.samples.bytes().data(), codes.size(), codes.begin());
      machine.input().push_back(codes);
      golden::queue_weight_stream(compiled.image, machine.weight_stream());
      machine.start();
      ASSERT_EQ(machine.run(), STOIC_STATUS_CODE_OK);
      EXPECT_EQ(machine.counters().cycles, compiled.cycles) << name << ", " << steps << " steps";
      EXPECT_EQ(machine.counters().mac_cycles, compiled.ideal_mac_cycles);
      const auto lanes = compiled.image.config.lanes;
      const auto matrix = [&](std::int64_t rows, std::int64_t columns) {
        return (rows + lanes - 1) / lanes * columns;
      };
      EXPECT_EQ(compiled.ideal_mac_cycles, matrix(17, 7) + steps * matrix(17, 17) + matrix(5, 17));
    }
}

TEST(Compile, StreamedWeightsGiveTheSameOutputsAndCycles) {
  const auto model = random_model(64, 100, 5, 3);
  const auto data = pixels_for(model);
  const auto local = roomy(16, 16, 8);
  auto streaming = local;
  // The reservoir fits; the read-in and, on the last, everything is streamed.
  for (const std::int64_t weight_words : {300, 1}) {
    streaming.weight_words = weight_words;
    const auto here = compile(model, data, local);
    const auto there = compile(model, data, streaming);
    EXPECT_TRUE(here.image.stream_schedule.empty());
    EXPECT_EQ(there.image.stream_schedule.size(), weight_words == 1 ? 5u : 2u);
    EXPECT_EQ(there.cycles, here.cycles);
    EXPECT_EQ(golden::run_batch(there.image, samples, input_filler(there.image, data.samples)).outputs,
              golden::run_batch(here.image, samples, input_filler(here.image, data.samples)).outputs);
  }
}

/// A second, plain lowering in integers: weights, shifts and biases from the binary points that the compiler
/// reports,
/// tanh from the knots of the image.
class PlainNetwork {
 public:
  PlainNetwork(const Model& model, const Compilation& compiled) : model_(model), compiled_(compiled) {}

  std::vector<std::int64_t> outputs(const std::uint8_t* pixels) const {
    const auto& recipe = model_.recipe;
    const Eigen::MatrixXd W_in = *recipe.input_scale * model_.W_in;
    const Eigen::VectorXd offset = recipe.input_offset * model_.W_in.rowwise().sum();
    std::vector<std::int64_t> x(pixels, pixels + recipe.inputs);
    x = product(W_in, "W_in", x, bits("pixels"), bits("x(0)"), offset);
    auto x_bits = bits("x(0)");
    for (int t = 0; t < recipe.step_count(); ++t) {
      x = product(model_.matrices.at("W_reservoir"), "W_reservoir", x, x_bits, bits("z"), {});
      x_bits = bits("x");
      for (auto& code : x) code = tanh_code(code);
    }
    return product(model_.W_out.leftCols(recipe.neurons()), "W_out", x, x_bits, bits("y"),
                   model_.W_out.rightCols(1));
  }

 private:
  std::int64_t bits(const std::string& name) const {
    for (const auto* list : {&compiled_.formats, &compiled_.matrices})
      for (const auto& format : *list)
        if (format.name == name) return format.fraction_bits;
    throw std::out_of_range(name);
  }
  std::int64_t bias_bits(const std::string& matrix) const {
    for (const auto& vector : compiled_.image.vectors)
      if (vector.name == "bias of " + matrix) return vector.fraction_bits;
    throw std::out_of_range(matrix);
  }
  static std::int64_t nearest(double value, std::int64_t fraction_bits) {
    return std::llround(value * std::exp2(static_cast<double>(fraction_bits)));
  }
  static std::int64_t halved(std::int64_t value, std::int64_t times) {
    for (; times < 0; ++times) value *= 2;
    return times == 0 ? value : (value + (std::int64_t{1} << (times - 1))) >> times;
  }

  std::vector<std::int64_t> product(const Eigen::MatrixXd& W, const std::string& name,
                                    const std::vector<std::int64_t>& x, std::int64_t source_bits,
                                    std::int64_t result_bits, const Eigen::VectorXd& bias) const {
    const auto sum_bits = bits(name) + source_bits;
    std::vector<std::int64_t> result;
    for (Eigen::Index r = 0; r < W.rows(); ++r) {
      std::int64_t sum = 0;
      if (bias.size() > 0) sum = nearest(bias[r], bias_bits(name)) << (sum_bits - bias_bits(name));
      for (Eigen::Index c = 0; c < W.cols(); ++c) sum += weight(name, r, c) * x[static_cast<std::size_t>(c)];
      result.push_back(halved(sum, sum_bits - result_bits));
    }
    return result;
  }

  /// The code of W(r, c) in the weight memory; the first MATVEC is the read-in, the last the read-out.
  std::int64_t weight(const std::string& name, Eigen::Index r, Eigen::Index c) const {
    const auto& image = compiled_.image;
    std::vector<Matvec> products;
    for (const auto& step : golden::schedule(image.program, image.config).steps)
      if (const auto* matvec = std::get_if<Matvec>(&step.instruction)) products.push_back(*matvec);
    const auto& matvec = name == "W_in"    ? products.front()
                         : name == "W_out" ? products.back()
                                           : products.at(1);
    const auto lanes = image.config.lanes;
    const auto beat = matvec.weights + r / lanes * matvec.columns + c;
    return image.weights.at(static_cast<std::size_t>(beat * lanes + r % lanes));
  }

  /// What the image's table makes of a code, by its definition in hw-configs/interface.json.
  std::int64_t tanh_code(std::int64_t z) const {
    for (const auto& step : golden::schedule(compiled_.image.program, compiled_.image.config).steps)
      if (const auto* function = std::get_if<Function>(&step.instruction)) {
        const std::int64_t segment = std::int64_t{1} << function->segment_shift;
        const auto distance = std::min(std::abs(z), function->segments * segment);
        const auto k = std::min(distance / segment, function->segments - 1);
        const auto* knots = compiled_.image.tables.data() + function->table;
        const auto value = knots[k] * segment + (knots[k + 1] - knots[k]) * (distance - k * segment);
        const auto rounded = halved(value, function->segment_shift + compiled_.image.config.table_guard_bits);
        return z < 0 ? -rounded : rounded;
      }
    throw std::out_of_range("FUNCTION");
  }

  const Model& model_;
  const Compilation& compiled_;
};

TEST(Compile, GivesTheIntegersOfAPlainRecomputation) {
  for (const std::int64_t steps : {1, 4}) {
    const auto model = random_model(9, 6, 3, steps);
    const auto data = pixels_for(model);
    for (const char* name : {"compact", "small", "default", "wide"}) {
      const auto compiled = compile(model, data, load_hardware_config(name));
      ASSERT_EQ(compiled.calibration_saturations, 0);
      const auto outputs =
          golden::run_batch(compiled.image, samples, input_filler(compiled.image, data.samples)).outputs;
      for (std::int64_t s = 0; s < samples; ++s) {
        const auto expected = PlainNetwork(model, compiled).outputs(data.samples.bytes().data() + s * 6);
        for (std::size_t c = 0; c < 3; ++c)
          ASSERT_EQ(outputs[static_cast<std::size_t>(s) * 3 + c], expected[c]) << name << ", sample " << s;
      }
    }
  }
}

/// Compiles a network of 64 neurons, 100 inputs and 5 classes.
void compile_on(const HardwareConfig& config) {
  const auto model = random_model(64, 100, 5, 2);
  compile(model, pixels_for(model), config);
}

TEST(Compile, RefusesAnAccumulatorThatARowCanOverflowAndNamesTheRow) {
  auto model = random_model(64, 20, 5, 2);
  model.W_out.setZero();  // so that the reservoir has the largest row
  const auto data = pixels_for(model);
  const auto largest_row =
      quantise_matrix(model.matrices.at("W_reservoir"), 18).codes.cwiseAbs().rowwise().sum().maxCoeff();
  const auto needed = std::bit_width(static_cast<std::uint64_t>(largest_row) << 9) + 1;
  auto config = roomy(16, 10, 18);
  config.accumulator_width = needed;
  EXPECT_NO_THROW(compile(model, data, config));
  config.accumulator_width = needed - 4;  // of which more than one row is too much
  EXPECT_THAT([&] { compile(model, data, config); },
              ThrowsMessage<Error>(
                  AllOf(HasSubstr("row "), HasSubstr("of W_"), HasSubstr("raise accumulator_width"))));
  config.accumulator_width = needed - 1;
  EXPECT_THAT([&] { compile(model, data, config); },
              ThrowsMessage<Error>(AllOf(HasSubstr("row "), HasSubstr("of W_reservoir"),
                                         HasSubstr("raise accumulator_width"))));
}

TEST(Compile, NamesTheMemoryThatIsTooSmall) {
  auto config = roomy(4, 16, 8);
  config.state_words_per_lane = 40;
  EXPECT_THAT([&] { compile_on(config); }, ThrowsMessage<Error>(HasSubstr("raise state_words_per_lane")));
  config = roomy(4, 16, 8);
  config.program_words = 12;
  EXPECT_THAT([&] { compile_on(config); }, ThrowsMessage<Error>(HasSubstr("raise program_words")));
  config = roomy(4, 16, 8);
  config.table_words = 16;
  EXPECT_THAT([&] { compile_on(config); }, ThrowsMessage<Error>(HasSubstr("raise table_words")));
}

TEST(Compile, RefusesToCalibrateOnNothing) {
  const auto model = random_model(3, 2, 2, 1);
  EXPECT_THAT([&] { compile(model, Dataset{.inputs = 2, .classes = 2}, roomy(4, 16, 8)); },
              ThrowsMessage<Error>(HasSubstr("at least one training sample")));
}

}  // namespace compile_test
}  // namespace stoic
