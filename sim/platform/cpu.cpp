#include "stoic/sim/platform/cpu.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

namespace stoic::platform {
namespace {

// Bits of mie and mip, which are also the interrupt numbers of mcause
constexpr std::uint32_t timer_number = 7, external_number = 11;
constexpr std::uint32_t interrupt_flag = 1u << 31;
constexpr std::uint32_t illegal_instruction = 2, load_fault = 5, store_fault = 7;

}  // namespace

Cpu::Cpu(const sc_core::sc_module_name& name, std::vector<Memory>& memories, const CpuOptions& options)
    : sc_core::sc_module(name),
      hart_(memories),
      milli_cpi_(std::llround(options.cpi * 1000)),
      quantum_(options.quantum) {
  SC_METHOD(step);
}

void Cpu::pass(std::int64_t instructions) {
  milli_cycles_ += instructions * milli_cpi_;
  time_ += milli_cycles_ / 1000;
  milli_cycles_ %= 1000;
}

std::uint32_t Cpu::pending() const {
  return (external_interrupt.read() ? 1u << external_number : 0) |
         (timer_interrupt.read() ? 1u << timer_number : 0);
}

void Cpu::take_interrupt() {
  const auto lines = pending();
  if (lines == 0 || !hart_.interrupts_enabled()) return;
  const auto active = lines & hart_.enabled_mask();
  if (active == 0) return;
  hart_.take_trap(interrupt_flag | ((active >> external_number & 1) != 0 ? external_number : timer_number),
                  0);
}

/// Acts as long as the simulation is where the CPU is, then waits for it.
void Cpu::step() {
  while (lockup_.empty() && (stop == nullptr || !*stop)) {
    if (time_ > current_cycle()) return next_trigger(cycles(time_ - current_cycle()));
    if (phase_ == Phase::run)
      run();
    else if (phase_ == Phase::access)
      access();
    else if ((pending() & hart_.enabled_mask()) == 0)
      return next_trigger(external_interrupt.value_changed_event() | timer_interrupt.value_changed_event());
    else
      phase_ = Phase::run;
    if (sc_core::sc_get_status() == sc_core::SC_STOPPED) return;
  }
  sc_core::sc_stop();
}

void Cpu::run() {
  time_ = current_cycle();
  take_interrupt();
  const auto before = hart_.instructions();
  const auto begin = core_seconds();
  const auto reason = hart_.run(quantum_);
  seconds_ += core_seconds() - begin;
  pass(hart_.instructions() - before);
  if (reason == Stop::wfi) phase_ = Phase::wait;
  if (reason == Stop::exception) trap(hart_.cause(), hart_.trap_value());
  if (reason == Stop::data_access) {
    std::uint32_t bits = 0;
    if (const auto* at = hart_.bytes(hart_.pc(), 4)) std::memcpy(&bits, at, 4);
    const auto decoded = decode_load_store(bits);
    if (!decoded) return trap(illegal_instruction, 0);
    pending_access_ = *decoded;
    phase_ = Phase::access;
  }
}

void Cpu::access() {
  phase_ = Phase::run;
  time_ = current_cycle();
  const auto begin = core_seconds();
  const auto& instruction = pending_access_;
  const auto address = hart_.reg(instruction.base) + static_cast<std::uint32_t>(instruction.offset);
  auto value = instruction.store ? hart_.reg(instruction.value) : 0;
  tlm::tlm_generic_payload payload;
  payload.set_command(instruction.store ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(address);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(instruction.size);
  payload.set_streaming_width(instruction.size);
  auto delay = sc_core::SC_ZERO_TIME;
  bus->b_transport(payload, delay);
  time_ += static_cast<std::int64_t>((delay.value() + clock_period().value() - 1) / clock_period().value());
  if (!payload.is_response_ok()) {
    trap(instruction.store ? store_fault : load_fault, address);
  } else {
    if (!instruction.store) {
      const auto unused = 32 - 8 * instruction.size;
      if (instruction.sign_extend && unused > 0)
        value = static_cast<std::uint32_t>(static_cast<std::int32_t>(value << unused) >> unused);
      hart_.set_reg(instruction.value, value);
    }
    hart_.skip(instruction.length);
    pass(1);
  }
  access_seconds_ += core_seconds() - begin;
}

void Cpu::trap(std::uint32_t cause, std::uint32_t value) {
  pass(1);
  if (on_exception) on_exception(cause, value);
  const auto vector = hart_.trap_vector() & ~3u;
  if (hart_.pc() == vector)
    lockup_ = fmt::format("the first instruction of the trap handler at mtvec {:#010x} traps (mcause {})",
                          vector, cause);
  else if (hart_.bytes(vector, 4) == nullptr)
    lockup_ = fmt::format("a trap (mcause {}, pc {:#010x}, mtval {:#010x}) and no handler at mtvec {:#010x}",
                          cause, hart_.pc(), value, vector);
  else
    hart_.take_trap(cause, value);
}

}  // namespace stoic::platform
