// Coupled spin-torque oscillators from the float reference to the accelerator.
#include <gmock/gmock.h>

#include <cmath>

#include "stoic/host/compare/deviation.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compare/local_error.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/function_table.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/contract/error.hpp"

namespace stoic {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class LettersCsto : public testing::Test {
 protected:
  Model model_ = read_model(STOIC_SOURCE_DIR "/models/letters-csto.npz");
  Dataset train_ = load_data(model_.recipe, Split::train);
  Dataset test_ = load_data(model_.recipe, Split::test);
};

TEST_F(LettersCsto, DecidesAlikeInFloatAndOnEveryInstanceThatHoldsIt) {
  const auto reference = evaluate_float(model_, test_);
  EXPECT_GT(reference.accuracy, 0.995);
  for (const char* name : {"default", "small", "wide"}) {
    const auto golden = evaluate_golden(compile(model_, train_, load_hardware_config(name)).image, test_);
    EXPECT_GE(agreement(golden, reference), 0.998) << name;
    EXPECT_EQ(golden.counters.saturations, 0) << name;
  }
}

TEST_F(LettersCsto, EveryInstructionStaysWithinItsRounding) {
  const auto image = compile(model_, train_, load_hardware_config("default")).image;
  const auto errors = local_errors(image, 5, input_filler(image, test_.pixels.data()));
  for (const auto& error : errors)
    EXPECT_TRUE(error.within_bound()) << error.mnemonic << " at word " << error.slot << ": " << error.largest
                                      << " units, bound " << error.bound;
}

TEST_F(LettersCsto, MagnetisationsStayNearTheFloatReferenceToTheEnd) {
  auto config = load_hardware_config("default");
  config.weight_width = 18;  // so that rounded states are what is left
  const auto image = compile(model_, train_, config).image;
  const auto vectors = deviations(model_, image, test_, 50);
  ASSERT_EQ(vectors.size(), 2u + 3u * 10u);  // m(0) and y, three components after each of ten steps
  // 40 stages of up to a unit of 2^-14 add up like a random walk to some 7 units, beside components of 0.58.
  for (const auto& vector : vectors) {
    if (!vector.name.starts_with("m_")) continue;
    EXPECT_GT(vector.signal_to_noise_dB(), 62) << vector.name;
  }
}

TEST_F(LettersCsto, BlackImageRunsEverywhere) {
  Dataset black = test_;
  std::fill(black.pixels.begin(), black.pixels.end(), std::uint8_t{0});
  const auto golden = evaluate_golden(compile(model_, train_, load_hardware_config("default")).image, black);
  EXPECT_EQ(golden.decisions, evaluate_float(model_, black).decisions);
}

TEST_F(LettersCsto, RefusesAPinnedLayerThatIsNotAlongX) {
  std::get<CstoParameters>(model_.recipe.system).pinned_layer = {0, 0, 1};
  EXPECT_THAT([&] { compile(model_, train_, load_hardware_config("default")); },
              ThrowsMessage<Error>(HasSubstr("pinned_layer")));
}

TEST(SpinTorqueTable, IsWithinOneUnitForEveryCodeOfItsRangeAndCountsOutside) {
  for (const std::int64_t width : {10, 12, 14, 16})
    for (const double asymmetry : {0.288, -0.288, 0.6}) {
      auto config = load_hardware_config("default");
      config.state_width = width;
      const auto table = spin_torque_table({width - 2, width, 0.1, asymmetry, 1.05}, config, 640);
      EXPECT_LE(table.largest_error, 1) << width << " bits, asymmetry " << asymmetry;
      const TableLookup lookup{table.knots, table.segments, table.segment_shift, config.table_guard_bits};
      const auto edge = static_cast<std::int64_t>(std::ceil(std::ldexp(1.05, static_cast<int>(width - 2))));
      EXPECT_FALSE(apply_function(spin_torque_function(table), lookup, config, -edge).counted);
      EXPECT_TRUE(apply_function(spin_torque_function(table), lookup, config, -edge - 1).counted);
    }
}

}  // namespace
}  // namespace stoic
