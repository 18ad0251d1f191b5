#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "stoic/sim/platform/devices.hpp"
#include "stoic/sim/platform/pushed_samples.hpp"

namespace stoic::platform {

/// Writes a sample of them to the next slot of a ring in memory, every so many cycles; what finds no free slot is lost, and
/// counted. PLATFORM.md has the registers.
class SampleSource : public RegisterDevice {
 public:
  SC_HAS_PROCESS(SampleSource);
  /// `samples` stay alive as long as the device.
  SampleSource(const sc_core::sc_module_name& name, const PushedSamples& samples);
  sc_core::sc_out<bool> interrupt{"interrupt"};
  /// Writes to memory; false: there is none, or it is read-only.
  std::function<bool(std::uint32_t address, std::string_view data)> store;
  /// Whether a sample will come.
  bool runs() const { return runs_; }
  /// The number of every sample that went to the ring since the start.
  const std::vector<std::uint32_t>& written() const { return written_; }

 private:
  std::optional<std::uint32_t> read(std::uint32_t offset) override;
  bool write(std::uint32_t offset, std::uint32_t value) override;
  std::uint32_t count() const;
  std::uint32_t status() const;
  void start(bool on);
  void come();
  void put();
  void update();

  const PushedSamples& samples_;
  std::uint32_t base_ = 0, slots_ = 1, period_, taken_ = 0, overruns_ = 0, enable_ = 0;
  std::vector<std::uint32_t> written_;
  std::uint32_t came_ = 0;
  bool runs_ = false;
  bool failed_ = false;
  sc_core::sc_event due_{"due"};
  sc_core::sc_event changes_{"changes"};
};

}  // namespace stoic::platform
