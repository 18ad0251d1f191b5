#pragma once
#include <memory>
#include <systemc>

#include "stoic/sim/platform/cpu.hpp"
#include "stoic/sim/platform/devices.hpp"
#include "stoic/sim/platform/dma.hpp"
#include "stoic/sim/platform/elf.hpp"
#include "stoic/sim/platform/gdb_server.hpp"
#include "stoic/sim/platform/instruction_trace.hpp"
#include "stoic/sim/platform/line_coverage.hpp"
#include "stoic/sim/platform/memory_ports.hpp"
#include "stoic/sim/platform/observers.hpp"
#include "stoic/sim/platform/platform.hpp"
#include "stoic/sim/platform/platform_waveform.hpp"
#include "stoic/sim/platform/profile.hpp"
#include "stoic/sim/platform/sample_source.hpp"
#include "stoic/sim/rtl/rtl_accelerator.hpp"
#include "stoic/sim/rtl/rtl_device.hpp"
#include "stoic/sim/systemc/accelerator.hpp"

namespace stoic::platform {

/// The platform put together: CPU, bus, memories, devices, DMA and one of the two bodies of the accelerator.
class Board : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Board);
  /// Throws Error for firmware that cannot be loaded, and for traces that cannot be written. `gdb_listener`: a socket that
  /// listens; -1: none.
  Board(const sc_core::sc_module_name& name, const RunOptions& options, int gdb_listener = -1);
  ~Board() override;

  /// Boots and runs to the end; calls `closing` before the traces are closed.
  RunResult run(const std::function<void()>& closing);
  void share_time(RunResult& result, double wall) const;
  const Hart& hart() const { return cpu_.hart(); }
  /// Called now and then while it runs.
  void on_look(std::function<void()> look) { cpu_.on_look = std::move(look); }

 private:
  void load();
  void set_up_cpu();
  template <class Module>
  void connect(Module& module);
  void connect_systemc();
  void connect_rtl();
  void connect_devices();
  void share_memories();
  void set_up_traces();
  /// The cycle that the run has come to: that of the CPU's last instruction, where that ended it.
  std::int64_t last_cycle() const;
  void finish_accelerator_trace();
  void finish_traces();
  void flush_line();
  Device::Debug accelerator();
  void set_up_debugger(int listener);
  void poll_debugger();
  void end_debugger();
  std::string monitor(const std::string& text);
  std::string monitor_registers();
  std::string monitor_state(const std::string& name);
  Ending ending() const;
  std::string headline(Ending ending) const;
  std::string diagnosis(Ending ending);
  std::string caller() const;
  std::string calls_on_stack() const;
  std::string sources() const;
  std::optional<std::int64_t> progress();
  std::string where(std::uint32_t address) const;

  const RunOptions& options_;
  const Elf elf_;
  std::vector<Memory> memories_;
  MemoryPorts ports_;
  Cpu cpu_;
  Bus bus_;
  Dma dma_;
  Uart uart_;
  Timer timer_;
  InterruptController interrupts_;
  TestExit exit_;
  Host host_;
  SampleSource samples_;
  std::unique_ptr<systemc::Accelerator> cycle_model_;
  std::unique_ptr<rtl::RtlAccelerator> rtl_;
  sc_core::sc_signal<bool> accelerator_line_{"accelerator_line"};
  sc_core::sc_signal<bool> dma_line_{"dma_line"};
  sc_core::sc_signal<bool> uart_line_{"uart_line"};
  sc_core::sc_signal<bool> samples_line_{"samples_line"};
  sc_core::sc_signal<bool> timer_line_{"timer_line"};
  sc_core::sc_signal<bool> external_line_{"external_line"};
  std::unique_ptr<BusTrace> bus_trace_;
  std::unique_ptr<InstructionTrace> instruction_trace_;
  std::unique_ptr<Profile> profile_;
  std::unique_ptr<LineCoverage> coverage_;
  Observers observers_;
  std::unique_ptr<GdbServer> gdb_;
  std::unique_ptr<PlatformWaveform> platform_waveform_;
  sc_core::sc_trace_file* waveform_ = nullptr;
  std::string line_;  ///< of the UART, not yet complete
  std::string uart_text_;
  std::vector<std::vector<std::int32_t>> outputs_;
  std::vector<std::int64_t> counted_cycles_;
  std::int64_t exceptions_ = 0;
  std::string last_exception_;
};

}  // namespace stoic::platform
