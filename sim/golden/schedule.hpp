#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/contract/instruction.hpp"

namespace stoic::golden {

/// Before the first instruction and behind the last one, whatever the program and the samples.
inline constexpr std::int64_t start_and_done_cycles = std::int64_t{2} * STOIC_START_CYCLES;

/// One instruction of a program, decoded and checked once.
struct Step {
  std::int64_t slot = 0;  ///< program word of the instruction
  Instruction instruction;
  int status = 0;          ///< what stops the engine here, STOIC_STATUS_CODE_OK when it runs
  std::int64_t words = 0;  ///< program words that its fetch reads, also before a fault
};

/// Decodes and checks the instruction at a slot.
Step decode_step(std::span<const std::uint64_t> program, std::int64_t slot, const HardwareConfig& config);

/// Program counter and loop stack: all control flow there is. No instruction depends on data.
class Sequencer {
 public:
  Sequencer(std::int64_t program_start, std::int64_t loop_depth)
      : slot_(program_start), loop_depth_(loop_depth) {}

  struct Loop {
    std::int64_t body;       ///< slot after LOOP
    std::int64_t remaining;  ///< repetitions still to come, this one included
  };
  std::int64_t slot() const { return slot_; }
  std::span<const Loop> loops() const { return loops_; }
  /// What stops the engine at `step`, before it runs: its own status, or a fault of its loop. A status code.
  int fault(const Step& step) const;
  /// Moves past `step`. Returns fault(step); a fault leaves everything as it is.
  int advance(const Step& step);

 private:
  std::int64_t slot_;
  std::int64_t loop_depth_;
  std::vector<Loop> loops_;
};

/// The run of one sample, unrolled: control flow is the same for every input, so it is known beforehand.
struct Schedule {
  std::vector<Step> steps;              ///< each instruction of the program once, in program order
  std::vector<std::size_t> order;       ///< indices into steps, as they run, HALT last
  std::vector<std::int64_t> slot_runs;  ///< by index into steps: how often it runs
  std::int64_t cycles = 0;              ///< START to DONE for one sample, without stalls
  std::int64_t mac_cycles = 0;          ///< of these, the lanes multiply for MATVEC or BUNDLE
};

/// Cycles of one sample at most. No network comes near; a small program of nested loops can ask for any
/// number, and every model of the accelerator would compute for years.
constexpr std::int64_t cycle_limit = std::int64_t{1} << 36;

/// Throws Error, naming slot and reason, when the program stops by a fault, runs for more than 2^22
/// instructions or takes more than cycle_limit.
Schedule schedule(std::span<const std::uint64_t> program, const HardwareConfig& config,
                  std::int64_t program_start = 0);

}  // namespace stoic::golden
