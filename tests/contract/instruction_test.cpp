#include "stoic/sim/contract/instruction.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "random_instruction.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace instruction_test {

constexpr std::uint64_t seed = 20;

TEST(Encoding, EveryInstructionSurvivesIt) {
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20000; ++i) {
    const auto instruction = random_instruction(random, random() % std::variant_size_v<Instruction>);
    auto program = encode(instruction);
    const auto size = static_cast<std::int64_t>(program.size());
    EXPECT_EQ(words(instruction), size);
    program.push_back(0);  // what follows does not matter
    const auto decoded = decode(program, 0);
    ASSERT_EQ(decoded.status, STOIC_STATUS_CODE_OK);
    ASSERT_EQ(decoded.instruction, instruction);
    ASSERT_EQ(decoded.words, size);
  }
}

TEST(Encoding, RefusesAFieldThatDoesNotFit) {
  EXPECT_THROW(encode(Load{.destination = 4096, .length = 1}), Error);
  EXPECT_THROW(encode(Matvec{.result_shift = 64}), Error);
  EXPECT_NO_THROW(encode(Matvec{.result_shift = -64}));
}

TEST(Decoding, RefusesUnknownOpcodesAndCutInstructions) {
  const std::uint64_t nothing[] = {0};
  EXPECT_EQ(decode(nothing, 0).status, STOIC_STATUS_CODE_ILLEGAL_OPCODE);
  EXPECT_EQ(decode(nothing, 1).status, STOIC_STATUS_CODE_PROGRAM_ADDRESS);
  EXPECT_EQ(decode(nothing, -1).status, STOIC_STATUS_CODE_PROGRAM_ADDRESS);
  auto cut = encode(Matvec{.rows = 1, .columns = 1});
  cut.pop_back();
  EXPECT_EQ(decode(cut, 0).status, STOIC_STATUS_CODE_PROGRAM_ADDRESS);
  auto terms = encode(Bundle{.length = 1, .terms = 3});
  terms.pop_back();
  EXPECT_EQ(decode(terms, 0).status, STOIC_STATUS_CODE_PROGRAM_ADDRESS);
}

TEST(Rounding, IsTheNearestIntegerWithTiesUp) {
  for (std::int64_t value = -70; value <= 70; ++value)
    for (int shift = 1; shift <= 8; ++shift) {
      const auto expected =
          static_cast<std::int64_t>(std::floor(std::ldexp(static_cast<double>(value), -shift) + 0.5));
      const auto rounded = round_and_saturate(value, shift, -5, 4);
      EXPECT_EQ(rounded.value, std::clamp<std::int64_t>(expected, -5, 4)) << value << " >> " << shift;
      EXPECT_EQ(rounded.saturated, expected < -5 || expected > 4);
    }
}

TEST(Rounding, ShiftsLeftExactlyOrSaturates) {
  for (std::int64_t value = -70; value <= 70; ++value)
    for (int left = 0; left <= 64; ++left) {
      const double expected = std::ldexp(static_cast<double>(value), left);
      const auto rounded = round_and_saturate(value, -left, -512, 511);
      EXPECT_EQ(static_cast<double>(rounded.value), std::clamp(expected, -512.0, 511.0))
          << value << " << " << left;
      EXPECT_EQ(rounded.saturated, expected < -512 || expected > 511);
    }
}

TEST(Rounding, DoesNotOverflowAtTheEndsOf64Bits) {
  EXPECT_EQ(round_and_saturate(INT64_MAX, 63, -8, 7).value, 1);
  EXPECT_EQ(round_and_saturate(INT64_MIN, 63, -8, 7).value, -1);
  EXPECT_EQ(round_and_saturate(INT64_MAX, 1, -8, 7).value, 7);
  EXPECT_EQ(round_and_saturate(INT64_MIN, -64, -8, 7).value, -8);
}

