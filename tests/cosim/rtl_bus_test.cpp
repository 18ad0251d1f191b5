// The registers of the RTL, by a driver of single wires.
#include "rtl_bus.hpp"

namespace stoic::cosim {
namespace rtl_bus_test {

TEST_F(Bus, ShowsTheNumbersOfItsInstance) {
  const auto& config = rtl::built_config();
  EXPECT_EQ(read(STOIC_REG_ID), STOIC_ID);
  EXPECT_EQ(read(STOIC_REG_INTERFACE_VERSION), static_cast<std::uint32_t>(STOIC_INTERFACE_VERSION));
  EXPECT_EQ(read(STOIC_REG_CONFIG_HASH), config_hash(config));
  const auto widths = read(STOIC_REG_CAPABILITY_WIDTHS);
  EXPECT_EQ(widths >> STOIC_CAPABILITY_WIDTHS_LANES_LSB & 0xff, config.lanes);
  EXPECT_EQ(widths >> STOIC_CAPABILITY_WIDTHS_STATE_WIDTH_LSB & 0xff, config.state_width);
  EXPECT_EQ(widths >> STOIC_CAPABILITY_WIDTHS_WEIGHT_WIDTH_LSB & 0xff, config.weight_width);
  EXPECT_EQ(widths >> STOIC_CAPABILITY_WIDTHS_ACCUMULATOR_WIDTH_LSB & 0xff, config.accumulator_width);
  const auto units = read(STOIC_REG_CAPABILITY_UNITS);
  EXPECT_EQ(units >> STOIC_CAPABILITY_UNITS_FUNCTION_UNITS_LSB & 0xff, config.function_units);
  EXPECT_EQ(units >> STOIC_CAPABILITY_UNITS_LOOP_DEPTH_LSB & 0xff, config.loop_depth);
  EXPECT_EQ(units >> STOIC_CAPABILITY_UNITS_TABLE_GUARD_BITS_LSB & 0xff, config.table_guard_bits);
  EXPECT_EQ(read(STOIC_REG_STATE_WORDS), config.state_words_per_lane);
  EXPECT_EQ(read(STOIC_REG_WEIGHT_WORDS), config.weight_words);
  EXPECT_EQ(read(STOIC_REG_PROGRAM_WORDS), config.program_words);
  EXPECT_EQ(read(STOIC_REG_TABLE_WORDS), config.table_words);
}

TEST_F(Bus, RefusesMemoriesThatThereAreNot) {
  for (std::uint32_t memory = STOIC_MEMORY_SATURATIONS + 1; memory < 8; ++memory) {
    write(STOIC_REG_MEM_SELECT, memory);
    EXPECT_EQ(read(STOIC_REG_MEM_DATA), 0u);
    EXPECT_EQ(top.s_axi_rresp, slave_error);
    EXPECT_EQ(write(STOIC_REG_MEM_DATA, 1), slave_error);
  }
}

/// Whatever the ports of the memories hold from a read before.
TEST_F(Bus, AnswersARefusedReadWithZero) {
  const std::uint32_t values[] = {123, 123};
  for (const std::uint32_t memory : {STOIC_MEMORY_STATE, STOIC_MEMORY_TABLES, STOIC_MEMORY_PROGRAM}) {
    write_memory(memory, values);
    write(STOIC_REG_MEM_ADDRESS, 0);
    for (const auto value : values) EXPECT_EQ(read(STOIC_REG_MEM_DATA), value);
    write(STOIC_REG_MEM_ADDRESS, 0x7fffffff);
    EXPECT_EQ(read(STOIC_REG_MEM_DATA), 0u) << memory;
    EXPECT_EQ(top.s_axi_rresp, slave_error);
  }
}

TEST_F(Bus, ReadsTablesWithTheirSign) {
  const std::uint32_t values[] = {static_cast<std::uint32_t>(-5), 7};
  write_memory(STOIC_MEMORY_TABLES, values);
  write(STOIC_REG_MEM_ADDRESS, 0);
  for (const auto value : values) EXPECT_EQ(read(STOIC_REG_MEM_DATA), value);
}

TEST_F(Bus, RefusesWritesOfSomeBytesOnly) {
  EXPECT_EQ(write(STOIC_REG_SAMPLES, 0x01020304), okay);
  for (unsigned strobes = 0; strobes < 0xf; ++strobes) {
    EXPECT_EQ(write(STOIC_REG_SAMPLES, 7, strobes), slave_error) << strobes;
    EXPECT_EQ(read(STOIC_REG_SAMPLES), 0x01020304u) << strobes;
  }
  EXPECT_EQ(read(STOIC_REG_STATUS), 1u << STOIC_STATUS_ACCESS_ERROR_LSB);
}

TEST_F(Bus, GoesOnAfterWritesOfSomeBytesOfAnyRegister) {
  // A LOAD waits for its beat: none of these stops, starts or resets it, nor are its events acknowledged.
  NEEDS(.program_words = 2);
  write(STOIC_REG_SAMPLES, 1);
  begin({Load{0, 1}, Halt{}});
  tick(20);
  for (std::uint32_t offset = 0; offset < 0x100; offset += 4)
    for (const unsigned strobes : {0u, 1u, 7u, 8u, 14u})
      EXPECT_EQ(write(offset, 0xffffffff, strobes), slave_error);
  EXPECT_FALSE(top.irq);
  EXPECT_NE(read(STOIC_REG_STATUS) & 1u << STOIC_STATUS_BUSY_LSB, 0u);
  EXPECT_EQ(write(STOIC_REG_ABORT, 0), okay);
  tick(20);
  EXPECT_TRUE(top.irq);
  for (const unsigned strobes : {0u, 1u, 7u, 14u})
    EXPECT_EQ(write(STOIC_REG_IRQ_STATUS, 3, strobes), slave_error);
  EXPECT_TRUE(top.irq);
}

TEST_F(Bus, IgnoresTheLowBitsOfAnAddress) {
  EXPECT_EQ(write(STOIC_REG_SAMPLES + 3, 41), okay);
  EXPECT_EQ(read(STOIC_REG_SAMPLES + 2), 41u);
}

TEST_F(Bus, GivesMemoryDataInTheCycleAfterThatOfARegister) {
  write(STOIC_REG_MEM_SELECT, STOIC_MEMORY_WEIGHTS);
  write(STOIC_REG_MEM_DATA, static_cast<std::uint32_t>(-3));
  write(STOIC_REG_MEM_ADDRESS, 0);
  offer_read(STOIC_REG_MEM_DATA);
  EXPECT_TRUE(top.s_axi_arready);
  tick();
  EXPECT_FALSE(top.s_axi_rvalid || top.s_axi_arready);
  tick();
  withdraw();
  EXPECT_FALSE(top.s_axi_arready) << "data waits";
  EXPECT_TRUE(top.s_axi_rvalid);
  EXPECT_EQ(top.s_axi_rdata, static_cast<std::uint32_t>(-3));
}

TEST_F(Bus, DropsItsResponsesInReset) {
  offer_write(STOIC_REG_SAMPLES, 8);
  tick(2);
  withdraw();
  offer_read(STOIC_REG_SAMPLES);
  tick();
  withdraw();
  EXPECT_TRUE(top.s_axi_bvalid && top.s_axi_rvalid);
  top.aresetn = 0;
  tick();
  top.aresetn = 1;
  EXPECT_FALSE(top.s_axi_bvalid || top.s_axi_rvalid);
  EXPECT_EQ(read(STOIC_REG_SAMPLES), 0u);
}

TEST_F(Bus, StoresALargerProgramStartAsTheLargest) {
  for (const std::uint32_t value : {STOIC_PROGRAM_SLOT_MAX + 1u, 0x80000005u, 0xffffffffu}) {
    EXPECT_EQ(write(STOIC_REG_PROGRAM_START, value), okay);
    EXPECT_EQ(read(STOIC_REG_PROGRAM_START), static_cast<std::uint32_t>(STOIC_PROGRAM_SLOT_MAX)) << value;
  }
}

TEST_F(Bus, ResetsAndDoesNotStartWhenBothAreAsked) {
  write(STOIC_REG_SAMPLES, 3);
  EXPECT_EQ(write(STOIC_REG_CONTROL, start | reset), okay);
  EXPECT_EQ(read(STOIC_REG_STATUS), 0u);
  EXPECT_EQ(read(STOIC_REG_SAMPLES), 0u);
  EXPECT_EQ(read(STOIC_REG_CYCLES_LOW), 0u);
}

TEST_F(Bus, StopsCountingTheSaturationsOfASlotAtItsLargestValue) {
  NEEDS(.state_words_per_lane = 5, .program_words = 5);
  const std::uint32_t lanes = read(STOIC_REG_CAPABILITY_WIDTHS) & 0xff;
  write_memory(STOIC_MEMORY_STATE, std::vector<std::uint32_t>(lanes, 1));
  const auto each = 4 * lanes;
  const auto count = STOIC_SLOT_SATURATIONS_MAX / each + 2;
  Bundle bundle{};
  bundle.destination = 1;
  bundle.length = each;
  bundle.terms = 1;
  bundle.term[0].left_fixed = bundle.term[0].right_fixed = 1;
  bundle.result_shift = -64;
  const std::vector<Instruction> program = {Loop{count}, bundle, End{}, Halt{}};
  EXPECT_EQ(run(program, 1), done);
  EXPECT_EQ(read(STOIC_REG_SATURATIONS), count * each);
  EXPECT_EQ(read(STOIC_REG_FIRST_SATURATED), 1u);
  write(STOIC_REG_MEM_SELECT, STOIC_MEMORY_SATURATIONS);
  write(STOIC_REG_MEM_ADDRESS, 0);
  EXPECT_EQ(read(STOIC_REG_MEM_DATA), 0u);
  EXPECT_EQ(read(STOIC_REG_MEM_DATA), static_cast<std::uint32_t>(STOIC_SLOT_SATURATIONS_MAX));
  EXPECT_EQ(read(STOIC_REG_MEM_DATA), 0u);
}

/// Sums around Most, Least and 0, in steps of a fraction of the unit: random operands hardly ever meet them.
TEST_F(Bus, RoundsAndSaturatesAtTheEndsOfTheStates) {
  NEEDS(.state_words_per_lane = 5, .program_words = 3);
  const auto& config = rtl::built_config();
  const auto lanes = config.lanes;
  // Word 4 = (end * 2^shift + step * 1) / 2^shift; one lane for each step.
  Bundle bundle{};
  bundle.destination = 4;
  bundle.length = lanes;
  bundle.terms = 2;
  bundle.term[0] = {.left = 0, .right = 1};
  bundle.term[1] = {.left = 2, .right = 3};
  const auto check = [&](std::int64_t end, std::int64_t shift, std::int64_t first) {
    const auto one = std::int64_t{1} << std::max<std::int64_t>(shift, 0);
    std::vector<std::uint32_t> state;
    for (std::int64_t word = 0; word < 4; ++word)
      for (std::int64_t l = 0; l < lanes; ++l) {
        const std::int64_t values[] = {end, one, first + l, 1};
        state.push_back(static_cast<std::uint32_t>(values[word]));
      }
    write_memory(STOIC_MEMORY_STATE, state);
    bundle.result_shift = shift;
    const std::vector<Instruction> program = {bundle, Halt{}};
    ASSERT_EQ(run(program, 1), done);
    std::uint32_t saturated = 0;
    write(STOIC_REG_MEM_SELECT, STOIC_MEMORY_STATE);
    write(STOIC_REG_MEM_ADDRESS, static_cast<std::uint32_t>(4 * lanes));
    for (std::int64_t l = 0; l < lanes; ++l) {
      const auto sum = end * one + first + l;
      const auto expected = round_and_saturate(sum, shift, config.state_min(), config.state_max());
      saturated += expected.saturated;
      EXPECT_EQ(read(STOIC_REG_MEM_DATA), static_cast<std::uint32_t>(expected.value))
          << sum << " / 2^" << shift;
    }
    EXPECT_EQ(read(STOIC_REG_SATURATIONS), saturated)
        << "sums from " << end * one + first << " / 2^" << shift;
    write(STOIC_REG_CONTROL, reset);
  };
  for (std::int64_t first = -16; first < 16; first += lanes) {
    for (const auto end : {config.state_max(), config.state_min()})
      for (std::int64_t shift = 0; shift <= 3; ++shift) check(end, shift, first);
    for (std::int64_t beyond = -3; beyond <= 1; ++beyond) check(0, beyond - config.state_width, first);
    check(0, -64, first);
  }
}

TEST_F(Bus, TimesOutWhileTheLastBeatOfStoreWaits) {
  NEEDS(.program_words = 2);
  Store store{};
  store.length = 1;
  const std::vector<Instruction> program = {store, Halt{}};
  write(STOIC_REG_STREAM_TIMEOUT, 5);
  EXPECT_EQ(run(program, 1),
            1u << STOIC_STATUS_FAULT_LSB | STOIC_STATUS_CODE_STREAM_TIMEOUT << STOIC_STATUS_CODE_LSB);
  EXPECT_EQ(read(STOIC_REG_STALL_OUTPUT), 5u);
}

TEST_F(Bus, BeginsEverySampleWithoutOpenLoops) {
  NEEDS(.program_words = 2);
  const std::uint32_t depth =
      read(STOIC_REG_CAPABILITY_UNITS) >> STOIC_CAPABILITY_UNITS_LOOP_DEPTH_LSB & 0xff;
  const std::vector<Instruction> program = {Loop{2}, Halt{}};
  EXPECT_EQ(run(program, depth + 2), done);
  EXPECT_EQ(read(STOIC_REG_SAMPLES_DONE), depth + 2);
}

}  // namespace rtl_bus_test
}  // namespace stoic::cosim
