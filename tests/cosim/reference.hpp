#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "case.hpp"
#include "stoic/sim/golden/machine.hpp"

namespace stoic::cosim {

/// What hw-configs/README.md and rtl/README.md promise of one run when no stream stalls: golden::Machine, and
/// beyond it the cycles of faults and what an instruction leaves that a fault or a stop interrupts.
class Reference {
 public:
  explicit Reference(const HardwareConfig& config) : machine_(config) {}

  /// Memories, and the packets that are still to be taken.
  golden::Machine& machine() { return machine_; }
  const golden::Machine& machine() const { return machine_; }
  /// Queues packets as LOAD and MATVEC will meet them: those without TLAST run into the next one.
  void queue(std::span<const Packet> input, std::span<const Packet> weights);

  /// Forgets packets and output; memories keep their contents.
  void drop_streams();

  struct Run {
    std::int64_t program_start = 0;
    std::int64_t samples = 1;
    /// A stop is requested in all busy cycles above this one; 0: never. CYCLE_LIMIT is this number; for ABORT
    /// it is the busy cycle in which the write is accepted.
    std::int64_t stop_after = 0;
    int stop_status = STOIC_STATUS_CODE_CYCLE_LIMIT;
    std::int64_t stream_timeout = 0;
  };
  void start(const Run& run);
  /// Executes one instruction. Returns whether the engine still runs.
  bool step();

  bool running() const { return running_; }
  int status() const { return status_; }
  std::int64_t cycles() const { return cycles_ + machine_.counters().cycles; }  ///< CYCLES, or DONE's
  std::int64_t mac_cycles() const { return mac_cycles_ + machine_.counters().mac_cycles; }
  std::int64_t saturations() const { return saturations_ + machine_.counters().saturations; }
  std::int64_t first_saturated() const;  ///< slot, -1 for none
  std::int64_t saturations_at(std::int64_t slot) const;
  /// Stalls of a stream that never came: STREAM_TIMEOUT of them, of LOAD or of MATVEC.
  std::int64_t timeout_stalls() const { return timeout_stalls_; }
  bool timeout_of_weights() const { return timeout_of_weights_; }

  /// Output beats since the construction or drop_streams(): beat * lanes + lane, and TLAST of each.
  const std::vector<std::int32_t>& output() const { return output_; }
  const std::vector<std::uint8_t>& output_last() const { return output_last_; }

 private:
  void send(std::int64_t source, std::int64_t length, std::int64_t beats, bool closed);
  void end_early(int status, std::int64_t cycles);
  bool stop_within(const golden::Step& step, std::int64_t fetch);
  bool stream_fails(const golden::Step& step, std::int64_t fetch);
  void leave_part(const golden::Step& step, std::int64_t issued);
  golden::Effect part(const golden::Step& step, std::int64_t issued);
  golden::Effect on_lockstep(const Instruction& instruction);
  golden::Effect part_of_normalise(const Normalise& normalise, std::int64_t beats);

  golden::Machine machine_;
  Run run_;
  bool running_ = false;
  int status_ = STOIC_STATUS_CODE_OK;
  // What an interrupted instruction and the end of its run add to the machine's own counters.
  std::int64_t cycles_ = 0;
  std::int64_t mac_cycles_ = 0;
  std::int64_t saturations_ = 0;
  std::int64_t interrupted_slot_ = -1;
  std::int64_t timeout_stalls_ = 0;
  bool timeout_of_weights_ = false;
  std::vector<std::int32_t> output_;
  std::vector<std::uint8_t> output_last_;
};

}  // namespace stoic::cosim
