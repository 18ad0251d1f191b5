// Firmware that looks as if it did not go on, and does: it is left alone.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "scenarios.hpp"
#include "stoic/generated/stoic_interface.h"

namespace stoic::platform {
namespace patience_test {

/// Reads of devices that lead to nothing, and yet the firmware goes on.
TEST(PatientFirmware, IsNotEnded) {
  auto options = options_of(asking_in_ticks);
  options.silence_s = 0.05;  // 10,000 reads; it makes 24,000
  auto result = run_firmware(options);
  EXPECT_EQ(result.exit_code, 0) << result.diagnosis;
  EXPECT_EQ(result.uart, "3000 ticks\n");
  options = options_of(asking_a_while);
  options.silence_s = 0.2;  // a wait by the clock, of 0.02 s
  result = run_firmware(options);
  EXPECT_EQ(result.exit_code, 0) << result.diagnosis;
  for (const std::int64_t quantum : {100, 1000, 100000}) {
    result = run(waiting_for_ticks, quantum);
    EXPECT_EQ(result.uart, "12 long ticks\n") << quantum << result.diagnosis;
  }
  result = run(waiting_by_the_clock);
  EXPECT_EQ(result.uart, "six million cycles\n") << result.diagnosis;
  result = run(asking_mip);
  EXPECT_EQ(result.uart, "the alarm is due\n") << result.diagnosis;
}

/// Interrupts and traps without a pause, each of which gets further.
TEST(FirmwareWithoutAPause, IsNoStormAndNoLoop) {
  EXPECT_EQ(run(catching_up).uart, "all ticks\n");
  EXPECT_EQ(run(looking_at_memory).uart, "1000 words are absent\n");
  EXPECT_EQ(run(calling_until_it_is_time).uart, "called often\n");
  EXPECT_EQ(run(waiting_for_a_limit).uart, fmt::format("code {}\n", STOIC_STATUS_CODE_STREAM_TIMEOUT));
  EXPECT_EQ(run(counting_in_a_csr).uart, "counted\n");
  auto options = options_of(taking_bytes);
  options.uart_input = std::string(50100, 'x');
  EXPECT_EQ(run_firmware(options).uart, "50100 bytes\n");
  options = options_of(skipping_blanks);
  options.uart_input = std::string(15000, ' ') + "x";
  EXPECT_EQ(run_firmware(options).uart, "behind the blanks: x\n");
}

}  // namespace patience_test
}  // namespace stoic::platform
