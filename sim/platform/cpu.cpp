#include "stoic/sim/platform/cpu.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/platform/platform.hpp"

namespace stoic::platform {
namespace {

constexpr std::int64_t fruitless_limit = 100;  ///< exceptions in a row that lead nowhere
constexpr std::int64_t timed_fruitless_limit =
    1000000;                                   ///< where the handler asks for the time, which may end them
constexpr std::int64_t probe_every = 1000000;  ///< cycles computed without a sign of life
/// A loop that waits for an engine that is busy: so long nothing must have moved in it.
constexpr std::int64_t patience = 2000000;

/// Whether a store may begin something: not where interrupts are enabled or acknowledged, or where only is said what the
/// accelerator or the DMA will do once they are started.
bool sets_off(std::uint32_t address, std::uint32_t value) {
  const auto within = [&](std::uint32_t base, std::uint32_t size) { return address - base < size; };
  if (within(STOIC_INTERRUPTS_BASE, STOIC_INTERRUPTS_SIZE)) return false;
  if (within(STOIC_ACCELERATOR_BASE, STOIC_ACCELERATOR_SIZE)) {
    const auto offset = address - STOIC_ACCELERATOR_BASE;
    return offset == STOIC_REG_MEM_DATA ||
           (offset == STOIC_REG_CONTROL && (value >> STOIC_CONTROL_START_LSB & 1) != 0);
  }
  if (within(STOIC_DMA_BASE, STOIC_DMA_SIZE)) {
    const auto offset = address - STOIC_DMA_BASE;
    return offset == STOIC_DMA_REG_GO || offset == STOIC_DMA_REG_LOAD_CONTROL ||
           (offset < STOIC_DMA_REG_IRQ_ENABLE && offset % STOIC_DMA_CHANNEL_STRIDE == STOIC_DMA_REG_CONTROL);
  }
  if (within(STOIC_SAMPLES_BASE, STOIC_SAMPLES_SIZE))
    return address == STOIC_SAMPLES_BASE + STOIC_SAMPLES_REG_CONTROL;
  return address != STOIC_UART_BASE + STOIC_UART_REG_IRQ_ENABLE;
}

}  // namespace

Cpu::Cpu(const sc_core::sc_module_name& name, std::vector<Memory>& memories, const CpuOptions& options)
    : sc_core::sc_module(name), hart_(memories), options_(options) {
  hart_.set_timing(options.timing, options.cpi);
  place = [](std::uint32_t address) { return fmt::format("{:#010x}", address); };
  SC_METHOD(step);
}

void Cpu::observe(Observer* observer) {
  observer_ = probe_.next = observer;
  hart_.observe(observer);
}

std::uint32_t Cpu::lines() const {
  return (external_interrupt.read() ? 1u << external_interrupt_number : 0) |
         (timer_interrupt.read() ? 1u << timer_interrupt_number : 0);
}

/// The first cycle in which something else may happen.
std::int64_t Cpu::horizon() const {
  if (!sc_core::sc_pending_activity_at_future_time()) return options_.last_cycle;
  const auto time = sc_core::sc_time_stamp().value() + sc_core::sc_time_to_pending_activity().value();
  const auto period = clock_period().value();
  return std::min(options_.last_cycle, static_cast<std::int64_t>((time + period - 1) / period));
}

/// Acts as long as the simulation is where the CPU is, then waits for it.
void Cpu::step() {
  while (lockup_.empty() && !silent_ && (stop == nullptr || !*stop)) {
    if (current_cycle() >= options_.last_cycle)
      return next_trigger(clock_period());  // the end of the simulation
    if (hart_.cycle() > current_cycle()) return next_trigger(cycles(hart_.cycle() - current_cycle()));
    if (sc_core::sc_pending_activity_at_current_time()) return next_trigger(sc_core::SC_ZERO_TIME);
    hart_.csr().mip = lines();
    if (phase_ == Phase::run)
      run();
    else if (phase_ == Phase::access)
      access();
    else if ((hart_.csr().mip & hart_.csr().mie) == 0)
      return next_trigger(external_interrupt.value_changed_event() | timer_interrupt.value_changed_event());
    else
      phase_ = Phase::run;
    if (sc_core::sc_get_status() == sc_core::SC_STOPPED) return;
  }
  sc_core::sc_stop();
}

/// Whether the DMA has a memory that the next instruction needs in this cycle; then that begins a cycle later at the earliest.
bool Cpu::waits_for_memory() {
  const auto needed = hart_.next_accesses();
  if (!memory_taken(needed[0]) && (needed[1] == needed[0] || !memory_taken(needed[1]))) return false;
  hart_.set_time((current_cycle() + 1) * Hart::milli);
  ++computed_;
  return true;
}

void Cpu::run() {
  if (hart_.cycle() < current_cycle()) hart_.set_time(current_cycle() * Hart::milli);
  look_for_loop();
  if (!lockup_.empty() || silent_) return;
  // What the DMA does in a cycle is known in that cycle: then instructions are taken one by one.
  const bool alone = !dma_works || !dma_works();
  if (!alone && waits_for_memory()) return;
  const auto before = hart_.cycle(), interrupts = hart_.interrupts();
  const auto end = alone ? std::min(horizon(), next_look()) : current_cycle() + 1;
  const auto last = hart_.instructions() + (alone ? options_.quantum : 1);
  seconds_.begin();
  auto reason = hart_.run(end * Hart::milli, last - hart_.instructions());
  while (reason == Stop::data_access && alone && hart_.instructions() < last && load_quickly(end))
    reason = hart_.run(end * Hart::milli, std::max<std::int64_t>(last - hart_.instructions(), 0));
  seconds_.end();
  computed_ += hart_.cycle() - before;
  if (hart_.interrupts() != interrupts) {
    probe_.cancel();
    by_time_ = true;
  }
  act_on(reason);
  if (on_look) on_look();
}

/// Whether the load that the hart waits for was done, in a cycle before `end`.
bool Cpu::load_quickly(std::int64_t end) {
  const auto& access = hart_.access();
  if (!quick_load || access.store || access.size != 4 || hart_.cycle() >= end) return false;
  const auto value = quick_load(access.address, hart_.cycle());
  if (!value) return false;
  hart_.set_time(hart_.time() + quick_cycles * Hart::milli);
  hart_.finish_access(*value);
  by_time_ = true;
  ++timer_accesses_;
  return true;
}

void Cpu::act_on(Stop reason) {
  switch (reason) {
    case Stop::time:
      return;
    case Stop::asked:
      if (on_asked && probe_.period() == 0) on_asked();
      return;
    case Stop::wfi:
      phase_ = Phase::wait;
      return;
    case Stop::data_access:
      phase_ = Phase::access;
      return;
    case Stop::exception:
      return trap(hart_.cause(), hart_.trap_value());
    case Stop::overflow:
      lockup_ = fmt::format("stack overflow in {}: {}", place(hart_.pc()), stack_text());
      return;
    case Stop::storm:
      lockup_ = fmt::format(
          "interrupt storm: the handler returns to {}, and the interrupt is pending again, {} times in a "
          "row; {}; "
          "acknowledge it "
          "where it comes from, or let it come later: a tick that is shorter than its handler never catches "
          "up",
          place(hart_.pc()), Hart::storm_limit, sources ? sources() : std::string());
      return;
  }
}

void Cpu::access() {
  phase_ = Phase::run;
  access_seconds_.begin();
  const auto& access = hart_.access();
  const bool timer =
      access.address >= STOIC_TIMER_BASE && access.address < STOIC_TIMER_BASE + STOIC_TIMER_SIZE;
  if (access.store && timer && timer_lag) note_lag(timer_lag());
  auto value = access.value;
  auto& payload = payload_;
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload.set_command(access.store ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(access.address);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(access.size);
  payload.set_streaming_width(access.size);
  auto delay = sc_core::SC_ZERO_TIME;
  bus->b_transport(payload, delay);
  const auto period = clock_period().value();
  const auto taken = static_cast<std::int64_t>((delay.value() + period - 1) / period);
  const auto before = hart_.cycle();
  const bool input_taken = inputs_taken && inputs_taken() != inputs_taken_;
  if (input_taken) inputs_taken_ = inputs_taken();
  hart_.set_time(hart_.time() + taken * Hart::milli);
  if (payload.is_response_ok()) {
    if (access.store && (access.address == STOIC_ACCELERATOR_BASE + STOIC_REG_STREAM_TIMEOUT ||
                         access.address == STOIC_ACCELERATOR_BASE + STOIC_REG_CYCLE_LIMIT))
      limit_ = std::max<std::int64_t>(limit_, access.value);
    const bool life = input_taken || (access.store && !timer && sets_off(access.address, access.value));
    if (timer) {
      by_time_ = true;
      ++timer_accesses_;
    } else if (!access.store) {
      ++polls_;
    } else if (!life) {
      ++vain_stores_;
    }
    hart_.finish_access(value);
    computed_ += hart_.cycle() - before;
    if (life) sign_of_life();
    if (input_taken) hart_.went_on();
    if (life || (access.store && timer)) probe_.cancel();
  } else {
    trap(access.store ? store_fault : load_fault, access.address);
  }
  access_seconds_.end();
}

/// As a handler sets the timer anew. A tick that is late, and each time less so, catches up: that is no storm.
void Cpu::note_lag(std::int64_t lag) {
  if (lag < 0) return;
  if (hart_.interrupts_in_a_row() > 0 && lag >= least_lag_) return;
  if (hart_.interrupts_in_a_row() > 0) hart_.went_on();
  least_lag_ = lag;
}

void Cpu::trap(std::uint32_t cause, std::uint32_t value) {
  hart_.set_time(hart_.time() + Hart::milli);
  if (on_exception) on_exception(cause, value);
  const auto vector = hart_.csr().mtvec & ~3u;
  const auto pc = hart_.pc();
  if (pc == vector) {
    lockup_ = fmt::format(
        "the first instruction of the trap handler at mtvec {:#010x} traps (mcause {}, mtval {:#010x}); {}",
        vector, cause, value, stack_text());
  } else if (!hart_.has_code(vector)) {
    lockup_ =
        fmt::format("a trap (mcause {}, pc {:#010x}, mtval {:#010x}) and no handler at mtvec {:#010x}; {}",
                    cause, pc, value, vector, stack_text());
  } else {
    hart_.take_exception(cause, value);
    if (hart_.fruitless_exceptions() == 0) trap_clock_ = clock_reads();
    const bool timed = clock_reads() != trap_clock_;
    if (hart_.fruitless_exceptions() < (timed ? timed_fruitless_limit : fruitless_limit)) return;
    lockup_ = fmt::format(
        "trap loop: {} traps again and again (mcause {}, mtval {:#010x}) and nothing comes of it; the "
        "first of these traps was in {}; {}",
        place(pc), cause, value, place(hart_.first_exception_pc()), stack_text());
  }
}

/// Where the stack pointer is, and who called.
std::string Cpu::stack_text() const {
  const auto sp = hart_.reg(stack_pointer_register);
  const auto* in_memory = hart_.bytes(sp, 1);
  return fmt::format("sp {:#010x}{}, ra is {}", sp, in_memory == nullptr ? ", where no memory is" : "",
                     caller());
}

// ---- Loops without an end ----

void Cpu::sign_of_life() {
  computed_ = probed_ = stand_still_ = polled_since_ = polls_ = vain_stores_ = 0;
  by_time_ = false;
  clock_reads_ = hart_.clock_reads();
}

/// What counts for silence.
std::int64_t Cpu::silence_taken() const {
  const bool timed = by_time_ || hart_.clock_reads() != clock_reads_;
  return computed_ + (timed ? timed_poll_cycles : poll_cycles) * polls_ + vain_store_cycles * vain_stores_;
}

/// The cycle in which look_for_loop() has something to do, if nothing happens until then: so that a run ends in the same
/// one under every quantum.
std::int64_t Cpu::next_look() const {
  auto until = std::numeric_limits<std::int64_t>::max();
  if (options_.silence > 0) until = options_.silence - silence_taken() + 1;
  until = std::min(until, probe_every - (computed_ - probed_));
  return until > options_.last_cycle ? options_.last_cycle : hart_.cycle() + std::max<std::int64_t>(until, 1);
}

void Cpu::look_for_loop() {
  if (const auto period = probe_.period(); period > 0 && loop_has_no_end()) {
    lockup_ = fmt::format(
        "endless loop in {}: {} instructions from {:#010x} to {:#010x} come back to the same registers "
        "and memory, and nothing is left that could end it",
        place(hart_.pc()), period, probe_.lowest(), probe_.highest());
    return;
  }
  if (options_.silence > 0 && silence_taken() > options_.silence) look_at_silence();
  if (!probe_.active()) hart_.observe(observer_);
  if (computed_ - probed_ < probe_every) return;
  probed_ = computed_;
  if (probe_.active()) return;  // one that has taken so long is left to its end
  probed_clock_ = clock_reads();
  probed_progress_ = progress();
  probed_timer_ = timer_runs && timer_runs();
  probed_lines_ = hart_.csr().mip;
  probe_.begin();
  hart_.observe(&probe_);
}

void Cpu::look_at_silence() {
  silent_ = computed_ > options_.silence;
  if (silent_) return;
  by_time_ = by_time_ || (timer_runs && timer_runs());
  if (silence_taken() <= options_.silence) return;
  const auto now = progress();
  if (now != polled_progress_) polled_since_ = computed_;
  // What stands still may be ended by a limit that was set.
  const bool goes_on = now != polled_progress_ || (now && computed_ - polled_since_ <= limit_);
  polled_progress_ = now;
  if (goes_on || (input_comes && input_comes())) {
    polls_ = vain_stores_ = 0;
    return;
  }
  vain_polls_ = polls_ + vain_stores_;
  silent_ = true;
}

std::optional<std::int64_t> Cpu::progress() const {
  return progress_of_others ? progress_of_others() : std::nullopt;
}

/// Of a loop that was found just now. What could end it may have come since, without the loop having seen it: the timer is
/// due or the accelerator has done, and the interrupt, or the next round, follows.
bool Cpu::loop_has_no_end() {
  probe_.forget();
  if (clock_reads() != probed_clock_ || (input_comes && input_comes()))
    return false;  // it will be told something else
  if (probed_timer_ || (timer_runs && timer_runs()) || hart_.csr().mip != probed_lines_) return false;
  const auto now = progress();
  if (!now && !probed_progress_) return true;
  if (!now || now != progress_) stand_still_ = computed_;
  progress_ = now;
  return now && computed_ - stand_still_ > std::max(patience, limit_);
}

}  // namespace stoic::platform
