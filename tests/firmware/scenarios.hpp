#pragma once
#include <cstring>

#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/platform/platform.hpp"

namespace stoic::platform {

/// What the firmware of programs/ does, by the first word of the memory MODEL.
enum Scenario : std::uint32_t {
  idle,
  critical,
  busy,
  nested,
  by_mie,
  counters,
  guarded,
  hooks,
  wrap,
  input,
  tasks = 10,
  overflow,
  lost_stack,
  trap_loop,
  storm,
  standstill,
  counting,
  polling,
  large_code = 21,
  no_line_end,
  foreign,
  largest_code,
  polling_with_a_clock,
  far_time,
  asking_a_while,
  asking_in_ticks,
  asking_mip,
  shared = 30,
  waiting_for_ticks,
  enabling,
  enabling_more,
  polling_beside_a_tick,
  calling,
  waiting_by_the_clock,
  resetting_the_dma,
  catching_up = 40,
  taking_bytes,
  skipping_blanks,
  looking_at_memory,
  calling_until_it_is_time,
  waiting_for_a_limit,
  counting_in_a_csr
};

inline RunOptions options_of(Scenario scenario) {
  RunOptions options{.config = load_hardware_config("default"), .backend = "systemc"};
  options.elf_name = STOIC_SCENARIOS;
  options.elf = read_file(options.elf_name);
  options.model.resize(sizeof scenario);
  std::memcpy(options.model.data(), &scenario, sizeof scenario);
  return options;
}

inline RunResult run(Scenario scenario, std::int64_t quantum = 1000, double cpi = 1) {
  auto options = options_of(scenario);
  options.quantum = quantum;
  options.cpi = cpi;
  return run_firmware(options);
}

}  // namespace stoic::platform
