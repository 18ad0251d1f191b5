// Registers in all their bits, on every body: limits beyond any narrower comparison, counters that grow for
// long, memories to their last entry, and what a RESET must forget.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bodies.hpp"
#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/contract/instruction.hpp"

namespace stoic::cosim {
namespace limits_test {

constexpr std::uint32_t start_bit = 1 << STOIC_CONTROL_START_LSB, reset_bit = 1 << STOIC_CONTROL_RESET_LSB;

class Limits : public testing::TestWithParam<std::string> {
 protected:
  void write(std::uint32_t offset, std::int64_t value) {
    EXPECT_FALSE(device->write(offset, static_cast<std::uint32_t>(value)).error)
        << fmt::format("{:#x}", offset);
  }
  std::int64_t read(std::uint32_t offset) {
    const auto access = device->read(offset);
    EXPECT_FALSE(access.error) << fmt::format("{:#x}", offset);
    return access.value;
  }
  int code() {
    return static_cast<int>(read(STOIC_REG_STATUS) >> STOIC_STATUS_CODE_LSB) &
           ((1 << STOIC_STATUS_CODE_WIDTH) - 1);
  }
  /// False when the program does not fit.
  bool load(const std::vector<Instruction>& program) {
    std::vector<std::int32_t> halves;
    for (const auto& instruction : program)
      for (const auto word : encode(instruction)) {
        halves.push_back(static_cast<std::int32_t>(word));
        halves.push_back(static_cast<std::int32_t>(word >> 32));
      }
    if (static_cast<std::int64_t>(halves.size()) > 2 * config.program_words) return false;
    device->write_memory(STOIC_MEMORY_PROGRAM, 0, halves);
    write(STOIC_REG_IRQ_ENABLE, 3);
    return true;
  }
  void start() { write(STOIC_REG_CONTROL, start_bit); }
  /// Runs to the end, which must come, and returns CYCLES.
  std::int64_t finish(std::int64_t within) {
    EXPECT_TRUE(device->run_until_interrupt(within)) << "no end within " << within << " cycles";
    write(STOIC_REG_IRQ_STATUS, 3);
    return read(STOIC_REG_CYCLES_LOW);
  }
  /// What runs must not have ended after some more cycles; then it is aborted.
  void expect_busy(std::int64_t cycles) {
    EXPECT_FALSE(device->run_until_interrupt(cycles)) << "it ended by itself";
    EXPECT_TRUE(device->debug().busy);
    write(STOIC_REG_ABORT, 0);
    finish(100);
    EXPECT_EQ(code(), STOIC_STATUS_CODE_ABORTED);
    write(STOIC_REG_CONTROL, reset_bit);
    write(STOIC_REG_IRQ_ENABLE, 3);
  }
  Packet beats(std::int64_t count, std::int32_t first = 1) const {
    Packet packet;
    for (std::int64_t i = 0; i < count * config.lanes; ++i)
      packet.beats.push_back(static_cast<std::int32_t>((first + i) % 8));
    return packet;
  }

