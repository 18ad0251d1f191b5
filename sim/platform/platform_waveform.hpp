#pragma once
#include <systemc>
#include <tlm>

#include "stoic/generated/stoic_platform.h"
#include "stoic/sim/device/device.hpp"
#include "stoic/sim/platform/clock.hpp"
#include "stoic/sim/platform/hart.hpp"
#include "stoic/sim/platform/signal_file.hpp"

namespace stoic::platform {

/// What the lines are called from which the waveform reads.
struct InterruptLines {
  const sc_core::sc_signal<bool>&accelerator, &dma, &uart, &samples, &timer, &external;
};

/// The waveform of what is around the accelerator: program counter, interrupt lines, accesses, DMA. It listens, and makes
/// nothing happen: a run with it has the same cycles as one without.
///
/// An access stands on its signals from the cycle in which it begins; in its last one `done` is high, and read data and
/// response count. Responses are those of AXI: 0 OKAY, 2 SLVERR (a write to read-only memory too), 3 DECERR.
class PlatformWaveform : public sc_core::sc_module, public Observer {
 public:
  SC_HAS_PROCESS(PlatformWaveform);
  /// Who accesses.
  enum class Master { cpu, loader };

  /// Throws Error when the file cannot be written.
  PlatformWaveform(const sc_core::sc_module_name& name, const std::string& path, const TraceOptions& window,
                   const InterruptLines& lines);

  bool before(std::uint32_t pc, const Instruction& instruction, std::int64_t cycle) override;
  /// Began in this cycle and takes until `delay` from now.
  void access(Master master, const tlm::tlm_generic_payload& payload, std::uint64_t address,
              const sc_core::sc_time& delay);
  void dma_busy(unsigned channel, std::int64_t cycle, bool busy);
  /// Of the vector or beat that a channel moves from `cycle` on.
  void dma_address(unsigned channel, std::int64_t cycle, std::uint32_t address);
  void loader_busy(bool busy);
  /// Throws Error when something was not written.
  void finish();

 private:
  void watch();

  const InterruptLines lines_;
  SignalFile file_;
};

}  // namespace stoic::platform
