#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/device/device.hpp"
#include "stoic/sim/platform/pushed_samples.hpp"
#include "stoic/sim/platform/timing.hpp"

namespace stoic::platform {

/// What counts for RunOptions::silence_s besides cycles computed, in cycles, while nothing else works: a read of a device other
/// than the timer, the same where time may end the loop (it was asked for, the timer runs, or interrupts came), and a store
/// that starts nothing, such as one that enables interrupts. To wait for what does not come takes the machine far longer than to
/// compute.
inline constexpr std::int64_t poll_cycles = 500, timed_poll_cycles = 100, vain_store_cycles = 50;

/// Everything that a run of firmware depends on, and what is wanted of it.
struct RunOptions {
  HardwareConfig config;        ///< of the accelerator
  std::string backend;          ///< "systemc" or "rtl"
  std::string elf;              ///< the file's contents
  std::string elf_name;         ///< its path: for messages and for the instruction trace
  std::string model;            ///< put at the beginning of the memory MODEL; may be empty
  std::string blob = {};        ///< put at the beginning of the memory BLOB; may be empty
  PushedSamples samples = {};   ///< those that come from the device SAMPLES
  std::string uart_input = {};  ///< what the firmware receives from the UART
  Timing timing = {};           ///< clock cycles of instructions and memories
  double cpi = 1;               ///< by which those of instructions are multiplied
  std::int64_t quantum = 1000;  ///< instructions that the CPU may run ahead
  double timeout_s = 20;        ///< of simulated time
  /// Of simulated time that the CPU may compute, waiting in wfi left out, without printing anything or a store that sets
  /// the accelerator, the DMA or another device than the timer to work; 0: any.
  double silence_s = 2;
  double wall_timeout_s = 0;  ///< of this machine's time; 0: any
  /// Waveforms of the accelerator; .vcd, for rtl also .fst. Its window is that of all traces and of the profile. Its `stop` ends the run whatever is traced, as
  /// Ending::stopped.
  TraceOptions trace;
  /// The waveform of the platform, beside that of the accelerator: .vcd; empty: none.
  std::string platform_waveform;
  std::string bus_trace;  ///< file for a line per transaction; empty: none
  std::string
      instruction_trace;  ///< file for a line per instruction, disassembled; .bin: compact; empty: none
  std::string profile;    ///< file for cycles by calls; empty: none, and no RunResult::profile
  std::string coverage;   ///< file for how often lines ran, as lcov has it; empty: none
  std::function<void(std::string_view)> uart;  ///< gets what the firmware prints, as it is printed
  std::string gdb;  ///< where GDB may connect: a TCP port or the path of a socket; empty: nowhere
  std::function<void(const std::string& address)> listening;  ///< it is waited for GDB there
  std::vector<VectorSymbol> vectors;                          ///< of the state memory, for GDB's "monitor"
  /// Called some times a second, if set, with how far the run is.
  std::function<void(std::int64_t cycle, std::int64_t instructions)> progress;
};

/// How a run ended.
enum class Ending {
  exit,      ///< the firmware wrote its exit code
  timeout,   ///< timeout_s have passed
  silence,   ///< silence_s have passed
  wall,      ///< wall_timeout_s have passed
  stopped,   ///< it was asked to stop
  deadlock,  ///< the CPU waits for an interrupt that nothing can raise any more
  lockup,    ///< the CPU cannot go on or will not come further: the diagnosis says why
};

/// What the cycles of a run went into.
struct ProfileLine {
  std::string function;
  std::int64_t cycles = 0;        ///< of its own instructions
  std::int64_t total_cycles = 0;  ///< with those of what it called
  std::int64_t calls = 0;
};

struct RunResult {
  Ending ending = Ending::exit;
  std::int64_t exit_code = 0;  ///< the word that the firmware wrote; -1: none
  std::string diagnosis;       ///< of a run that did not end well: registers, place, accelerator, DMA
  std::string uart;
  std::vector<std::vector<std::int32_t>> outputs;  ///< the output vectors that the DMA wrote, whole beats
  std::vector<std::int64_t> pushed;                ///< numbers of the samples that came and were not lost
  std::vector<std::int64_t> counted_cycles;        ///< by the accelerator, whenever the firmware read CYCLES
  std::int64_t cycles = 0;                         ///< simulated
  std::int64_t instructions = 0;
  std::int64_t accesses = 0;  ///< of the bus, by the CPU
  std::int64_t exceptions = 0;
  std::int64_t interrupts = 0;
  std::int64_t stack_bytes =
      -1;  ///< that the firmware took of its stack at most; -1: its ELF file does not name it
  std::vector<ProfileLine> profile;  ///< most cycles first
  std::int64_t lines = 0;            ///< of sources, with RunOptions::coverage
  std::int64_t lines_run = 0;        ///< those that ran
  // Time of one core of this machine.
  double seconds = 0;
  double cpu_seconds = 0;
  double bus_seconds = 0;
  double accelerator_seconds =
      0;  ///< the rest: the accelerator's model, and the little that the kernel takes

  double cycles_per_s() const { return static_cast<double>(cycles) / seconds; }
  /// Between bus accesses.
  double instructions_per_s() const {
    return cpu_seconds > 0 ? static_cast<double>(instructions) / cpu_seconds : 0;
  }
};

const char* ending_name(Ending ending);

/// Boots the firmware on the platform of hw-configs/platform.json, in a process of its own: SystemC
/// elaborates once in a process. Call it before anything works with several threads. Throws Error for bad
/// options and for traces that cannot be written. However a run ends, all traces are closed then, and hold what ran.
/// `closing` is called when it is about to close them.
RunResult run_firmware(const RunOptions& options, const std::function<void()>& closing = {});

}  // namespace stoic::platform
