#include <gmock/gmock.h>

#include "model_driver.hpp"

namespace stoic::systemc {
namespace registers_test {

struct Register {
  const char* name;
  std::uint32_t offset;
  bool readable, writable;
  bool read_while_running, write_while_running;
  std::uint32_t reset;  ///< what a readable one shows at first
};

std::vector<Register> registers(const HardwareConfig& c) {
  const auto word = [](std::int64_t a, std::int64_t b, std::int64_t d, std::int64_t e) {
    return static_cast<std::uint32_t>(a | b << 8 | d << 16 | e << 24);
  };
  const auto number = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  return {
      {"ID", STOIC_REG_ID, true, false, true, false, STOIC_ID},
      {"VERSION", STOIC_REG_INTERFACE_VERSION, true, false, true, false, STOIC_INTERFACE_VERSION},
      {"HASH", STOIC_REG_CONFIG_HASH, true, false, true, false, config_hash(c)},
      {"WIDTHS", STOIC_REG_CAPABILITY_WIDTHS, true, false, true, false,
       word(c.lanes, c.state_width, c.weight_width, c.accumulator_width)},
      {"UNITS", STOIC_REG_CAPABILITY_UNITS, true, false, true, false,
       word(c.function_units, c.loop_depth, c.table_guard_bits, 0)},
      {"STATE_WORDS", STOIC_REG_STATE_WORDS, true, false, true, false, number(c.state_words_per_lane)},
      {"WEIGHT_WORDS", STOIC_REG_WEIGHT_WORDS, true, false, true, false, number(c.weight_words)},
      {"PROGRAM_WORDS", STOIC_REG_PROGRAM_WORDS, true, false, true, false, number(c.program_words)},
      {"TABLE_WORDS", STOIC_REG_TABLE_WORDS, true, false, true, false, number(c.table_words)},
      {"CONTROL", STOIC_REG_CONTROL, false, true, false, false, 0},
      {"STATUS", STOIC_REG_STATUS, true, false, true, false, 0},
      {"ABORT", STOIC_REG_ABORT, false, true, false, true, 0},
      {"IRQ_ENABLE", STOIC_REG_IRQ_ENABLE, true, true, false, false, 0},
      {"IRQ_STATUS", STOIC_REG_IRQ_STATUS, true, true, true, true, 0},
      {"PROGRAM_START", STOIC_REG_PROGRAM_START, true, true, false, false, 0},
      {"SAMPLES", STOIC_REG_SAMPLES, true, true, false, false, 0},
      {"CYCLE_LIMIT", STOIC_REG_CYCLE_LIMIT, true, true, false, false, 0},
      {"STREAM_TIMEOUT", STOIC_REG_STREAM_TIMEOUT, true, true, false, false, 0},
      {"PROGRAM_COUNTER", STOIC_REG_PROGRAM_COUNTER, true, false, true, false, 0},
      {"SAMPLES_DONE", STOIC_REG_SAMPLES_DONE, true, false, true, false, 0},
      {"CYCLES_LOW", STOIC_REG_CYCLES_LOW, true, false, true, false, 0},
      {"CYCLES_HIGH", STOIC_REG_CYCLES_HIGH, true, false, true, false, 0},
      {"MAC_CYCLES_LOW", STOIC_REG_MAC_CYCLES_LOW, true, false, true, false, 0},
      {"MAC_CYCLES_HIGH", STOIC_REG_MAC_CYCLES_HIGH, true, false, true, false, 0},
      {"STALL_INPUT", STOIC_REG_STALL_INPUT, true, false, true, false, 0},
      {"STALL_WEIGHTS", STOIC_REG_STALL_WEIGHTS, true, false, true, false, 0},
      {"STALL_OUTPUT", STOIC_REG_STALL_OUTPUT, true, false, true, false, 0},
      {"SATURATIONS", STOIC_REG_SATURATIONS, true, false, true, false, 0},
      {"FIRST_SATURATED", STOIC_REG_FIRST_SATURATED, true, false, true, false, 0xffffffffu},
      {"MEM_SELECT", STOIC_REG_MEM_SELECT, true, true, false, false, 0},
      {"MEM_ADDRESS", STOIC_REG_MEM_ADDRESS, true, true, false, false, 0},
      {"MEM_DATA", STOIC_REG_MEM_DATA, true, true, false, false, 0},
  };
}

bool access_error(const ModelDriver& driver) {
  return (driver.peek(STOIC_REG_STATUS) >> STOIC_STATUS_ACCESS_ERROR_LSB & 1) != 0;
}

TEST(Registers, ShowTheirResetValuesAndObeyTheirAccessRules) {
  const auto config = load_hardware_config("compact");
  for (const auto& r : registers(config)) {
    ModelDriver driver(config);
    if (r.readable) {
      EXPECT_EQ(driver.read(r.offset), r.reset) << r.name;
    } else {
      EXPECT_TRUE(driver.refuses_read(r.offset)) << r.name;
      EXPECT_TRUE(access_error(driver)) << r.name;
    }
    ModelDriver other(config);
    EXPECT_NE(other.refuses_write(r.offset, 0), r.writable) << r.name;
    EXPECT_NE(access_error(other), r.writable) << r.name;
  }
}

TEST(Registers, ObeyTheRulesOfARunningEngineWhichGoesOn) {
  const auto config = load_hardware_config("compact");
  for (const auto& r : registers(config)) {
    ModelDriver driver(config);
    driver.write_program("LOAD length=4\nHALT");
    driver.begin();
    driver.model.advance_to(driver.model.now() + 20);
    EXPECT_NE(driver.refuses_read(r.offset), r.read_while_running) << r.name;
    EXPECT_NE(access_error(driver), r.read_while_running) << r.name;
    EXPECT_NE(driver.refuses_write(r.offset, 0), r.write_while_running) << r.name;
    if (r.offset == STOIC_REG_ABORT) continue;
    driver.send_input(1);
    driver.finish();
    EXPECT_EQ(driver.peek(STOIC_REG_STATUS) & 7u, 1u << STOIC_STATUS_DONE_LSB) << r.name;
    EXPECT_NE(access_error(driver), r.read_while_running && r.write_while_running) << r.name;  // sticks
    driver.write(STOIC_REG_CONTROL, start);
    EXPECT_FALSE(access_error(driver)) << r.name;
  }
}

TEST(Registers, RefuseOffsetsWithoutARegisterAndPartialWrites) {
  ModelDriver driver(load_hardware_config("compact"));
  for (const std::uint32_t offset : {0x74u, 0x78u, 0x7cu, 0x8cu, 0x100u, 0x1000u, 0x29u, 0xfffffffcu}) {
    EXPECT_TRUE(driver.refuses_read(offset)) << offset;
    EXPECT_TRUE(driver.refuses_write(offset, 1)) << offset;
  }
  EXPECT_TRUE(driver.model.write(STOIC_REG_SAMPLES, 5, 0x7).error);
  EXPECT_EQ(driver.read(STOIC_REG_SAMPLES), 0u);
  EXPECT_TRUE(access_error(driver));
  driver.write(STOIC_REG_CONTROL, reset);
  EXPECT_FALSE(access_error(driver));
}

TEST(Registers, KeepOnlyTheirBits) {
  ModelDriver driver(load_hardware_config("compact"));
  for (const auto& [offset, kept] : {std::pair{STOIC_REG_IRQ_ENABLE, 3u},
                                     {STOIC_REG_PROGRAM_START, std::uint32_t{STOIC_PROGRAM_SLOT_MAX}},
                                     {STOIC_REG_SAMPLES, ~0u},
                                     {STOIC_REG_CYCLE_LIMIT, ~0u},
                                     {STOIC_REG_STREAM_TIMEOUT, ~0u},
                                     {STOIC_REG_MEM_SELECT, 7u},
                                     {STOIC_REG_MEM_ADDRESS, ~0u}}) {
    driver.write(offset, ~0u);
    EXPECT_EQ(driver.read(offset), kept) << offset;
    driver.write(STOIC_REG_CONTROL, start | reset);  // RESET wins
    EXPECT_FALSE(driver.busy());
    EXPECT_EQ(driver.read(offset), 0u) << offset;
  }
}

TEST(Memories, KeepTheirBitsAndCountTheAddress) {
  const auto config = load_hardware_config("default");
  ModelDriver driver(config);
  const struct {
    std::uint32_t memory;
    std::int64_t size, width;
  } memories[] = {{STOIC_MEMORY_PROGRAM, 2 * config.program_words, 32},
                  {STOIC_MEMORY_WEIGHTS, config.weight_words * config.lanes, config.weight_width},
                  {STOIC_MEMORY_TABLES, config.table_words, config.state_width + config.table_guard_bits},
                  {STOIC_MEMORY_STATE, config.state_words_per_lane * config.lanes, config.state_width}};
  for (const auto& [memory, size, width] : memories) {
    const auto top = static_cast<std::uint32_t>(std::int64_t{1} << (width - 1));
    driver.write_memory(memory, size - 2, std::vector<std::int32_t>{-5, static_cast<std::int32_t>(top)});
    EXPECT_TRUE(driver.refuses_write(STOIC_REG_MEM_DATA, 0)) << memory;  // beyond the end
    EXPECT_EQ(driver.read(STOIC_REG_MEM_ADDRESS), static_cast<std::uint32_t>(size)) << memory;
    EXPECT_TRUE(driver.refuses_read(STOIC_REG_MEM_DATA)) << memory;
    driver.write(STOIC_REG_MEM_ADDRESS, static_cast<std::uint32_t>(size - 2));
    EXPECT_EQ(driver.read(STOIC_REG_MEM_DATA), static_cast<std::uint32_t>(-5)) << memory;
    EXPECT_EQ(driver.read(STOIC_REG_MEM_DATA), 0u - top) << memory;  // the sign bit alone is negative
    EXPECT_EQ(driver.read(STOIC_REG_MEM_ADDRESS), static_cast<std::uint32_t>(size)) << memory;
  }
  driver.write(STOIC_REG_MEM_SELECT, STOIC_MEMORY_SATURATIONS);
  driver.write(STOIC_REG_MEM_ADDRESS, 3);
  EXPECT_TRUE(driver.refuses_write(STOIC_REG_MEM_DATA, 1));
  EXPECT_EQ(driver.read(STOIC_REG_MEM_DATA), 0u);
  EXPECT_EQ(driver.read(STOIC_REG_MEM_ADDRESS), 4u);
  driver.write(STOIC_REG_MEM_SELECT, STOIC_MEMORY_SATURATIONS + 1);
  driver.write(STOIC_REG_MEM_ADDRESS, 0);
  EXPECT_TRUE(driver.refuses_read(STOIC_REG_MEM_DATA));
}

TEST(Interrupts, FollowTheirCausesAndTheirEnables) {
  ModelDriver driver(load_hardware_config("compact"));
  driver.write_program("HALT");
  driver.run();
  EXPECT_EQ(driver.peek(STOIC_REG_IRQ_STATUS), 1u << STOIC_IRQ_STATUS_DONE_LSB);
  EXPECT_FALSE(driver.model.interrupt());  // not enabled
  driver.write(STOIC_REG_IRQ_ENABLE, 1u << STOIC_IRQ_ENABLE_DONE_LSB);
  EXPECT_TRUE(driver.model.interrupt());
  driver.write(STOIC_REG_IRQ_STATUS, 1u << STOIC_IRQ_STATUS_FAULT_LSB);  // another cause
  EXPECT_TRUE(driver.model.interrupt());
  driver.write(STOIC_REG_IRQ_STATUS, 1u << STOIC_IRQ_STATUS_DONE_LSB);
  EXPECT_FALSE(driver.model.interrupt());
  driver.write(STOIC_REG_PROGRAM_START, 1);  // zeros are no instruction
  driver.run();
  EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_ILLEGAL_OPCODE));
  EXPECT_FALSE(driver.model.interrupt());
  driver.write(STOIC_REG_IRQ_ENABLE, 1u << STOIC_IRQ_ENABLE_FAULT_LSB);
  EXPECT_TRUE(driver.model.interrupt());
}

TEST(Interrupts, AreNotLostWhenAcknowledgedInTheLastBusyCycle) {
  ModelDriver driver(load_hardware_config("compact"));
  driver.write_program("HALT");
  driver.write(STOIC_REG_IRQ_ENABLE, 3);
  driver.begin();
  const auto busy_cycles = around + 1 + STOIC_FETCH_CYCLES + STOIC_CONTROL_CYCLES;
  driver.model.advance_to(driver.model.now() + busy_cycles - 1);
  EXPECT_TRUE(driver.busy());
  driver.write(STOIC_REG_IRQ_STATUS, 3);
  EXPECT_FALSE(driver.busy());
  EXPECT_TRUE(driver.model.interrupt());
}

}  // namespace registers_test
}  // namespace stoic::systemc
