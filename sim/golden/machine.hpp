#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/golden/datapath.hpp"
#include "stoic/sim/golden/lockstep.hpp"
#include "stoic/sim/golden/schedule.hpp"

namespace stoic::golden {

/// The counters of the register map that do not depend on stalls, since START.
struct Counters {
  std::int64_t cycles = 0;
  std::int64_t mac_cycles = 0;
  std::int64_t saturations = 0;
  std::int64_t first_saturated = -1;              ///< slot, -1 for none
  std::vector<std::int64_t> saturations_by_slot;  ///< one entry a program word
  std::int64_t overflows = 0;                     ///< accumulators that wrapped: no register, the model tells
  std::int64_t first_overflowed = -1;             ///< slot, -1 for none
};

/// The accelerator, one instruction at a time, with every architectural state to look at.
///
/// Untimed: `cycles` are the closed forms of the contract, streams never stall; a LOAD or streamed MATVEC
/// that finds no data stops with STREAM_TIMEOUT. Memories keep their contents between starts.
///
/// A vector or matrix that is too short or too long leaves what the accelerator leaves: LOAD writes every
/// beat that it took; MATVEC writes the blocks that are complete and counts MAC_CYCLES and saturations.
/// `cycles` does not count such an instruction, nor the end of a run that a fault ends. The rest of one that
/// is too long is dropped.
class Machine {
 public:
  explicit Machine(const HardwareConfig& config);

  /// Fills the memories and the weight stream schedule from an image. Throws Error for another instance.
  void load(const Image& image);

  const HardwareConfig& config() const { return config_; }
  std::vector<std::uint64_t>& program() { return program_; }  ///< program_words
  /// weight_words * lanes. Call it for every change: later instructions prepare their matrices anew.
  WeightMemory& weights() { return datapath_.writable_weights(); }
  const WeightMemory& weights() const { return datapath_.weights(); }
  std::vector<std::int32_t>& tables() { return datapath_.tables(); }  ///< table_words
  /// State memory: element word * lanes + lane.
  std::span<std::int32_t> state() { return datapath_.state(); }

  /// Vectors that LOAD takes, each ended by TLAST.
  std::deque<std::vector<std::int32_t>>& input() { return input_; }
  /// Matrices that streamed MATVECs take, beat * lanes + lane, each ended by TLAST.
  std::deque<std::vector<std::int32_t>>& weight_stream() { return weight_stream_; }
  /// Vectors that STORE sent.
  std::vector<std::vector<std::int32_t>>& output() { return output_; }

  /// START: clears status, loops and counters.
  void start(std::int64_t program_start = 0, std::int64_t samples = 1);
  /// Executes one instruction. Returns whether the engine still runs.
  bool step();
  /// Steps until DONE or a fault; `instruction_limit` instructions and golden::cycle_limit cycles at most,
  /// then CYCLE_LIMIT.
  int run(std::int64_t instruction_limit = std::int64_t{1} << 32);

  bool running() const { return running_; }
  int status() const { return status_; }  ///< STOIC_STATUS_CODE_...
  std::int64_t program_counter() const { return sequencer_.slot(); }
  std::span<const Sequencer::Loop> loops() const { return sequencer_.loops(); }
  std::int64_t samples_done() const { return samples_done_; }
  const Counters& counters() const { return counters_; }

 private:
  int execute(const Step& step, Effect& effect);
  int load_vector(const Load& load);
  void store_vector(const Store& store);
  int multiply_streamed(const Matvec& matvec, Effect& effect);
  void stop(int status);

  HardwareConfig config_;
  std::vector<std::uint64_t> program_;
  Datapath datapath_;
  SharedBeats latest_matrix_;  ///< of the weight stream: a batch sends the same one for every sample
  std::deque<std::vector<std::int32_t>> input_;
  std::deque<std::vector<std::int32_t>> weight_stream_;
  std::vector<std::vector<std::int32_t>> output_;
  Sequencer sequencer_;
  std::int64_t program_start_ = 0;
  std::int64_t samples_ = 1;
  std::int64_t samples_done_ = 0;
  bool running_ = false;
  int status_ = 0;
  Counters counters_;
};

/// Takes the matrices of one sample's weight stream out of an image.
void queue_weight_stream(const Image& image, std::deque<std::vector<std::int32_t>>& stream);

}  // namespace stoic::golden