  HardwareConfig config = configs_for(GetParam(), 0, 0).front();
  std::unique_ptr<Device> device = make_body(GetParam(), config);
};

/// Instructions that wait for a stream that does not move, and the counter of their stalls.
struct Waiting {
  Instruction instruction;
  std::uint32_t counter;
};
std::vector<Waiting> waiting_instructions() {
  return {
      {Load{.length = 1}, STOIC_REG_STALL_INPUT},
      {Matvec{.stream = 1, .destination = 0, .source = 1, .rows = 1, .columns = 1}, STOIC_REG_STALL_WEIGHTS},
      {Store{.length = 1}, STOIC_REG_STALL_OUTPUT}};
}

TEST_P(Limits, AStreamTimeoutComesAfterAsManyCyclesAsItSays) {
  device->set_stalls({.output = 1});
  for (const auto& [instruction, counter] : waiting_instructions()) {
    if (words(instruction) > config.program_words) continue;
    std::int64_t others = 0;  // cycles around the wait
    for (const std::int64_t timeout : {1, 2, 30, 0x10000 + 30}) {
      SCOPED_TRACE(fmt::format("counter {:#x}, timeout {}", counter, timeout));
      device->reset();  // so that no beat of an earlier run waits at the output
      load({instruction});
      write(STOIC_REG_STREAM_TIMEOUT, timeout);
      start();
      const auto cycles = finish(timeout + 1000);
      EXPECT_EQ(code(), STOIC_STATUS_CODE_STREAM_TIMEOUT);
      EXPECT_EQ(read(counter), timeout);
      if (timeout == 1) others = cycles - 1;
      EXPECT_EQ(cycles, others + timeout);
    }
  }
}

TEST_P(Limits, AStreamTimeoutIsComparedInAllItsBits) {
  for (int bit = 9; bit < 32; ++bit) {
    SCOPED_TRACE(bit);
    load({Load{.length = 1}});
    write(STOIC_REG_STREAM_TIMEOUT, (std::int64_t{1} << bit) + 30);
    start();
    expect_busy(200);
  }
}

TEST_P(Limits, AStreamTimeoutBeginsAnewWithEveryInstruction) {
  if (!load({Store{.length = 1}, Load{.length = 1}})) return;  // no room for two instructions that wait
  for (const std::int64_t closed : {15, 20, 30, 40}) {
    device->set_stalls({.output = 1});
    write(STOIC_REG_STREAM_TIMEOUT, 50);
    start();
    device->run(closed);
    device->set_stalls({});
    finish(200);
    EXPECT_EQ(code(), STOIC_STATUS_CODE_STREAM_TIMEOUT);
    EXPECT_EQ(read(STOIC_REG_PROGRAM_COUNTER), 1);
    EXPECT_GT(read(STOIC_REG_STALL_OUTPUT), 0);
    EXPECT_EQ(read(STOIC_REG_STALL_INPUT), 50) << "the wait of STORE is none of LOAD";
  }
}

TEST_P(Limits, ACycleLimitComesAfterAsManyCyclesAsItSays) {
  std::int64_t beyond = 0;
  for (const std::int64_t limit : {30, 31, 300, 0x10000 + 30}) {
    SCOPED_TRACE(limit);
    load({Load{.length = 1}});
    write(STOIC_REG_CYCLE_LIMIT, limit);
    start();
    const auto cycles = finish(limit + 1000);
    EXPECT_EQ(code(), STOIC_STATUS_CODE_CYCLE_LIMIT);
    if (limit == 30) beyond = cycles - limit;
    EXPECT_EQ(cycles, limit + beyond);
    EXPECT_LT(beyond, 20);
    write(STOIC_REG_CONTROL, reset_bit);
  }
}

TEST_P(Limits, ACycleLimitIsComparedInAllItsBits) {
  for (int bit = 9; bit < 32; ++bit) {
    SCOPED_TRACE(bit);
    load({Load{.length = 1}});
    write(STOIC_REG_CYCLE_LIMIT, (std::int64_t{1} << bit) + 30);
    start();
    expect_busy(200);
  }
}

TEST_P(Limits, SamplesAreCountedInAllTheirBits) {
  load({Halt{}});
  for (int bit = 4; bit < 32; ++bit) {
    SCOPED_TRACE(bit);
    write(STOIC_REG_SAMPLES, (std::int64_t{1} << bit) + 3);
    start();
    if (bit >= 8) {
      expect_busy(200);
      continue;
    }
    finish(2000);
    EXPECT_EQ(read(STOIC_REG_SAMPLES_DONE), (1 << bit) + 3);
  }
  constexpr std::int64_t many = 0x10003;
  write(STOIC_REG_SAMPLES, many);
  start();
  const auto cycles = finish(8 * many);
  EXPECT_EQ(read(STOIC_REG_SAMPLES_DONE), many);
  EXPECT_EQ(cycles, 2 * STOIC_START_CYCLES + many * (1 + STOIC_FETCH_CYCLES + STOIC_CONTROL_CYCLES));
}

TEST_P(Limits, LoopsCountInAllTheirBits) {
  for (int bit = 0; bit < 24; ++bit) {
    const auto count = (std::int64_t{1} << bit) | 1;
    if (!load({Loop{count}, End{}, Halt{}})) return;
    start();
    device->run_instruction(100);
    device->run_instruction(100);
    ASSERT_EQ(device->debug().loops.size(), 1u);
    EXPECT_EQ(device->debug().loops[0].remaining, count);
    if (count > 0x10001) {
      expect_busy(200);
    } else {
      finish(10 * count + 100);
      EXPECT_EQ(code(), STOIC_STATUS_CODE_OK);
    }
  }
}

TEST_P(Limits, AProgramStartBeyondAllMemoriesIsTheLargest) {
  for (const std::int64_t value :
       {std::int64_t{STOIC_PROGRAM_SLOT_MAX}, STOIC_PROGRAM_SLOT_MAX + std::int64_t{1}, std::int64_t{0x20005},
        std::int64_t{0x80000000}, std::int64_t{0xffffffff}}) {
    write(STOIC_REG_PROGRAM_START, value);
    EXPECT_EQ(read(STOIC_REG_PROGRAM_START), STOIC_PROGRAM_SLOT_MAX) << value;
    load({Halt{}});
    start();
    finish(100);
    EXPECT_EQ(code(), STOIC_STATUS_CODE_PROGRAM_ADDRESS) << value;
    EXPECT_EQ(read(STOIC_REG_PROGRAM_COUNTER), STOIC_PROGRAM_SLOT_MAX) << value;
  }
  write(STOIC_REG_PROGRAM_START, STOIC_PROGRAM_SLOT_MAX - 1);
  EXPECT_EQ(read(STOIC_REG_PROGRAM_START), STOIC_PROGRAM_SLOT_MAX - 1);
}

TEST_P(Limits, MemoriesEndAfterTheirLastEntry) {
  const std::pair<std::int64_t, std::int64_t> memories[] = {
      {STOIC_MEMORY_PROGRAM, 2 * config.program_words},
      {STOIC_MEMORY_WEIGHTS, config.weight_words * config.lanes},
      {STOIC_MEMORY_TABLES, config.table_words},
      {STOIC_MEMORY_STATE, config.state_words_per_lane * config.lanes},
      {STOIC_MEMORY_SATURATIONS, config.program_words}};
  for (const auto& [memory, size] : memories) {
    SCOPED_TRACE(memory);
    const bool writable = memory != STOIC_MEMORY_SATURATIONS;
    write(STOIC_REG_MEM_SELECT, memory);
    write(STOIC_REG_MEM_ADDRESS, 0);
    EXPECT_EQ(device->write(STOIC_REG_MEM_DATA, 1).error, !writable);
    write(STOIC_REG_MEM_ADDRESS, size - 1);
    EXPECT_EQ(device->write(STOIC_REG_MEM_DATA, 3).error, !writable);
    write(STOIC_REG_MEM_ADDRESS, size - 1);
    EXPECT_EQ(read(STOIC_REG_MEM_DATA), writable ? 3 : 0);
    EXPECT_EQ(read(STOIC_REG_MEM_ADDRESS), size);
    for (const std::int64_t carry : {0xff, 0xfff, 0xffff, 0x1ffff}) {
      if (carry >= size) break;
      write(STOIC_REG_MEM_ADDRESS, carry);
      read(STOIC_REG_MEM_DATA);
      EXPECT_EQ(read(STOIC_REG_MEM_ADDRESS), carry + 1);
    }
    for (int bit = -1; bit < 32; ++bit) {
      const auto address = bit < 0 ? size : std::int64_t{1} << bit;
      if (address < size) continue;
      write(STOIC_REG_MEM_ADDRESS, address);
      EXPECT_TRUE(device->read(STOIC_REG_MEM_DATA).error) << address;
      EXPECT_TRUE(device->write(STOIC_REG_MEM_DATA, 5).error) << address;
      EXPECT_EQ(read(STOIC_REG_MEM_ADDRESS), address) << "an access that is refused does not go on";
    }
    if (!writable || size == 1) continue;
    write(STOIC_REG_MEM_ADDRESS, 0);
    EXPECT_EQ(read(STOIC_REG_MEM_DATA), 1) << "an entry beyond the end is none at the beginning";
  }
}

TEST_P(Limits, AResetForgetsTheVectorThatWasBegun) {
  // A vector that is too long for its LOAD is thrown away up to its TLAST; RESET comes in every cycle of
  // that, so once when TLAST is in the buffer. Nothing may be left then that a later fault could throw away.
  constexpr std::int64_t length = 40;
  for (std::int64_t wait = 0; wait < length + 10; ++wait) {
    SCOPED_TRACE(wait);
    device->reset();
    load({Load{.length = 1}});
    device->send(Stream::input, std::vector{beats(length)});
    start();
    ASSERT_TRUE(device->run_until_interrupt(100));
    device->run(wait);
    write(STOIC_REG_CONTROL, reset_bit);
    device->run(length + 10);
    // Runs that end without any beat, by a timeout and by ABORT.
    write(STOIC_REG_IRQ_ENABLE, 3);
    write(STOIC_REG_STREAM_TIMEOUT, 5);
    start();
    finish(100);
    EXPECT_EQ(code(), STOIC_STATUS_CODE_STREAM_TIMEOUT);
    write(STOIC_REG_STREAM_TIMEOUT, 0);
    start();
    device->run(20);
    write(STOIC_REG_ABORT, 0);
    finish(100);
    // The next vector is taken.
    device->send(Stream::input, std::vector{beats(1, 5)});
    start();
    EXPECT_TRUE(device->run_until_interrupt(200)) << "the vector was thrown away";
  }
}

TEST_P(Limits, AResetForgetsEverythingButTheMemories) {
  load({Load{.length = 1}});
  const std::pair<std::uint32_t, std::int64_t> registers[] = {
      {STOIC_REG_IRQ_ENABLE, 3},          {STOIC_REG_PROGRAM_START, 0},    {STOIC_REG_SAMPLES, 0x80000001},
      {STOIC_REG_CYCLE_LIMIT, 500},       {STOIC_REG_STREAM_TIMEOUT, 300}, {STOIC_REG_MEM_SELECT, 3},
      {STOIC_REG_MEM_ADDRESS, 0x81234567}};
  for (const auto& [offset, value] : registers) {
    write(offset, value);
    EXPECT_EQ(read(offset), value) << fmt::format("{:#x}", offset);
  }
  start();
  device->run_until_interrupt(1000);
  EXPECT_TRUE(device->interrupt());
  EXPECT_EQ(read(STOIC_REG_STALL_INPUT), 300);
  EXPECT_TRUE(device->read(0xfc).error);
  write(STOIC_REG_CONTROL, reset_bit);
  EXPECT_FALSE(device->interrupt());
  for (const auto& [offset, value] : registers) EXPECT_EQ(read(offset), 0) << fmt::format("{:#x}", offset);
  for (const std::uint32_t offset :
       {STOIC_REG_STATUS, STOIC_REG_IRQ_STATUS, STOIC_REG_PROGRAM_COUNTER, STOIC_REG_SAMPLES_DONE,
        STOIC_REG_CYCLES_LOW, STOIC_REG_CYCLES_HIGH, STOIC_REG_MAC_CYCLES_LOW, STOIC_REG_MAC_CYCLES_HIGH,
        STOIC_REG_STALL_INPUT, STOIC_REG_STALL_WEIGHTS, STOIC_REG_STALL_OUTPUT, STOIC_REG_SATURATIONS})
    EXPECT_EQ(read(offset), 0) << fmt::format("{:#x}", offset);
  EXPECT_EQ(read(STOIC_REG_FIRST_SATURATED), 0xffffffff);
}

TEST_P(Limits, AnAccessErrorStaysUntilStartOrReset) {
  const auto stays = [&] { return (read(STOIC_REG_STATUS) >> STOIC_STATUS_ACCESS_ERROR_LSB & 1) != 0; };
  load({Halt{}});
  for (const std::uint32_t end : {start_bit, reset_bit})
    for (const bool by_write : {true, false}) {
      EXPECT_FALSE(stays());
      EXPECT_TRUE((by_write ? device->write(STOIC_REG_ID, 0) : device->read(STOIC_REG_CONTROL)).error);
      write(STOIC_REG_SAMPLES, 1);
      EXPECT_EQ(read(STOIC_REG_SAMPLES), 1);
      write(STOIC_REG_IRQ_STATUS, 3);
      EXPECT_TRUE(stays()) << "what was right afterwards does not undo what was wrong";
      write(STOIC_REG_CONTROL, end);
      device->run(100);
    }
  EXPECT_FALSE(stays());
}

/// A vector, or a matrix, is thrown away from the cycle after the one that stopped it: the run after it,
/// begun at once, waits for the rest of it, and its stalls say for how long.
std::vector<std::uint32_t> stalls_after_a_stop(const std::string& body, const HardwareConfig& config,
                                               Stream stream, std::uint32_t stop) {
  const auto device = make_body(body, config);
  const auto beats = std::min<std::int64_t>(100, config.state_words_per_lane - 1);
  const Instruction instruction =
      stream == Stream::input
          ? Instruction(Load{.length = beats * config.lanes})
          : Instruction(Matvec{.stream = 1, .destination = beats, .source = 0, .rows = 1, .columns = beats});
  std::vector<std::int32_t> halves;
  for (const auto word : encode(instruction)) {
    halves.push_back(static_cast<std::int32_t>(word));
    halves.push_back(static_cast<std::int32_t>(word >> 32));
  }
  device->write_memory(STOIC_MEMORY_PROGRAM, 0, halves);
  device->write(STOIC_REG_IRQ_ENABLE, 3);
  const std::vector<Packet> packets(
      2, {std::vector<std::int32_t>(static_cast<std::size_t>(beats * config.lanes), 1), true});
  std::vector<std::uint32_t> seen;
  for (std::int64_t wait = 0; wait < 40; ++wait) {
    device->reset();
    device->write(STOIC_REG_IRQ_ENABLE, 3);
    device->send(stream, packets);
    if (stop == STOIC_REG_CYCLE_LIMIT)
      device->write(STOIC_REG_CYCLE_LIMIT, static_cast<std::uint32_t>(20 + wait));
    device->write(STOIC_REG_CONTROL, start_bit);
    device->run(wait);
    if (stop == STOIC_REG_ABORT) device->write(STOIC_REG_ABORT, 0);
    device->run_until_interrupt(1000);
    device->write(STOIC_REG_CYCLE_LIMIT, 0);
    device->write(STOIC_REG_CONTROL, start_bit);
    device->run(1000);
    for (const auto offset : {STOIC_REG_STALL_INPUT, STOIC_REG_STALL_WEIGHTS, STOIC_REG_MAC_CYCLES_LOW,
                              STOIC_REG_STATUS, STOIC_REG_CYCLES_LOW})
      seen.push_back(device->read(static_cast<std::uint32_t>(offset)).value);
  }
  return seen;
}

TEST(Stops, LetTheRunAfterThemWaitForTheRestEquallyLongOnAllBodies) {
  if (bodies().size() < 2) GTEST_SKIP() << "this build has not both bodies";
  const auto config = configs_for("rtl", 0, 0).front();
  if (config.state_words_per_lane < 20 || config.program_words < Matvec::words)
    GTEST_SKIP() << "needs state_words_per_lane >= 20 and program_words >= 2";
  for (const auto stream : {Stream::input, Stream::weights})
    for (const std::uint32_t stop : {STOIC_REG_ABORT, STOIC_REG_CYCLE_LIMIT})
      EXPECT_EQ(stalls_after_a_stop("systemc", config, stream, stop),
                stalls_after_a_stop("rtl", config, stream, stop))
          << (stream == Stream::input ? "input" : "weights") << fmt::format(", register {:#x}", stop);
}

INSTANTIATE_TEST_SUITE_P(Bodies, Limits, testing::ValuesIn(bodies()),
                         [](const auto& body) { return body.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Limits);

}  // namespace limits_test
}  // namespace stoic::cosim
