#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <atomic>
#include <functional>
#include <optional>
#include <systemc>

#include "stoic/sim/platform/clock.hpp"
#include "stoic/sim/platform/hart.hpp"
#include "stoic/sim/platform/loop_probe.hpp"

namespace stoic::platform {

struct CpuOptions {
  Timing timing = {};           ///< of instructions and memories, besides the time of bus accesses
  double cpi = 1;               ///< by which that of instructions is multiplied; 0.001 to 1000
  std::int64_t quantum = 1000;  ///< instructions that the CPU may run before it looks at the simulation
  std::int64_t last_cycle = std::int64_t{1} << 50;  ///< of the simulation: nothing begins then or later
  std::int64_t silence = 0;  ///< cycles that it may compute without a sign of life; 0: any number
};

/// The RISC-V as a TLM-2.0 initiator. An instruction sees everything that happens in the cycle in which it begins and
/// before, interrupts too: the CPU acts when all else of that cycle is done, and runs on to the next activity that the
/// kernel has pending, a quantum at most. So the quantum is a matter of speed alone, and a run repeats to the cycle.
///
/// What cannot go on ends here with a sentence: traps without a handler or without an end, a full stack, an interrupt
/// that nobody acknowledges, loops that nothing can end.
class Cpu : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Cpu);
  Cpu(const sc_core::sc_module_name& name, std::vector<Memory>& memories, const CpuOptions& options);

  tlm_utils::simple_initiator_socket<Cpu> bus{"bus"};
  sc_core::sc_in<bool> external_interrupt{"external_interrupt"};
  sc_core::sc_in<bool> timer_interrupt{"timer_interrupt"};

  Hart& hart() { return hart_; }
  const Hart& hart() const { return hart_; }
  bool waits() const { return phase_ == Phase::wait; }
  /// Why the CPU stopped for good; empty as long as it runs.
  const std::string& lockup() const { return lockup_; }
  /// It has computed longer than CpuOptions::silence.
  bool fell_silent() const { return silent_; }
  /// Accesses of devices since the latest sign of life, where these are why it fell silent; else 0: see poll_cycles.
  std::int64_t vain_polls() const { return vain_polls_; }
  double seconds() const { return seconds_.total(); }                ///< of this machine, in the hart
  double access_seconds() const { return access_seconds_.total(); }  ///< in bus accesses
  /// Called for every exception (not interrupts), before the handler is entered.
  std::function<void(std::uint32_t cause, std::uint32_t value)> on_exception;
  /// For sentences: "main+0x12 (0x20000012)".
  std::function<std::string(std::uint32_t)> place;
  /// The same of the call whose return address is in ra.
  std::function<std::string()> caller;
  /// What the interrupt lines stand for just now.
  std::function<std::string()> sources;
  /// A number that changes when the accelerator, the DMA and the source of samples get on; nothing: none of them works.
  std::function<std::optional<std::int64_t>()> progress_of_others;
  /// Whether the timer will be due, though it is not now.
  std::function<bool()> timer_runs;
  /// Whether firmware may yet be given what it asks devices for.
  std::function<bool()> input_comes;
  /// How many cycles ago the timer was due; -1: it is not.
  std::function<std::int64_t()> timer_lag;
  /// How much of what comes from outside was taken, of the UART.
  std::function<std::size_t()> inputs_taken;
  /// Where CPU and DMA share the ports of memories: whether the DMA moves anything, and whether it uses the memory at an
  /// address in this cycle. Empty: they do not.
  std::function<bool()> dma_works;
  std::function<bool(std::uint32_t address)> memory_taken;
  /// What a load from a device in this cycle gives, where that is known without the simulation, which is slower: time.
  /// Nothing: the bus has to be asked. Such a load takes quick_cycles.
  std::function<std::optional<std::uint32_t>(std::uint32_t address, std::int64_t cycle)> quick_load;
  static constexpr std::int64_t quick_cycles = 2;
  /// The observer has said so, and the instruction at pc() was not executed.
  std::function<void()> on_asked;
  /// Called now and then, with what has run.
  std::function<void()> on_look;
  /// When it becomes true the simulation ends, after a quantum.
  const std::atomic<bool>* stop = nullptr;
  /// Sees every instruction; null: nobody does.
  void observe(Observer* observer);

 private:
  enum class Phase { run, access, wait };

  void step();
  void run();
  bool waits_for_memory();
  void act_on(Stop reason);
  void access();
  bool load_quickly(std::int64_t before);
  void trap(std::uint32_t cause, std::uint32_t value);
  std::uint32_t lines() const;
  std::int64_t horizon() const;
  std::int64_t next_look() const;
  std::int64_t silence_taken() const;
  void look_for_loop();
  void look_at_silence();
  void sign_of_life();
  std::optional<std::int64_t> progress() const;
  /// Of the clock's registers and of the timer.
  std::int64_t clock_reads() const { return hart_.clock_reads() + timer_accesses_; }
  bool loop_has_no_end();
  void note_lag(std::int64_t lag);
  std::string stack_text() const;

  Hart hart_;
  const CpuOptions options_;
  Phase phase_ = Phase::run;
  std::string lockup_;
  bool silent_ = false;
  std::int64_t polls_ = 0, vain_polls_ = 0, vain_stores_ = 0;
  bool by_time_ = false;         ///< time may end a loop that has begun since the latest sign of life
  std::int64_t trap_clock_ = 0;  ///< clock_reads() as the latest traps in a row began
  std::int64_t limit_ = 0;  ///< the longest that the accelerator was given, STREAM_TIMEOUT or CYCLE_LIMIT
  std::int64_t polled_since_ = 0;  ///< computed_ when progress_of_others() was seen to change last
  std::int64_t least_lag_ = 0;     ///< of the timer, in the interrupts in a row
  std::size_t inputs_taken_ = 0;   ///< as the CPU knows it
  std::int64_t clock_reads_ = 0;   ///< Hart::clock_reads() then
  std::optional<std::int64_t> polled_progress_;  ///< progress_of_others() when polls were looked at last
  std::int64_t computed_ = 0;  ///< cycles since the latest sign of life, those in wfi left out
  LoopProbe probe_{hart_};
  Observer* observer_ = nullptr;
  std::int64_t probed_ = 0;  ///< computed_ when the probe began last
  /// When the probe began last: what could end a loop later, and the interrupt lines.
  std::optional<std::int64_t> probed_progress_;
  bool probed_timer_ = false;
  std::int64_t timer_accesses_ = 0, probed_clock_ = 0;
  std::uint32_t probed_lines_ = 0;
  std::int64_t stand_still_ = 0;  ///< computed_ when progress_of_others() changed last
  std::optional<std::int64_t> progress_;
  FrequentSeconds seconds_, access_seconds_;
  tlm::tlm_generic_payload payload_;  ///< of the access under way
};

}  // namespace stoic::platform
