// Coupled spin-torque oscillators from the float reference to the accelerator.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <variant>

#include "stoic/host/compare/deviation.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compare/local_error.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/does_not_fit.hpp"
#include "stoic/host/compiler/function_table.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/golden/batch.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace compile_csto_test {

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
  const auto errors = local_errors(image, 5, input_filler(image, test_.samples));
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
  black.samples = {std::vector<std::uint8_t>(black.samples.bytes().size()), black.inputs};
  const auto golden = evaluate_golden(compile(model_, train_, load_hardware_config("default")).image, black);
  EXPECT_EQ(golden.decisions, evaluate_float(model_, black).decisions);
}

TEST_F(LettersCsto, RenormalisedStepsEndOnTheUnitSphereInFixedPointToo) {
  auto& csto = std::get<CstoParameters>(model_.recipe.system);
  csto.renormalise = true;
  csto.coupling_Oe = 745;  // RK4 with 30 ps shrinks m where it turns so fast
  csto.duration_ps = 120;
  const auto config = load_hardware_config("default");
  const auto image = compile(model_, train_, config).image;
  std::map<std::string, const VectorSymbol*> vectors;
  for (const auto& vector : image.vectors) vectors[vector.name] = &vector;
  double longest = 0, shortest = std::numeric_limits<double>::infinity();
  const golden::Observer observer = [&](const golden::Step& step, std::int64_t, std::int64_t samples,
                                        const auto& state) {
    if (!std::holds_alternative<Normalise>(step.instruction)) return;
    const auto word = [&](const char* name) { return vectors.at(name)->word * config.lanes; };
    for (std::int64_t s = 0; s < samples; ++s)
      for (std::int64_t k = 0; k < csto.oscillators; ++k) {
        const double length =
            std::hypot(state(s, word("m1_x") + k), state(s, word("m1_y") + k), state(s, word("m1_z") + k));
        longest = std::max(longest, length), shortest = std::min(shortest, length);
      }
  };
  golden::run_batch(image, 40, input_filler(image, test_.samples), {.observer = observer});
  const double unit = std::ldexp(1.0, static_cast<int>(vectors.at("m1_x")->fraction_bits));
  EXPECT_LE(longest - unit, 2) << "in units of the last place";
  EXPECT_LE(unit - shortest, 2);
  const auto reference = evaluate_float(model_, test_);
  EXPECT_GE(agreement(evaluate_golden(image, test_), reference), 0.99);
  for (const auto& error : local_errors(image, 3, input_filler(image, test_.samples)))
    EXPECT_TRUE(error.within_bound()) << error.mnemonic << " at word " << error.slot;
  ASSERT_EQ(deviations(model_, image, test_, 20).size(), 2u + 3u * 4u);
}

TEST_F(LettersCsto, TakesAPinnedLayerInAnyDirection) {
  for (const std::array<double, 3> p : {std::array{0.0, 0.0, 1.0}, {0.0, -1.0, 0.0}, {0.36, 0.48, -0.8}}) {
    std::get<CstoParameters>(model_.recipe.system).pinned_layer = p;
    const auto image = compile(model_, train_, load_hardware_config("default")).image;
    EXPECT_GE(agreement(evaluate_golden(image, test_), evaluate_float(model_, test_)), 0.98) << p[0] << p[1];
  }
}

/// Every code there is: within one unit inside the range of the table, the nearest end and a count outside.
void expect_spin_torque(const FunctionTable& table, const SpinTorque& f, const HardwareConfig& config) {
  const TableLookup lookup{table.knots, table.segments, table.segment_shift, config.table_guard_bits};
  const auto function = spin_torque_function(table);
  const auto edge =
      static_cast<std::int64_t>(std::ceil(std::ldexp(f.reach, static_cast<int>(f.input_fraction_bits))));
  const auto value = [&](std::int64_t code) { return apply_function(function, lookup, config, code).value; };
  const auto first = table.origin, last = table.origin + (table.segments << table.segment_shift);
  ASSERT_LE(first, std::max(-edge, config.state_min()));
  ASSERT_GE(last, std::min(edge, config.state_max()));
  for (auto code = config.state_min(); code <= config.state_max(); ++code) {
    const auto result = apply_function(function, lookup, config, code);
    const bool outside = code < first || code > last;
    ASSERT_EQ(result.counted, outside) << "code " << code;
    if (outside) {
      ASSERT_EQ(result.value, value(code < first ? first : std::min(last, config.state_max())))
          << "code " << code;
      continue;
    }
    if (std::abs(code) > edge) continue;
    const double m_x = std::ldexp(static_cast<double>(code), static_cast<int>(-f.input_fraction_bits));
    const double exact =
        std::ldexp(f.scale / (1 + f.asymmetry * m_x), static_cast<int>(f.output_fraction_bits));
    ASSERT_LE(std::abs(static_cast<double>(result.value) - exact), 1) << "code " << code;
  }
}

TEST(SpinTorqueTable, IsWithinOneUnitForEveryCodeOfItsRangeAndCountsOutside) {
  for (std::int64_t width = 8; width <= 16; ++width)
    for (const double asymmetry : {0.288, -0.288, 0.6, 0.0})
      for (const std::int64_t coarser : {0, 1, 3})     // of m_x than 2 in a word
        for (const std::int64_t unused : {0, 2, 4}) {  // bits of the word of H_s
          const SpinTorque f{width - 2 - coarser, width - 1 - unused, 0.98 * (1 - 1.13 * std::abs(asymmetry)),
                             asymmetry, 1.05};
          auto config = load_hardware_config("default");
          config.state_width = width;
          SCOPED_TRACE(testing::Message()
                       << width << " bits, asymmetry " << asymmetry << ", " << f.input_fraction_bits
                       << " and " << f.output_fraction_bits << " of them fraction");
          const auto table = spin_torque_table(f, config, 640);
          ASSERT_LE(table.largest_error, 1);
          expect_spin_torque(table, f, config);
          if (HasFatalFailure()) return;
        }
}

TEST(SpinTorqueTable, TooSmallIsRefusedWithTheWordsThatWouldDo) {
  const SpinTorque f{14, 13, 0.09, 0.9, 1.05};
  const auto config = load_hardware_config("default");  // 1024 words, all but 20 of them taken
  std::int64_t needed = 0;
  try {
    spin_torque_table(f, config, 20);
    FAIL() << "20 words were enough";
  } catch (const DoesNotFit& refusal) {
    EXPECT_EQ(refusal.key(), "table_words");
    EXPECT_THAT(refusal.what(), HasSubstr(fmt::format("raise table_words to {}", refusal.needed())));
    needed = refusal.needed() - config.table_words + 20;
  }
  EXPECT_NO_THROW(spin_torque_table(f, config, needed));
  EXPECT_THROW(spin_torque_table(f, config, needed - 1), DoesNotFit);
}

}  // namespace compile_csto_test
}  // namespace stoic
