#pragma once
#include <deque>
#include <functional>
#include <optional>

#include "reference.hpp"
#include "stoic/sim/device/device.hpp"

namespace stoic::cosim {

/// Reference behind the calls of a Device: a stand-in that never stalls, for tests of what drives devices. It
/// executes whole instructions, and only when somebody waits for them.
class GoldenDevice : public Device {
 public:
  explicit GoldenDevice(const HardwareConfig& config);

  /// Called after every instruction: tests break the device here, to see that it is noticed.
  std::function<void(golden::Machine&, const Instruction&)> sabotage;

  const HardwareConfig& config() const override { return config_; }
  std::string name() const override { return "golden"; }
  Access read(std::uint32_t offset) override;
  Access write(std::uint32_t offset, std::uint32_t value) override;
  void write_memory(std::uint32_t memory, std::int64_t first, std::span<const std::int32_t> values) override;
  std::vector<std::int32_t> read_memory(std::uint32_t memory, std::int64_t first,
                                        std::int64_t count) override;
  void send(Stream stream, std::span<const Packet> packets, std::int64_t times) override;
  void drop_unsent(Stream stream) override;
  void set_stalls(const StallSchedule&) override {}
  void run(std::int64_t cycles) override { cycle_ += cycles; }
  bool run_until_interrupt(std::int64_t limit) override;
  bool interrupt() override { return (irq_status_ & register_[STOIC_REG_IRQ_ENABLE / 4]) != 0; }
  std::int64_t cycle() override { return cycle_; }
  Output take_output() override;
  Debug debug() override;
  void peek_state(std::span<std::int32_t> state) override;
  bool run_instruction(std::int64_t limit) override;
  void reset() override;

 private:
  void begin();
  bool step();
  std::uint32_t value_of(std::uint32_t offset);

  HardwareConfig config_;
  Reference reference_;
  std::vector<std::uint32_t> register_;
  bool busy_ = false;
  bool begun_ = false;  ///< the Reference has been started
  bool ended_ = false;  ///< it has ended since the last START
  std::uint32_t irq_status_ = 0;
  std::int64_t started_ = 0;
  std::optional<std::int64_t> aborted_after_;
  std::int64_t cycle_ = 0;
  std::size_t output_taken_ = 0;  ///< beats
};

}  // namespace stoic::cosim
