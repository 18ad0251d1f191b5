// The counters of the RTL where they carry, wrap or stop: nobody runs it for so long, so they are set near
// there.
#include <vector>

#include "Vbuilt___024root.h"
#include "rtl_bus.hpp"

namespace stoic::cosim {
namespace rtl_counters_test {

constexpr std::uint64_t two_to_32 = std::uint64_t{1} << 32;

class Counters : public Bus {
 protected:
  std::uint64_t wide(std::uint32_t low) { return read(low) | std::uint64_t{read(low + 4)} << 32; }
  void finish(std::int64_t within = 1000) {
    for (; !top.irq && within > 0; --within) tick();
    EXPECT_TRUE(top.irq);
  }
  std::uint32_t code() {
    return read(STOIC_REG_STATUS) >> STOIC_STATUS_CODE_LSB & ((1u << STOIC_STATUS_CODE_WIDTH) - 1);
  }
  /// Waits for the input stream, which does not come, for long enough that the stall has begun.
  void wait_for_input() {
    begin({Load{.length = 1}});
    tick(20);
  }

  Vbuilt___024root& root = *top.rootp;
};
#define SEQUENCER(name) root.stoic_accelerator__DOT__u_control__DOT__u_sequencer__DOT__##name

TEST_F(Counters, OfCyclesHasFortyEightBits) {
  wait_for_input();
  for (const std::uint64_t end : {std::uint64_t{1} << 16, std::uint64_t{1} << 31, two_to_32, 5 * two_to_32,
                                  std::uint64_t{1} << 40, std::uint64_t{1} << 47}) {
    SEQUENCER(cycles_o) = end - 10;
    tick(100);
    const auto cycles = wide(STOIC_REG_CYCLES_LOW);
    EXPECT_GE(cycles, end + 90);
    EXPECT_LT(cycles, end + 110);
  }
  SEQUENCER(cycles_o) = (std::uint64_t{1} << 48) - 10;
  tick(100);
  EXPECT_LT(wide(STOIC_REG_CYCLES_LOW), 110u) << "and wraps";
}

TEST_F(Counters, OfMultiplicationsHasFortyEightBits) {
  NEEDS(.state_words_per_lane = 2, .program_words = 6);
  const Matvec matvec{.destination = 1, .source = 0, .rows = 1, .columns = 1};
  for (const std::uint64_t end : {std::uint64_t{1} << 16, two_to_32, 3 * two_to_32, std::uint64_t{1} << 47}) {
    begin({Load{.length = 1}, Loop{.count = 20}, matvec, End{}, Halt{}});
    tick(20);
    SEQUENCER(mac_cycles_o) = end - 10;
    top.s_axis_input_tvalid = top.s_axis_input_tlast = 1;
    tick();
    top.s_axis_input_tvalid = 0;
    finish();
    EXPECT_EQ(wide(STOIC_REG_MAC_CYCLES_LOW), end + 10);
    write(STOIC_REG_IRQ_STATUS, 3);
  }
}

TEST_F(Counters, OfStallsHaveThirtyTwoBitsAndWrap) {
  NEEDS(.state_words_per_lane = 2, .program_words = 2);
  const struct {
    Instruction instruction;
    std::uint32_t offset;
    IData& counter;
  } waits[] = {{Load{.length = 1}, STOIC_REG_STALL_INPUT, SEQUENCER(stall_input_o)},
               {Matvec{.stream = 1, .destination = 0, .source = 1, .rows = 1, .columns = 1},
                STOIC_REG_STALL_WEIGHTS, SEQUENCER(stall_weights_o)},
               {Store{.length = 1}, STOIC_REG_STALL_OUTPUT, SEQUENCER(stall_output_o)}};
  for (const auto& [instruction, offset, counter] : waits) {
    begin({instruction});
    tick(30);
    for (const std::uint64_t end : {std::uint64_t{1} << 16, std::uint64_t{1} << 24, std::uint64_t{1} << 31}) {
      counter = static_cast<IData>(end - 10);
      tick(100);
      const auto stalls = read(offset);
      EXPECT_GE(stalls, end + 90) << offset;
      EXPECT_LT(stalls, end + 110) << offset;
    }
    counter = ~IData{9};
    tick(100);
    EXPECT_LT(read(offset), 110u) << offset;
    write(STOIC_REG_ABORT, 0);
    finish();
    write(STOIC_REG_IRQ_STATUS, 3);
  }
}

TEST_F(Counters, OfSamplesHasThirtyTwoBits) {
  for (const std::uint32_t samples : {0x10000u, 0x1000000u, 0xffffffffu}) {
    write(STOIC_REG_SAMPLES, samples);
    begin({Halt{}});
    SEQUENCER(samples_done_o) = samples - 5;
    finish();
    EXPECT_EQ(read(STOIC_REG_SAMPLES_DONE), samples);
    EXPECT_LT(wide(STOIC_REG_CYCLES_LOW), 60u);
    write(STOIC_REG_IRQ_STATUS, 3);
  }
}

TEST_F(Counters, TowardsTheStreamTimeoutHasThirtyTwoBits) {
  for (const std::uint32_t timeout : {0x10000u, 0x12345678u, 0xffffffffu}) {
    write(STOIC_REG_STREAM_TIMEOUT, timeout);
    wait_for_input();
    SEQUENCER(waited_q) = timeout - 40;
    tick(30);
    EXPECT_FALSE(top.irq);
    finish(40);
    EXPECT_EQ(code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_STREAM_TIMEOUT));
    write(STOIC_REG_IRQ_STATUS, 3);
  }
}

TEST_F(Counters, TowardsTheCycleLimitHasThirtyTwoBits) {
  for (const std::uint32_t limit : {0x10000u, 0x12345678u, 0xffffffffu}) {
    write(STOIC_REG_CYCLE_LIMIT, limit);
    wait_for_input();
    SEQUENCER(cycles_o) = limit - 40;
    tick(30);
    EXPECT_FALSE(top.irq);
    finish(40);
    EXPECT_EQ(code(), static_cast<std::uint32_t>(STOIC_STATUS_CODE_CYCLE_LIMIT));
    write(STOIC_REG_IRQ_STATUS, 3);
  }
}

TEST_F(Counters, OfSaturationsStopsAtItsLargestValue) {
  NEEDS(.state_words_per_lane = 2, .program_words = 4);
  const auto lanes = static_cast<std::uint32_t>(rtl::built_config().lanes);
  const auto word_bytes = static_cast<std::size_t>((rtl::built_config().state_width + 7) / 8);
  auto& total = root.stoic_accelerator__DOT__u_saturations__DOT__total_o;
  Bundle bundle{.destination = 1, .length = lanes, .terms = 1, .result_shift = -64};
  bundle.term[0] = {.left = 0, .right = 0};
  write_memory(STOIC_MEMORY_STATE, std::vector<std::uint32_t>(lanes, 1));
  for (const auto& [before, after] : {std::pair{0xfffeu, 0xfffeu + lanes},
                                      {0xffffffffu - lanes - 1, 0xfffffffeu},
                                      {0xffffffffu - lanes, 0xffffffffu},
                                      {0xffffffffu - lanes + 1, 0xffffffffu},
                                      {0xffffffffu, 0xffffffffu}}) {
    begin({Load{.length = 1}, bundle, Halt{}});
    tick(20);
    total = before;
    top.s_axis_input_tvalid = top.s_axis_input_tlast = 1;
    for (std::size_t i = 0; i < sizeof top.s_axis_input_tdata; ++i)  // 1 in every lane
      reinterpret_cast<std::uint8_t*>(&top.s_axis_input_tdata)[i] = i % word_bytes == 0;
    tick();
    top.s_axis_input_tvalid = 0;
    finish();
    EXPECT_EQ(read(STOIC_REG_SATURATIONS), after) << before;
    write(STOIC_REG_IRQ_STATUS, 3);
    write_memory(STOIC_MEMORY_STATE, std::vector<std::uint32_t>(lanes, 1));
  }
}

}  // namespace rtl_counters_test
}  // namespace stoic::cosim
