#include "stoic/sim/platform/csr.hpp"

namespace stoic::platform {
namespace {

// RV32 with I, M and C
constexpr std::uint32_t misa = 1u << 30 | 1u << ('I' - 'A') | 1u << ('M' - 'A') | 1u << ('C' - 'A');
constexpr std::uint32_t interrupt_bits = 1u << timer_interrupt_number | 1u << external_interrupt_number;
constexpr std::uint32_t inhibit_cycles = 1, inhibit_instructions = 4;

constexpr std::uint32_t low_word(std::int64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high_word(std::int64_t value) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> 32);
}
constexpr std::int64_t with_low(std::int64_t value, std::uint32_t word) {
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(value) & ~std::uint64_t{0xffffffff}) | word);
}
constexpr std::int64_t with_high(std::int64_t value, std::uint32_t word) {
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(value) & 0xffffffff) | std::uint64_t{word}
                                                                                          << 32);
}

/// Event counters 3 to 31 and what selects their events: they exist and stay 0.
constexpr bool is_event_counter(std::uint32_t number) {
  return (number >= 0xb03 && number <= 0xb1f) || (number >= 0xb83 && number <= 0xb9f) ||
         (number >= 0x323 && number <= 0x33f);
}

}  // namespace

std::optional<std::uint32_t> Csr::read(std::uint32_t number, std::int64_t cycle, std::int64_t retired) const {
  const auto cycles = (mcountinhibit & inhibit_cycles) != 0 ? cycles_held : cycle + cycles_ahead;
  const auto instructions =
      (mcountinhibit & inhibit_instructions) != 0 ? instructions_held : retired + instructions_ahead;
  switch (number) {
    case 0x300:
      return mstatus;
    case 0x301:
      return misa;
    case 0x304:
      return mie;
    case 0x305:
      return mtvec;
    case 0x320:
      return mcountinhibit;
    case 0x340:
      return mscratch;
    case 0x341:
      return mepc;
    case 0x342:
      return mcause;
    case 0x343:
      return mtval;
    case 0x344:
      return mip;
    case 0xb00:
    case 0xc00:
      return low_word(cycles);
    case 0xb80:
    case 0xc80:
      return high_word(cycles);
    case 0xb02:
    case 0xc02:
      return low_word(instructions);
    case 0xb82:
    case 0xc82:
      return high_word(instructions);
    case 0xc01:  // time: the clock, as mtime
      return low_word(cycle);
    case 0xc81:
      return high_word(cycle);
    case 0x310:  // mstatush
    case 0xf11:  // mvendorid, marchid, mimpid, mhartid, mconfigptr
    case 0xf12:
    case 0xf13:
    case 0xf14:
    case 0xf15:
      return 0;
  }
  if (is_event_counter(number)) return 0;
  return std::nullopt;
}

bool Csr::write(std::uint32_t number, std::uint32_t value, std::int64_t cycle, std::int64_t retired) {
  // A counter that is written shows the value from the next instruction on.
  const auto cycles = cycle + cycles_ahead, instructions = retired + 1 + instructions_ahead;
  const bool cycles_stand = (mcountinhibit & inhibit_cycles) != 0;
  const bool instructions_stand = (mcountinhibit & inhibit_instructions) != 0;
  const auto set_cycles = [&](std::int64_t count) {
    cycles_held = count;
    cycles_ahead = count - cycle;
  };
  const auto set_instructions = [&](std::int64_t count) {
    instructions_held = count;
    instructions_ahead = count - (retired + 1);
  };
  switch (number) {
    case 0x300:
      mstatus = (value & (mstatus_mie | mstatus_mpie)) | mstatus_mpp;
      return true;
    case 0x304:
      mie = value & interrupt_bits;
      return true;
    case 0x305:
      mtvec = value & ~2u;
      return true;
    case 0x320:
      set_cycles(cycles_stand ? cycles_held : cycles);
      set_instructions(instructions_stand ? instructions_held : instructions);
      mcountinhibit = value & (inhibit_cycles | inhibit_instructions);
      return true;
    case 0x340:
      mscratch = value;
      return true;
    case 0x341:
      mepc = value & ~1u;
      return true;
    case 0x342:
      mcause = value;
      return true;
    case 0x343:
      mtval = value;
      return true;
    case 0xb00:
      set_cycles(with_low(cycles_stand ? cycles_held : cycles, value));
      return true;
    case 0xb80:
      set_cycles(with_high(cycles_stand ? cycles_held : cycles, value));
      return true;
    case 0xb02:
      set_instructions(with_low(instructions_stand ? instructions_held : instructions, value));
      return true;
    case 0xb82:
      set_instructions(with_high(instructions_stand ? instructions_held : instructions, value));
      return true;
    case 0x301:  // misa, mip and mstatush take writes, which change nothing
    case 0x310:
    case 0x344:
      return true;
  }
  return is_event_counter(number);
}

std::uint32_t Csr::enter(std::uint32_t cause, std::uint32_t pc, std::uint32_t value) {
  mepc = pc;
  mcause = cause;
  mtval = value;
  mstatus = mstatus_mpp | ((mstatus & mstatus_mie) != 0 ? mstatus_mpie : 0);
  const bool vectored = (cause & interrupt_flag) != 0 && (mtvec & 1) != 0;
  return (mtvec & ~3u) + (vectored ? 4 * (cause & ~interrupt_flag) : 0);
}

std::uint32_t Csr::leave() {
  mstatus = mstatus_mpp | mstatus_mpie | ((mstatus & mstatus_mpie) != 0 ? mstatus_mie : 0);
  return mepc;
}

}  // namespace stoic::platform
