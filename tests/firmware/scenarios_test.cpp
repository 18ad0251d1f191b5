// Interrupts, and firmware that does not come to its end, on the whole platform. programs/ has the firmware.
#include "scenarios.hpp"

#include <gmock/gmock.h>

#include <chrono>

#include "stoic/generated/stoic_platform.h"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/platform/platform.hpp"
#include "temporary_folder.hpp"

namespace stoic::platform {
namespace scenarios_test {

using testing::AllOf;
using testing::HasSubstr;

class Interrupts : public testing::TestWithParam<Scenario> {};

TEST_P(Interrupts, AreTakenInTheSameCycleForEveryQuantum) {
  const auto once = run(GetParam());
  EXPECT_EQ(once.ending, Ending::exit) << once.diagnosis;
  EXPECT_EQ(once.exit_code, 0) << once.uart << once.diagnosis;
  EXPECT_NE(once.uart, "");
  for (const std::int64_t quantum : {1, 10, 100000}) {
    const auto again = run(GetParam(), quantum);
    EXPECT_EQ(again.uart, once.uart) << quantum;
    EXPECT_EQ(again.cycles, once.cycles) << quantum;
    EXPECT_EQ(again.instructions, once.instructions) << quantum;
    EXPECT_EQ(again.interrupts, once.interrupts) << quantum;
  }
}

TEST_P(Interrupts, AreTakenInTheSameCycleOnTheRtl) {
  const auto model = run(GetParam());
  auto options = options_of(GetParam());
  options.backend = "rtl";
  const auto rtl = run_firmware(options);
  EXPECT_EQ(rtl.uart, model.uart);
  EXPECT_EQ(rtl.cycles, model.cycles);
  EXPECT_EQ(rtl.interrupts, model.interrupts);
}

std::string program_name(const testing::TestParamInfo<Scenario>& instance) {
  constexpr const char* names[] = {"idle",   "critical_sections", "busy_loop",        "nested",
                                   "by_mie", "counters",          "guarded_accesses", "hooks"};
  return instance.param == tasks ? "three_tasks" : names[instance.param];
}

INSTANTIATE_TEST_SUITE_P(Programs, Interrupts,
                         testing::Values(idle, critical, busy, nested, by_mie, guarded, hooks, tasks),
                         program_name);

TEST(OneInterrupt, WakesAnIdleLoopThatSleepsWithInterruptsOff) {
  EXPECT_THAT(run(idle).uart, HasSubstr("idle: 50 rounds, 50 sleeps"));
}

TEST(OneInterrupt, ComesWhileTheHandlerOfAnotherRuns) {
  EXPECT_THAT(run(nested).uart, HasSubstr("nested: 100 in 100, 2 deep"));
}

TEST(Hooks, GiveAnApplicationItsTickWhileTheDriverWaits) {
  EXPECT_THAT(run(hooks).uart,
              AllOf(HasSubstr(" 0 waits too long"), HasSubstr("sources 2, 0 ticks behind the end")));
}

TEST(Hooks, MayAskForTheTimeWhileItIsRead) {
  auto options = options_of(wrap);
  options.timeout_s = 1000;
  const auto result = run_firmware(options);
  EXPECT_EQ(result.ending, Ending::exit) << result.diagnosis;
  EXPECT_THAT(result.uart, HasSubstr("wrap: 0 jumps, 32 ticks"));
}

RunOptions options_of_input() {
  auto options = options_of(input);
  options.uart_input = "0123456789the rest\nof \xff lines\nno line end\n";
  options.blob.assign(1000, '\3');
  options.blob.push_back('\xfe');
  return options;
}

TEST(Input, ComesByInterruptAndByGetcharAndLiesInTheBlob) {
  const auto result = run_firmware(options_of_input());
  std::uint32_t sum = 0;
  for (const auto byte : options_of_input().blob) sum = 31 * sum + static_cast<unsigned char>(byte);
  EXPECT_EQ(result.ending, Ending::exit) << result.diagnosis;
  EXPECT_THAT(
      result.uart,
      HasSubstr("by interrupt, 10 times: \"0123456789\"\nline \"the rest\n\"\nline \"of \xff lines\n\"\nline "
                "\"no line end\n\"\n3 lines, the end, then -1, and a read of 0\nblob: 1001 bytes at "
                "0x50000000, sum " +
                std::to_string(sum) + "\n"));
}

TEST(Input, IsThereInTheSameCycleForEveryQuantumAndOnTheRtl) {
  const auto once = run_firmware(options_of_input());
  for (const std::int64_t quantum : {1, 10, 100000}) {
    auto options = options_of_input();
    options.quantum = quantum;
    options.backend = quantum == 10 ? "rtl" : "systemc";
    const auto again = run_firmware(options);
    EXPECT_EQ(again.uart, once.uart) << quantum;
    EXPECT_EQ(again.cycles, once.cycles) << quantum;
    EXPECT_EQ(again.interrupts, once.interrupts) << quantum;
  }
}

/// A byte is there RECEIVE_CYCLES after the one before it was taken, and the program that waits for it needs a few more.
TEST(Input, TakesItsTime) {
  auto options = options_of_input();
  options.uart_input = std::string(10 + 30, 'x');
  const auto uart = run_firmware(options).uart;
  const auto cycles = std::stoul(uart.substr(uart.rfind(": ") + 2));
  EXPECT_GE(cycles, 30u * STOIC_UART_RECEIVE_CYCLES);
  EXPECT_LT(cycles, 30u * (STOIC_UART_RECEIVE_CYCLES + 40) + 1000);
}

TEST(Input, MayBeNone) {
  const auto result = run(input);
  EXPECT_EQ(result.ending, Ending::exit) << result.diagnosis;
  EXPECT_THAT(result.uart, AllOf(HasSubstr("by interrupt, 1 times: \"\""), HasSubstr("0 lines, the end"),
                                 HasSubstr("blob: 0 bytes at 0x50000000, sum 0")));
}

RunOptions options_of_sharing(double shared) {
  auto options = options_of(platform::shared);
  const auto beat = static_cast<std::uint32_t>(options.config.lanes * ((options.config.state_width + 7) / 8));
  options.model.append(reinterpret_cast<const char*>(&beat), sizeof beat);
  options.timing.shared = shared;
  return options;
}

/// 50 words of a CRC, 20 words for the accelerator, 4 beats, each a cycle of the memory that it lies in, and of no other.
TEST(SharedMemories, MakeTheCpuWaitACycleForEachAccessOfTheDma) {
  EXPECT_EQ(run_firmware(options_of_sharing(0)).uart,
            "waits: 0 0 0 0 for a CRC, 0 for words, 0 0 for beats\n");
  const auto once = run_firmware(options_of_sharing(1));
  EXPECT_EQ(once.uart, "waits: 50 0 50 0 for a CRC, 20 for words, 4 0 for beats\n") << once.diagnosis;
  for (const std::int64_t quantum : {1, 10, 100000}) {
    auto options = options_of_sharing(1);
    options.quantum = quantum;
    options.backend = quantum == 10 ? "rtl" : "systemc";
    const auto again = run_firmware(options);
    EXPECT_EQ(again.uart, once.uart) << quantum;
    EXPECT_EQ(again.cycles, once.cycles) << quantum;
    EXPECT_EQ(again.instructions, once.instructions) << quantum;
  }
}

TEST(Counters, AreThoseOfTheCpuAndNotOfTheMachine) {
  EXPECT_THAT(run(counters).uart,
              AllOf(HasSubstr("counters: 102 cycles, 102 instructions"), HasSubstr("that of the timer")));
  EXPECT_THAT(run(counters, 1000, 3).uart, HasSubstr("counters: 306 cycles, 102 instructions"));
}

TEST(ForeignInstructions, TrapWhateverTheyBelongTo) {
  EXPECT_THAT(run(foreign).uart, HasSubstr("foreign: 12 traps"));
}

struct Hanging {
  Scenario scenario;
  const char* name;
  Ending ending;
  std::vector<const char*> said;
};

class HangingFirmware : public testing::TestWithParam<Hanging> {};

TEST_P(HangingFirmware, IsNamedWithItsFunction) {
  const auto begin = std::chrono::steady_clock::now();
  const auto result = run(GetParam().scenario);
  EXPECT_EQ(result.ending, GetParam().ending) << result.diagnosis;
  EXPECT_EQ(result.exit_code, -1);
  for (const auto* part : GetParam().said) EXPECT_THAT(result.diagnosis, HasSubstr(part));
  RecordProperty("milliseconds",
                 static_cast<int>((std::chrono::steady_clock::now() - begin).count() / 1000000));
}

const Hanging hanging[] = {
    Hanging{overflow,
            "stack_overflow",
            Ending::lockup,
            {"stack overflow in recurse_for_ever", "the stack lies from 0x8000"}},
    Hanging{lost_stack,
            "lost_stack_pointer",
            Ending::lockup,
            {"trap loop: trap_entry", "lose_the_stack", "where no memory is", "sp 0x6f"}},
    Hanging{trap_loop, "trap_loop", Ending::lockup, {"trap loop: ask_nobody", "mcause 11"}},
    Hanging{storm, "interrupt_storm", Ending::lockup, {"interrupt storm", "flood", "the timer is due"}},
    Hanging{
        standstill, "endless_loop", Ending::lockup, {"endless loop in stand_still", ": 1 instructions from"}},
    Hanging{polling, "endless_poll", Ending::lockup, {"endless loop in ", "ra is "}},
    Hanging{polling_with_a_clock,
            "endless_poll_with_a_clock",
            Ending::silence,
            {"has asked devices", "nothing else is at work", "ra is ", "--silence"}},
    Hanging{enabling, "stores_that_set_off_nothing", Ending::lockup, {"endless loop in enable_for_ever"}},
    Hanging{enabling_more,
            "other_stores_that_set_off_nothing",
            Ending::silence,
            {"asked devices", "enable_more_and_more"}},
    Hanging{polling_beside_a_tick,
            "endless_poll_beside_a_tick",
            Ending::silence,
            {"asked devices", "return addresses on the stack", "wait_for_a_starved_engine"}},
    Hanging{calling, "endless_calls", Ending::silence, {"does not end", "call_for_ever", "call_a_leaf"}},
    Hanging{far_time, "far_time", Ending::silence, {"does not end", "wait_for_a_far_time", "--silence"}},
    Hanging{counting, "endless_counting", Ending::silence, {"does not end", "count_for_ever", "--silence"}}};

INSTANTIATE_TEST_SUITE_P(Kinds, HangingFirmware, testing::ValuesIn(hanging),
                         [](const auto& instance) { return instance.param.name; });

TEST(HangingFirmwareOfOneCycle, EndsInItUnderEveryQuantum) {
  for (const auto scenario : {overflow, lost_stack, trap_loop, storm}) {
    const auto first = run(scenario, 1);
    EXPECT_GE(first.cycles, first.instructions * 9 / 10) << first.diagnosis;
    for (const std::int64_t quantum : {10, 1000, 100000}) {
      const auto other = run(scenario, quantum);
      EXPECT_EQ(other.cycles, first.cycles) << quantum << first.diagnosis;
      EXPECT_EQ(other.instructions, first.instructions) << quantum;
      EXPECT_EQ(other.diagnosis, first.diagnosis) << quantum;
    }
  }
}

/// Loads of the time are not taken to the bus where nobody looks at it.
TEST(PollingFirmware, TakesTheSameCyclesWhetherItsAccessesAreTracedOrNot) {
  const TemporaryFolder folder;
  auto options = options_of(asking_a_while);
  const auto quick = run_firmware(options);
  ASSERT_EQ(quick.exit_code, 0) << quick.diagnosis;
  EXPECT_THAT(quick.uart, HasSubstr("asked "));
  options.bus_trace = (folder.path() / "bus.txt").string();
  const auto traced = run_firmware(options);
  EXPECT_EQ(traced.uart, quick.uart);
  EXPECT_EQ(traced.cycles, quick.cycles);
  EXPECT_EQ(traced.instructions, quick.instructions);
  EXPECT_EQ(traced.accesses, quick.accesses);
  for (const std::int64_t quantum : {1, 10, 100000}) {
    options.bus_trace.clear();
    options.quantum = quantum;
    EXPECT_EQ(run_firmware(options).uart, quick.uart) << quantum;
  }
}

/// Silence is counted in cycles: how far the CPU runs ahead, or who looks at it, changes nothing.
TEST(SilentFirmware, EndsInTheSameCycleUnderEveryQuantumAndTraced) {
  const TemporaryFolder folder;
  for (const auto scenario : {standstill, polling, polling_with_a_clock, far_time, counting}) {
    SCOPED_TRACE(scenario);
    auto options = options_of(scenario);
    options.silence_s = 0.012;  // beyond the first look at loops
    const auto first = run_firmware(options);
    EXPECT_NE(first.ending, Ending::exit);
    const auto expect_same = [&](const RunOptions& other) {
      const auto again = run_firmware(other);
      EXPECT_EQ(again.cycles, first.cycles);
      EXPECT_EQ(again.instructions, first.instructions);
      EXPECT_EQ(again.diagnosis, first.diagnosis);
    };
    for (const std::int64_t quantum : {11, 100000}) {
      options.quantum = quantum;
      expect_same(options);
    }
    options.quantum = 1000;
    options.cpi = 12;  // a look at loops then takes as long as it is to the next
    options.silence_s = 0.05;
    const auto slow = run_firmware(options);
    options.quantum = 777;
    EXPECT_EQ(run_firmware(options).cycles, slow.cycles);
    options.cpi = 1;
    options.silence_s = 0.012;
    options.quantum = 1000;
    options.bus_trace = (folder.path() / "bus.txt").string();
    expect_same(options);
  }
}

TEST(EndlessFirmware, IsStoppedByTheClockOfTheMachine) {
  auto options = options_of(counting);
  options.wall_timeout_s = 1;  // on a busy machine the firmware has begun to count by then
  options.silence_s = 0;
  options.timeout_s = 1e6;
  const auto result = run_firmware(options);
  EXPECT_EQ(result.ending, Ending::wall);
  EXPECT_THAT(result.diagnosis, AllOf(HasSubstr("--wall-timeout"), HasSubstr("count_for_ever")));
}

TEST(EndlessFirmware, IsDescribedWhenItIsStopped) {
  std::atomic<bool> stop{true};
  auto options = options_of(counting);
  options.trace.stop = &stop;
  const auto result = run_firmware(options);
  EXPECT_EQ(result.ending, Ending::stopped);
  EXPECT_THAT(result.diagnosis,
              AllOf(HasSubstr("asked to stop"), HasSubstr("mstatus"), HasSubstr("accelerator: idle")));
}

TEST(ResetOfTheDma, ForgetsWhatEveryRegisterWasTold) {
  EXPECT_EQ(run(resetting_the_dma).uart, "11 of 11 registers were told, 0 know it\n");
}

TEST(ExitCode, IsTheWholeWord) {
  EXPECT_EQ(run(large_code).exit_code, 256);
  EXPECT_EQ(run(largest_code).exit_code, 0x80000001);
}

TEST(Uart, TextWithoutALineEndIsShown) {
  auto options = options_of(no_line_end);
  std::string shown;
  options.uart = [&](std::string_view text) { shown += text; };
  EXPECT_EQ(run_firmware(options).uart, "no end of the line");
  EXPECT_EQ(shown, "no end of the line");
}

}  // namespace scenarios_test
}  // namespace stoic::platform
