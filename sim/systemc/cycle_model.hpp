#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/systemc/engine.hpp"
#include "stoic/sim/systemc/streams.hpp"

namespace stoic::systemc {

/// The accelerator with every register in every cycle, in plain C++: no clock, no SystemC.
///
/// Time is a cycle number since construction. advance_to() goes there from event to event: the cost is that
/// of golden's arithmetic plus a little for each instruction and each stream beat, not for each cycle. The
/// bits are golden's, and without stalls so are the cycles.
///
/// All cycles before now() have happened. Calls belong to cycle now(): a write is accepted in it, a read
/// answers with what registers show in it, beats are offered from it on. State memory shows an instruction's
/// results when the instruction has ended; the beats of LOAD at once.
class CycleModel {
 public:
  explicit CycleModel(const HardwareConfig& config);
  // The engine refers to the streams.
  CycleModel(const CycleModel&) = delete;
  CycleModel& operator=(const CycleModel&) = delete;

  const HardwareConfig& config() const { return config_; }
  std::int64_t now() const { return now_; }
  /// Does nothing when `cycle` is not later than now().
  void advance_to(std::int64_t cycle);
  /// Neither the interrupt, nor STATUS.BUSY, nor PROGRAM_COUNTER, nor a stream does anything new in cycles
  /// before this one, if nobody calls: always later than now(), often a whole instruction; never when all is
  /// idle or waits for streams.
  std::int64_t change_bound() const;

  struct Access {
    std::uint32_t value = 0;  ///< 0 for writes and errors
    bool error = false;       ///< SLVERR
  };
  /// A read that is accepted in cycle now().
  Access read(std::uint32_t offset);
  /// A write that is accepted in cycle now() and shows from the next. `strobes`: one bit a byte.
  Access write(std::uint32_t offset, std::uint32_t value, unsigned strobes = 0xf);
  /// What read() would return, without what it would do; also MEM_DATA.
  Access peek(std::uint32_t offset) const;
  /// aresetn in cycle now(), which takes that cycle: now() is one more afterwards. Memories keep their
  /// contents.
  void reset();

  bool interrupt() const { return (irq_enable_ & irq_status_) != 0; }
  std::int64_t boundaries() const { return engine_.boundaries(); }  ///< see Engine
  const Engine& engine() const { return engine_; }
  std::span<std::int32_t> state() { return datapath_.state(); }

  void offer_input(Burst burst) { input_.offers.push(std::move(burst)); }
  void offer_weights(Burst burst) { weights_.offers.push(std::move(burst)); }
  OfferQueue& input_offers() { return input_.offers; }
  OfferQueue& weight_offers() { return weights_.offers; }
  OutputRegister& output() { return output_; }
  const OutputRegister& output() const { return output_; }
  std::int64_t input_stored() const { return input_.stored(); }  ///< beats in the input buffer

 private:
  std::uint32_t status() const;
  bool readable(std::uint32_t offset) const;
  std::uint32_t register_value(std::uint32_t offset) const;
  std::uint32_t counter_value(std::uint32_t offset) const;
  bool writable(std::uint32_t offset) const;
  void write_register(std::uint32_t offset, std::uint32_t value);
  void control(std::uint32_t value);
  void clear_registers();
  std::int64_t memory_size() const;
  std::uint32_t memory_value() const;
  bool write_memory(std::uint32_t value);

  const HardwareConfig config_;
  golden::Datapath datapath_;
  InputBuffer input_;
  WeightStream weights_;
  OutputRegister output_;
  Engine engine_;
  std::int64_t now_ = 0;

  std::uint32_t irq_enable_ = 0;
  std::uint32_t irq_status_ = 0;
  std::uint32_t program_start_ = 0;
  std::uint32_t samples_ = 0;
  std::uint32_t cycle_limit_ = 0;
  std::uint32_t stream_timeout_ = 0;
  std::uint32_t memory_select_ = 0;
  std::uint32_t memory_address_ = 0;
  bool done_ = false;
  bool fault_ = false;
  bool access_error_ = false;
  int code_ = 0;
};

}  // namespace stoic::systemc
