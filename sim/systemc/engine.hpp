#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "stoic/sim/device/device.hpp"
#include "stoic/sim/golden/datapath.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/systemc/streams.hpp"

namespace stoic::systemc {

/// What a run was told by registers before its START.
struct RunSettings {
  std::int64_t program_start = 0;
  std::int64_t samples = 1;
  std::int64_t cycle_limit = 0;     ///< 0: none
  std::int64_t stream_timeout = 0;  ///< 0: for ever
};

/// The engine of the cycle model: phases of an instruction with their first and last cycles, advanced from
/// event to event. golden's arithmetic makes the bits when an instruction ends or is stopped.
///
/// `limit` and `now` are a cycle that has not happened yet; all cycles before it have. Counters as of `now`
/// hold what registers show in that cycle.
class Engine {
 public:
  Engine(const HardwareConfig& config, golden::Datapath& datapath, InputBuffer& input, WeightStream& weights,
         OutputRegister& output);

  const std::vector<std::uint64_t>& program() const { return program_; }
  void write_program(std::int64_t half, std::uint32_t value);

  /// START, accepted in `cycle`.
  void start(std::int64_t cycle, const RunSettings& settings);
  /// ABORT, accepted in `cycle`.
  void abort(std::int64_t cycle);
  /// What aresetn does besides: the saturations of every slot are 0.
  void clear_slot_saturations() { std::fill(by_slot_.begin(), by_slot_.end(), std::uint16_t{0}); }
  /// CONTROL.RESET: no run, counters and program counter cleared; the saturations by slot stay.
  void clear();
  /// The hardware's reset: those too.
  void reset();
  /// Runs up to `limit`. Afterwards the engine is idle, or waits for a cycle that is not before `limit`.
  void advance(std::int64_t limit);
  /// The engine goes on before this cycle in no way that registers, streams or the interrupt show: a bound
  /// that advance() may safely be called with.
  std::int64_t change_bound(std::int64_t now) const;

  bool busy() const { return phase_ != Phase::idle; }
  /// Set once, when a run has ended: its status code. The caller takes it.
  std::optional<int> take_end();
  std::int64_t program_counter() const { return sequencer_.slot(); }
  std::span<const golden::Sequencer::Loop> loops() const { return sequencer_.loops(); }
  std::int64_t samples_done() const { return samples_done_; }
  std::int64_t cycles(std::int64_t now) const { return busy() ? now - first_busy_ : cycles_; }
  std::int64_t mac_cycles(std::int64_t now) const;
  std::int64_t stalls(Stream stream, std::int64_t now) const;
  std::int64_t saturations() const { return saturations_; }
  std::int64_t first_saturated() const { return first_saturated_; }  ///< slot, -1 for none
  std::int64_t saturations_at(std::int64_t slot) const { return by_slot_[static_cast<std::size_t>(slot)]; }
  /// How often the engine came to the first cycle of a fetch or of ending.
  std::int64_t boundaries() const { return boundaries_; }
  /// Opcode of the instruction that is fetched or runs; 0 before its first cycle and when there is none.
  int opcode() const;

 private:
  enum class Phase { idle, starting, fetching, running, storing, draining, ending };
  enum class Next { waits, issues, stopped, timed_out };

  bool step(std::int64_t limit);
  bool fetch(std::int64_t limit);
  void decode_at(std::int64_t slot);
  void begin_body(std::int64_t cycle);
  bool run_plain(std::int64_t limit);
  bool run_load(std::int64_t limit);
  bool run_streamed(std::int64_t limit);
  bool run_store(std::int64_t limit);
  bool end_body(std::int64_t limit);
  void begin_fetch(std::int64_t cycle);
  void begin_drain(std::int64_t cycle, int code);
  void begin_ending(std::int64_t cycle, int code);
  void count_saturations(std::int64_t limit);
  void gather(const OfferQueue::Taken& taken, std::int64_t count);

  Next wait_for(std::optional<std::int64_t> event, std::int64_t limit, std::int64_t& stalls);
  std::int64_t stop_from() const { return std::min(abort_from_, limit_from_); }
  int stop_code(std::int64_t cycle) const;
  std::int64_t timeout_cycle() const;
  std::int64_t latency() const;
  std::int64_t plain_end() const { return at_ + issues_ * stride_; }
  std::int64_t body_at_least() const;
  std::int64_t body_bound(std::int64_t now) const;

  const HardwareConfig config_;
  golden::Datapath& datapath_;
  InputBuffer& input_;
  WeightStream& weights_;
  OutputRegister& output_;
  std::vector<std::uint64_t> program_;
  std::unordered_map<std::int64_t, golden::Step>
      decoded_;  ///< by slot; forgotten when the program is written

  RunSettings settings_;
  Phase phase_ = Phase::idle;
  std::int64_t at_ = 0;              ///< first cycle of the phase
  std::int64_t end_ = 0;             ///< fetching (when decoded), draining: first cycle after the phase
  std::int64_t first_busy_ = 0;      ///< busy cycle number 1
  std::int64_t abort_from_ = never;  ///< stops are requested from these cycles on
  std::int64_t limit_from_ = never;
  int code_ = 0;  ///< draining, ending: what ends the run; OK when nothing does
  std::optional<int> ended_;
  golden::Sequencer sequencer_;
  std::int64_t boundaries_ = 0;

  const golden::Step* step_ = nullptr;  ///< the instruction that is fetched or runs
  std::int64_t issues_ = 0;             ///< of the whole instruction
  std::int64_t stride_ = 1;             ///< cycles from one issue to the next
  std::int64_t issued_ = 0;             ///< so far; for STORE, its cycles that were no stalls
  std::int64_t cursor_ = 0;     ///< with streams: the first cycle that neither issued nor is a counted stall
  golden::SharedBeats matrix_;  ///< weights taken so far by a streamed MATVEC: issued_ beats at least
  std::shared_ptr<std::vector<std::int32_t>> copied_matrix_;  ///< matrix_, when no single burst holds it

  std::int64_t cycles_ = 0;
  std::int64_t samples_done_ = 0;
  std::int64_t mac_cycles_ = 0;
  std::int64_t stall_input_ = 0;
  std::int64_t stall_weights_ = 0;
  std::int64_t stall_output_ = 0;
  std::int64_t saturations_ = 0;
  std::int64_t first_saturated_ = -1;
  std::vector<std::uint16_t> by_slot_;
  struct Uncounted {
    std::int64_t slot;
    std::int64_t count;
    std::int64_t shown_from;
  };
  std::optional<Uncounted> uncounted_;
};

}  // namespace stoic::systemc
