// Counters of the cycle model where they carry: it waits for billions of cycles in no time.
#include <gmock/gmock.h>

#include "model_driver.hpp"

namespace stoic::systemc {
namespace limits_test {

constexpr std::int64_t two_to_32 = std::int64_t{1} << 32;

std::uint64_t wide(const ModelDriver& driver, std::uint32_t low) {
  return driver.peek(low) | std::uint64_t{driver.peek(low + 4)} << 32;
}

TEST(Counters, OfCyclesCarryBeyondThirtyTwoBitsAndStallsWrap) {
  ModelDriver driver(load_hardware_config("compact"));
  driver.write_program("LOAD length=4\nHALT");
  driver.begin();
  const auto first = driver.model.now();
  std::int64_t before = 0;
  for (const std::int64_t cycle :
       {std::int64_t{100}, two_to_32 - 1, two_to_32, two_to_32 + 1, 3 * two_to_32 + 5}) {
    driver.model.advance_to(first + cycle);
    EXPECT_EQ(wide(driver, STOIC_REG_CYCLES_LOW), static_cast<std::uint64_t>(cycle));
    const auto stalls = driver.peek(STOIC_REG_STALL_INPUT);
    if (before == 0) before = cycle - stalls;
    EXPECT_EQ(stalls, static_cast<std::uint32_t>(cycle - before));
  }
  driver.send_input(1);
  driver.finish();
  EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_OK));
  EXPECT_EQ(wide(driver, STOIC_REG_CYCLES_LOW) >> 32, 3u) << "what has ended is counted as what runs";
}

TEST(Limits, AreReachedAtTheirLargestValues) {
  for (const auto& [offset, code] :
       {std::pair<std::uint32_t, int>{STOIC_REG_CYCLE_LIMIT, STOIC_STATUS_CODE_CYCLE_LIMIT},
        {STOIC_REG_STREAM_TIMEOUT, STOIC_STATUS_CODE_STREAM_TIMEOUT}}) {
    ModelDriver driver(load_hardware_config("compact"));
    driver.write_program("LOAD length=4\nHALT");
    driver.write(offset, ~0u);
    driver.begin();
    const auto first = driver.model.now();
    driver.model.advance_to(first + two_to_32 - 1);
    EXPECT_TRUE(driver.busy());
    driver.finish();
    EXPECT_EQ(driver.code(), static_cast<std::uint32_t>(code));
    EXPECT_GE(wide(driver, STOIC_REG_CYCLES_LOW), std::uint64_t{0xffffffff});
    EXPECT_LT(wide(driver, STOIC_REG_CYCLES_LOW), std::uint64_t{0xffffffff} + 40);
  }
}

TEST(Counters, OfMultiplicationsGoOnBeyondSixteenBits) {
  ModelDriver driver(load_hardware_config("compact"));
  driver.write_program("LOOP count=250\nMATVEC destination=400 source=0 rows=4 columns=300\nEND\nHALT");
  driver.run();
  EXPECT_EQ(wide(driver, STOIC_REG_MAC_CYCLES_LOW), 250u * 300u);
}

TEST(Counters, OfSaturationsBySlotStopAtTheirLargestValue) {
  ModelDriver driver(load_hardware_config("compact"));
  driver.write_program(
      ".constant big 32767\nLOOP count=33\nBUNDLE destination=10 length=2000 : + [big]*[big]\nEND\nHALT");
  driver.run();
  EXPECT_EQ(driver.peek(STOIC_REG_SATURATIONS), 66000u);
  EXPECT_EQ(driver.peek(STOIC_REG_FIRST_SATURATED), 1u);
  driver.write(STOIC_REG_MEM_SELECT, STOIC_MEMORY_SATURATIONS);
  driver.write(STOIC_REG_MEM_ADDRESS, 0);
  EXPECT_EQ(driver.read(STOIC_REG_MEM_DATA), 0u);
  EXPECT_EQ(driver.read(STOIC_REG_MEM_DATA), std::uint32_t{STOIC_SLOT_SATURATIONS_MAX});
}

TEST(ProgramStart, BeyondAllMemoriesIsTheLargest) {
  ModelDriver driver(load_hardware_config("compact"));
  for (const std::uint32_t value : {STOIC_PROGRAM_SLOT_MAX + 1u, 0x20005u, 0x80000000u, 0xffffffffu}) {
    driver.write(STOIC_REG_PROGRAM_START, value);
    EXPECT_EQ(driver.read(STOIC_REG_PROGRAM_START), std::uint32_t{STOIC_PROGRAM_SLOT_MAX}) << value;
  }
  driver.write(STOIC_REG_PROGRAM_START, STOIC_PROGRAM_SLOT_MAX - 1);
  EXPECT_EQ(driver.read(STOIC_REG_PROGRAM_START), STOIC_PROGRAM_SLOT_MAX - 1u);
}

}  // namespace limits_test
}  // namespace stoic::systemc
