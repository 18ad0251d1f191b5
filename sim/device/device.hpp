#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {

/// The three AXI4-Streams of the accelerator.
enum class Stream { input, weights, output };

/// One vector or matrix on a stream: whole beats, element beat * lanes + lane; lanes beyond its end are 0.
struct Packet {
  std::vector<std::int32_t> beats;
  bool last = true;  ///< TLAST on the last beat; false only to provoke faults
  bool operator==(const Packet&) const = default;
};

/// Random pauses of the streams, the same for every body: a function of the seed, the stream and the cycle.
///
/// A source has its next beat ready in the cycles for which open() is true: the k-th beat sent is offered
/// from the k-th open cycle after it was sent, or when the beat before it has been accepted, whichever is
/// later, and stays offered until it is accepted. The sink has TREADY in the cycles for which open() is true.
struct StallSchedule {
  std::uint64_t seed = 0;
  double input = 0;    ///< share of cycles that are closed, 0 to below 1
  double weights = 0;  ///< the same
  double output = 0;   ///< the same; 1 never accepts

  bool open(Stream stream, std::int64_t cycle) const;
};

/// One accelerator behind its bus: raw calls that a driver would make. What they mean is in
/// hw-configs/README.md (the interface) and rtl/README.md (the cycles). Bodies: make_systemc_device() and
/// make_rtl_device().
///
/// Time is counted in cycles since reset; every call of read() and write() takes the cycles of its bus
/// access. After reset the memories hold zeros (hardware: anything). Bodies throw Error for what is no
/// question of the accelerator: a child process that died, a wrong packet size.
class Device {
 public:
  virtual ~Device() = default;

  virtual const HardwareConfig& config() const = 0;
  virtual std::string name() const = 0;  ///< "systemc", "rtl"

  /// One access of the register bus. `error` is SLVERR.
  struct Access {
    std::uint32_t value = 0;
    bool error = false;
  };
  virtual Access read(std::uint32_t offset) = 0;
  virtual Access write(std::uint32_t offset, std::uint32_t value) = 0;
  /// MEM_SELECT, MEM_ADDRESS, then MEM_DATA for every value: entries of one memory from `first` on. Throws
  /// Error when an access answers SLVERR. Takes exactly the cycles of the single accesses.
  virtual void write_memory(std::uint32_t memory, std::int64_t first,
                            std::span<const std::int32_t> values) = 0;
  virtual std::vector<std::int32_t> read_memory(std::uint32_t memory, std::int64_t first,
                                                std::int64_t count) = 0;

  /// Queues packets at the source of `input` or `weights`, the whole list `times` times over.
  virtual void send(Stream stream, std::span<const Packet> packets, std::int64_t times = 1) = 0;
  /// Beats of `input` or `weights` queued but not yet accepted are dropped, but for one that is offered.
  virtual void drop_unsent(Stream stream) = 0;
  /// Holds for beats that are sent and cycles that run from now on.
  virtual void set_stalls(const StallSchedule& schedule) = 0;

  /// Lets the clock run.
  virtual void run(std::int64_t cycles) = 0;
  /// Lets the clock run until the interrupt line is high, `limit` cycles at most. Returns whether it is.
  virtual bool run_until_interrupt(std::int64_t limit) = 0;
  virtual bool interrupt() = 0;
  virtual std::int64_t cycle() = 0;  ///< cycles since reset

  /// Output beats accepted so far and not yet taken.
  struct Output {
    std::vector<std::int32_t> beats;   ///< beat * lanes + lane
    std::vector<std::uint8_t> last;    ///< TLAST of each beat
    std::vector<std::int64_t> cycles;  ///< the cycle in which each was accepted
    bool operator==(const Output&) const = default;
  };
  virtual Output take_output() = 0;

  /// A debugger's view, which takes no cycles and no bus access.
  struct Debug {
    bool busy = false;
    std::int64_t program_counter = 0;
    std::int64_t cycles = 0;      ///< CYCLES
    std::int64_t mac_cycles = 0;  ///< MAC_CYCLES
    struct Loop {
      std::int64_t body;       ///< slot after LOOP
      std::int64_t remaining;  ///< repetitions still to come, this one included
      bool operator==(const Loop&) const = default;
    };
    std::vector<Loop> loops;  ///< outermost first
  };
  virtual Debug debug() = 0;
  /// All entries of the memory STOIC_MEMORY_STATE, without bus accesses.
  virtual void peek_state(std::span<std::int32_t> state) = 0;
  /// Lets the clock run to the end of the current instruction: the next cycle is the first of another fetch
  /// (of ending, when a fault or the last HALT came). When the engine is starting, that is the first fetch.
  /// `limit` cycles at most. Returns whether it got there; false at once when the engine is idle.
  virtual bool run_instruction(std::int64_t limit) = 0;

  /// Closes the waveform; nothing is traced from then on. Throws Error when it could not be written. Without
  /// this call it is closed with the device, and whether it is whole nobody learns.
  virtual void finish_trace() {}

  /// rst_ni for one cycle; takes 1 cycle. Packets queued at the sources and output not taken are dropped.
  virtual void reset() = 0;
};

/// What a waveform file holds.
struct TraceOptions {
  std::string path;              ///< .vcd or .fst; empty: no trace
  std::int64_t first_cycle = 0;  ///< the window: cycles since reset
  std::int64_t last_cycle = INT64_MAX;
  const std::atomic<bool>* stop = nullptr;  ///< looked at while the RTL or firmware runs; see StoppedError
};

/// Thrown by calls of a Device that were asked to stop: nothing is wrong, and the waveform up to there can be
/// finished.
class StoppedError : public Error {
 public:
  using Error::Error;
};

}  // namespace stoic
