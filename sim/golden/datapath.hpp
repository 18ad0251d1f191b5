#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/golden/lockstep.hpp"
#include "stoic/sim/golden/matvec.hpp"
#include "stoic/sim/golden/zero_pages.hpp"

namespace stoic::golden {

/// How often an instruction issues: the cycles of its body without its latency; for NORMALISE, its beats. See
/// "Bodies" in rtl/README.md. 0 for LOOP, END and HALT.
std::int64_t issues(const Instruction& instruction, const HardwareConfig& config);

/// Beats of a stream, beat * lanes + lane. Shared, so that a packet that is sent many times is prepared once:
/// the same pointer means the same, unchanged beats.
using SharedBeats = std::shared_ptr<const std::vector<std::int32_t>>;

using WeightMemory = std::vector<std::int32_t, ZeroPages<std::int32_t>>;

/// The memories of one accelerator and what its instructions do to them; neither control flow nor time.
///
/// Every instruction can be executed in part, as an interrupted one leaves it: after its first `issued`
/// issues. Words of the destination whose last issue is not among them keep their contents; FUNCTION writes
/// the elements that were issued. A word that ROTATE writes in two parts is written part by part.
class Datapath {
 public:
  explicit Datapath(const HardwareConfig& config);

  const HardwareConfig& config() const { return config_; }
  const WeightMemory& weights() const { return weights_; }  ///< weight_words * lanes
  /// For writing. Matrices that were prepared before are forgotten, so call it again for later changes.
  WeightMemory& writable_weights();
  std::vector<std::int32_t>& tables() { return tables_; }              ///< table_words
  const std::vector<std::int32_t>& tables() const { return tables_; }  ///< table_words
  /// State memory: element word * lanes + lane.
  std::span<std::int32_t> state() { return {lockstep_.at(0, 0), state_size()}; }
  std::span<const std::int32_t> state() const { return {lockstep_.at(0, 0), state_size()}; }

  /// Executes a checked instruction that moves no stream: MATVEC from memory, BUNDLE, FUNCTION, NORMALISE,
  /// COPY, ROTATE. LOOP, END and HALT change nothing.
  Effect execute(const Instruction& instruction, std::int64_t issued);
  /// MATVEC with the first `issued` beats of a matrix from the stream; `beats` holds that many at least.
  Effect execute_streamed(const Matvec& matvec, const SharedBeats& beats, std::int64_t issued);
  /// Writes beat number `beat` of the vector that LOAD takes.
  void load(const Load& load, std::int64_t beat, std::span<const std::int32_t> values);
  /// Beat number `beat` of the vector that STORE sends: lanes beyond its end are 0.
  void store(const Store& store, std::int64_t beat, std::span<std::int32_t> values) const;

 private:
  std::size_t state_size() const {
    return static_cast<std::size_t>(config_.state_words_per_lane * config_.lanes);
  }
  Effect multiply(Matvec matvec, std::int64_t issued, auto&& matrix);

  HardwareConfig config_;
  WeightMemory weights_;
  std::vector<std::int32_t> tables_;
  Lockstep<std::int32_t> lockstep_;
  /// By first beat, rows and columns.
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, WeightMatrix> local_;
  struct Streamed {
    SharedBeats beats;  ///< held, so that no other matrix gets its address
    WeightMatrix matrix;
  };
  std::map<std::tuple<const void*, std::int64_t, std::int64_t>, Streamed> streamed_;
  std::int64_t streamed_weights_ = 0;  ///< in streamed_, which is emptied before it grows large
};

}  // namespace stoic::golden
