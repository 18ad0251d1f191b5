#include "stoic/sim/golden/machine.hpp"

#include <gtest/gtest.h>

#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::golden {
namespace machine_test {

/// A machine of the compact instance (4 lanes) with a program given as text.
Machine machine_with(const std::string& text) {
  Machine machine(load_hardware_config("compact"));
  const auto assembly = assemble(text, machine.config(), "test");
  std::copy(assembly.program.begin(), assembly.program.end(), machine.program().begin());
  for (const auto& block : assembly.initial_state)
    std::copy(block.values.begin(), block.values.end(),
              machine.state().begin() + block.word * machine.config().lanes);
  return machine;
}

TEST(Machine, LoopsNestAndCountTheirCycles) {
  auto machine = machine_with(R"(
.vector x 4
.constant one 1
LOOP count=3
LOOP count=2
BUNDLE destination=x length=4 : + x*[one] + [one]*[one]
END
END
HALT)");
  machine.start();
  EXPECT_EQ(machine.run(), STOIC_STATUS_CODE_OK);
  EXPECT_EQ(machine.state()[0], 6);
  EXPECT_EQ(machine.samples_done(), 1);
  const auto control = STOIC_FETCH_CYCLES + 1 + STOIC_CONTROL_CYCLES;
  const auto bundle = STOIC_FETCH_CYCLES + 2 + 2 + STOIC_MAC_LATENCY;
  // 1 + 3 LOOP, 6 + 3 END, 1 HALT, 6 BUNDLE
  EXPECT_EQ(machine.counters().cycles, 2 * STOIC_START_CYCLES + 14 * control + 6 * bundle);
  EXPECT_EQ(machine.counters().mac_cycles, 12);
}

TEST(Machine, ShowsItsStateAfterEveryInstruction) {
  auto machine = machine_with(
      ".vector x 4\nLOAD destination=x length=4\nLOOP count=2\nEND\nSTORE source=x length=3\nHALT");
  machine.input().push_back({1, 2, 3, 4});
  machine.start();
  EXPECT_TRUE(machine.step());
  EXPECT_EQ(machine.state()[3], 4);
  EXPECT_TRUE(machine.input().empty());
  EXPECT_EQ(machine.program_counter(), 1);
  EXPECT_TRUE(machine.step());
  ASSERT_EQ(machine.loops().size(), 1u);
  EXPECT_EQ(machine.loops()[0].remaining, 2);
  EXPECT_TRUE(machine.step());
  EXPECT_EQ(machine.program_counter(), 2);  // END jumps behind LOOP, which is END again
  EXPECT_TRUE(machine.step());
  EXPECT_TRUE(machine.step());
  EXPECT_EQ(machine.output(), (std::vector<std::vector<std::int32_t>>{{1, 2, 3}}));
  EXPECT_FALSE(machine.step());
  EXPECT_FALSE(machine.running());
  EXPECT_EQ(machine.program_counter(), 4);
}

TEST(Machine, KeepsStatesBetweenSamplesAndStarts) {
  auto machine = machine_with(
      ".vector x 4\n.constant one 1\nBUNDLE destination=x length=4 : + x*[one] + [one]*[one]\nHALT");
  machine.start(0, 5);
  machine.run();
  EXPECT_EQ(machine.samples_done(), 5);
  EXPECT_EQ(machine.state()[0], 5);
  machine.start();
  machine.run();
  EXPECT_EQ(machine.state()[0], 6);
}

TEST(Machine, CountsSaturationsByInstructionSlot) {
  auto machine = machine_with(
      ".vector x 6\n.constant big 32767\nBUNDLE destination=x length=6 result_shift=15 : + [big]*[big]\n"
      "BUNDLE destination=x length=5 : + [big]*[big]\nHALT");
  machine.start();
  machine.run();
  const auto& counters = machine.counters();
  EXPECT_EQ(counters.saturations, 5);
  EXPECT_EQ(counters.first_saturated, 2);
  EXPECT_EQ(counters.saturations_by_slot[2], 5);
  EXPECT_EQ(counters.saturations_by_slot[0], 0);
}

int status_of(Machine machine) {
  machine.start();
  return machine.run(1000);
}

TEST(Machine, StopsWithACodeForEveryFault) {
  EXPECT_EQ(status_of(Machine(load_hardware_config("compact"))), STOIC_STATUS_CODE_ILLEGAL_OPCODE);
  EXPECT_EQ(status_of(machine_with("END\nHALT")), STOIC_STATUS_CODE_LOOP_UNDERFLOW);
  EXPECT_EQ(
      status_of(machine_with("LOOP count=2\nLOOP count=2\nLOOP count=2\nLOOP count=2\nLOOP count=2\nHALT")),
      STOIC_STATUS_CODE_LOOP_TOO_DEEP);
  EXPECT_EQ(status_of(machine_with("LOOP count=16000000\nEND\nHALT")), STOIC_STATUS_CODE_CYCLE_LIMIT);
  auto beyond = machine_with("HALT");
  beyond.start(256);
  EXPECT_EQ(beyond.run(), STOIC_STATUS_CODE_PROGRAM_ADDRESS);
}

TEST(Machine, StreamFaultsNameTooShortTooLongAndMissing) {
  auto machine = machine_with("LOAD length=9\nHALT");
  EXPECT_EQ(status_of(machine), STOIC_STATUS_CODE_STREAM_TIMEOUT);
  machine.input() = {std::vector<std::int32_t>(8)};
  EXPECT_EQ(status_of(machine), STOIC_STATUS_CODE_STREAM_TOO_SHORT);
  machine.input() = {std::vector<std::int32_t>(13)};
  EXPECT_EQ(status_of(machine), STOIC_STATUS_CODE_STREAM_TOO_LONG);
  auto matrix = machine_with("MATVEC stream=1 destination=9 source=0 rows=5 columns=3\nHALT");
  EXPECT_EQ(status_of(matrix), STOIC_STATUS_CODE_STREAM_TIMEOUT);
  matrix.weight_stream() = {std::vector<std::int32_t>(4 * 5)};
  EXPECT_EQ(status_of(matrix), STOIC_STATUS_CODE_STREAM_TOO_SHORT);
  matrix.weight_stream() = {std::vector<std::int32_t>(4 * 6)};
  EXPECT_EQ(status_of(matrix), STOIC_STATUS_CODE_OK);
}

TEST(Machine, LoadWritesEveryBeatThatAFaultyVectorBrought) {
  for (const std::size_t given : {5u, 8u, 12u, 13u, 30u}) {
    auto machine = machine_with("LOAD length=11\nHALT");
    std::fill(machine.state().begin(), machine.state().end(), -1);
    std::vector<std::int32_t> vector(given);
    for (std::size_t i = 0; i < given; ++i) vector[i] = static_cast<std::int32_t>(i + 1);
    machine.input() = {vector};
    machine.start();
    EXPECT_EQ(machine.run(), given <= 8    ? STOIC_STATUS_CODE_STREAM_TOO_SHORT
                             : given <= 12 ? STOIC_STATUS_CODE_OK
                                           : STOIC_STATUS_CODE_STREAM_TOO_LONG);
    const auto taken =
        std::min<std::size_t>(11, (given + 3) / 4 * 4);  // whole beats, zeros beyond the vector
    for (std::size_t i = 0; i < 16; ++i) {
      const auto value = i < given ? static_cast<std::int32_t>(i + 1) : 0;
      EXPECT_EQ(machine.state()[i], i < taken ? value : -1) << i << " of " << given;
    }
  }
}

TEST(Machine, MatvecWritesTheBlocksThatAFaultyMatrixCompletes) {
  for (const std::size_t beats : {1u, 3u, 5u, 6u, 8u, 9u, 11u}) {
    auto machine = machine_with("MATVEC stream=1 destination=9 source=0 rows=11 columns=3\nHALT");
    for (std::size_t i = 0; i < 3; ++i) machine.state()[i] = 20000;
    machine.weight_stream() = {std::vector<std::int32_t>(4 * beats, 1)};  // sums of 60000 saturate
    machine.start();
    EXPECT_EQ(machine.run(), beats < 9    ? STOIC_STATUS_CODE_STREAM_TOO_SHORT
                             : beats == 9 ? STOIC_STATUS_CODE_OK
                                          : STOIC_STATUS_CODE_STREAM_TOO_LONG);
    const auto written = std::min<std::size_t>(11, beats / 3 * 4);
    for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(machine.state()[36 + i], i < written ? 32767 : 0) << i;
    EXPECT_EQ(machine.counters().saturations, static_cast<std::int64_t>(written));
    EXPECT_EQ(machine.counters().mac_cycles, static_cast<std::int64_t>(std::min<std::size_t>(beats, 9)));
  }
}

TEST(Machine, SeesWeightsThatAreWrittenBetweenTwoRuns) {
  auto machine = machine_with("MATVEC destination=9 source=0 rows=4 columns=1\nHALT");
  machine.state()[0] = 1;
  for (const std::int32_t weight : {3, 5}) {
    machine.weights()[0] = weight;
    machine.start();
    machine.run();
    EXPECT_EQ(machine.state()[36], weight);
  }
}

TEST(Machine, RunsAgainAfterAFault) {
  auto machine = machine_with("LOAD length=4\nHALT");
  EXPECT_EQ(status_of(machine), STOIC_STATUS_CODE_STREAM_TIMEOUT);
  machine.input().push_back({4, 3, 2, 1});
  machine.start();
  EXPECT_EQ(machine.run(), STOIC_STATUS_CODE_OK);
  EXPECT_EQ(machine.state()[0], 4);
}

TEST(Schedules, RefuseFaultsWithTheProgramWord) {
  const auto config = load_hardware_config("compact");
  const auto program = assemble("LOOP count=2\nHALT", config, "test").program;
  EXPECT_NO_THROW(schedule(program, config));
  EXPECT_THROW(schedule(assemble("END", config, "test").program, config), Error);
  EXPECT_THROW(schedule(assemble("LOOP count=2\nEND", config, "test").program, config), Error);  // no HALT
  EXPECT_THROW(
      schedule(assemble("LOOP count=16000000\nLOOP count=1000\nEND\nEND\nHALT", config, "test").program,
               config),
      Error);
}

}  // namespace machine_test
}  // namespace stoic::golden
