#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <atomic>
#include <functional>
#include <optional>
#include <systemc>

#include "stoic/sim/platform/load_store.hpp"
#include "stoic/sim/platform/unicorn.hpp"

namespace stoic::platform {

struct CpuOptions {
  double cpi = 1;  ///< clock cycles an instruction, besides the time of bus accesses; 0.001 to 1000
  std::int64_t quantum = 1000;  ///< instructions that the CPU may run ahead of the simulation
};

/// The RISC-V as a TLM-2.0 initiator. Instructions run ahead of the simulation, by a quantum at most; every
/// access of the bus happens at its exact time, after the simulation has caught up. Interrupts are taken
/// between quanta, after bus accesses and at WFI. All that is a function of the program alone, so
/// a run repeats to the cycle.
class Cpu : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Cpu);
  Cpu(const sc_core::sc_module_name& name, std::vector<Memory>& memories, const CpuOptions& options);

  tlm_utils::simple_initiator_socket<Cpu> bus{"bus"};
  sc_core::sc_in<bool> external_interrupt{"external_interrupt"};
  sc_core::sc_in<bool> timer_interrupt{"timer_interrupt"};

  Unicorn& hart() { return hart_; }
  const Unicorn& hart() const { return hart_; }
  bool waits() const { return phase_ == Phase::wait; }
  /// Why the CPU stopped for good; empty as long as it runs.
  const std::string& lockup() const { return lockup_; }
  double seconds() const { return seconds_; }                ///< of this machine, in Unicorn
  double access_seconds() const { return access_seconds_; }  ///< in bus accesses
  /// Called for every exception (not interrupts), before the handler is entered.
  std::function<void(std::uint32_t cause, std::uint32_t value)> on_exception;
  /// When it becomes true the simulation ends, after a quantum at most.
  const std::atomic<bool>* stop = nullptr;

 private:
  enum class Phase { run, access, wait };

  void step();
  void run();
  void access();
  void wait_for_interrupt();
  void trap(std::uint32_t cause, std::uint32_t value);
  std::uint32_t pending() const;
  void take_interrupt();
  void pass(std::int64_t instructions);

  Unicorn hart_;
  const std::int64_t milli_cpi_;
  const std::int64_t quantum_;
  Phase phase_ = Phase::run;
  std::int64_t time_ = 0;          ///< of the CPU, in cycles: never before the simulation's
  std::int64_t milli_cycles_ = 0;  ///< of time_, the fraction
  LoadStore pending_access_;
  std::string lockup_;
  double seconds_ = 0;
  double access_seconds_ = 0;
};

}  // namespace stoic::platform