TEST(OperandChecks, FindEveryFaultInTheOrderOfTheContract) {
  const auto config = load_hardware_config("default");  // 512 state words, 1024 table words
  const auto status = [&](const Instruction& instruction) { return check_operands(instruction, config); };
  EXPECT_EQ(status(Load{.destination = 511, .length = 16}), STOIC_STATUS_CODE_OK);
  EXPECT_EQ(status(Load{.destination = 511, .length = 17}), STOIC_STATUS_CODE_STATE_ADDRESS);
  EXPECT_EQ(status(Store{.source = 0, .length = 0}), STOIC_STATUS_CODE_ILLEGAL_OPERAND);
  EXPECT_EQ(status(stoic::Loop{.count = 0}), STOIC_STATUS_CODE_ILLEGAL_OPERAND);
  Matvec matvec{.destination = 0, .source = 1, .rows = 16, .columns = config.weight_words, .weights = 0};
  EXPECT_EQ(status(matvec), STOIC_STATUS_CODE_STATE_ADDRESS);
  matvec.columns = 512;
  matvec.weights = config.weight_words - 511;
  EXPECT_EQ(status(matvec), STOIC_STATUS_CODE_WEIGHT_ADDRESS);
  matvec.stream = 1;
  EXPECT_EQ(status(matvec), STOIC_STATUS_CODE_OK);
  matvec.destination = 32;  // the source is words 1 to 32
  EXPECT_EQ(status(matvec), STOIC_STATUS_CODE_OPERAND_OVERLAP);
  Bundle bundle{.destination = 4, .length = 32, .terms = 1};
  bundle.term[0] = {.left = 4, .right = 4};
  EXPECT_EQ(status(bundle), STOIC_STATUS_CODE_OK);
  bundle.term[0].right = 5;
  EXPECT_EQ(status(bundle), STOIC_STATUS_CODE_OPERAND_OVERLAP);
  bundle.term[0] = {.left = 4, .right = 5, .right_fixed = 1};
  EXPECT_EQ(status(bundle), STOIC_STATUS_CODE_OPERAND_OVERLAP);
  bundle.terms = 9;
  EXPECT_EQ(status(bundle), STOIC_STATUS_CODE_ILLEGAL_OPERAND);
  Function function{
      .destination = 0, .source = 0, .length = 1, .table = 1000, .segments = 23, .segment_shift = 15};
  EXPECT_EQ(status(function), STOIC_STATUS_CODE_OK);
  function.segments = 24;
  EXPECT_EQ(status(function), STOIC_STATUS_CODE_TABLE_ADDRESS);
  function.symmetry = 3;
  EXPECT_EQ(status(function), STOIC_STATUS_CODE_ILLEGAL_OPERAND);
  EXPECT_EQ(status(Rotate{.destination = 0, .source = 10, .length = 5, .amount = 5}),
            STOIC_STATUS_CODE_ILLEGAL_OPERAND);
  EXPECT_EQ(status(Copy{.destination = 3, .source = 5, .length = 2}), STOIC_STATUS_CODE_OK);
  EXPECT_EQ(status(Copy{.destination = 3, .source = 5, .length = 3}), STOIC_STATUS_CODE_OPERAND_OVERLAP);
  EXPECT_EQ(status(Normalise{.destination = 0, .source = 0, .length = 16 * 171, .segments = 1}),
            STOIC_STATUS_CODE_STATE_ADDRESS);
}

TEST(Cycles, FollowTheClosedFormsOfTheContract) {
  const auto config = load_hardware_config("default");  // 16 lanes, 4 function units
  const auto body = [&](const Instruction& i) { return cycles(i, config) - words(i) - STOIC_FETCH_CYCLES; };
  EXPECT_EQ(body(Matvec{.rows = 500, .columns = 784}), 32 * 784 + STOIC_MAC_LATENCY);
  EXPECT_EQ(body(Bundle{.length = 200, .terms = 5}), 13 * 5 + STOIC_MAC_LATENCY);
  EXPECT_EQ(body(Function{.length = 501}), 126 + STOIC_FUNCTION_LATENCY);
  EXPECT_EQ(body(Normalise{.length = 200}), 13 * (STOIC_NORMALISE_BEAT_CYCLES + 4));
  EXPECT_EQ(body(Load{.length = 784}), 49 + STOIC_LOAD_LATENCY);
  EXPECT_EQ(body(Copy{.destination = 15, .source = 100, .length = 2}), 2 + STOIC_COPY_LATENCY);
  EXPECT_EQ(body(Rotate{.length = 37, .amount = 1}), 3 + 1 + STOIC_COPY_LATENCY);
  EXPECT_EQ(body(Rotate{.length = 37, .amount = 5}), 2 + 1 + STOIC_COPY_LATENCY);
  EXPECT_EQ(body(Halt{}), STOIC_CONTROL_CYCLES);
  EXPECT_EQ(mac_cycles(Matvec{.rows = 17, .columns = 3}, config), 6);
}

}  // namespace instruction_test
}  // namespace stoic
