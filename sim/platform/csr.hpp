#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace stoic::platform {

/// Causes of traps, as mcause has them.
constexpr std::uint32_t fetch_fault = 1, illegal_instruction = 2, breakpoint = 3, load_fault = 5,
                        store_fault = 7, environment_call = 11;
/// Bits of mie and mip, which are also the numbers of interrupts in mcause.
constexpr std::uint32_t timer_interrupt_number = 7, external_interrupt_number = 11;
constexpr std::uint32_t interrupt_flag = 1u << 31;
constexpr std::uint32_t mstatus_mie = 1u << 3, mstatus_mpie = 1u << 7, mstatus_mpp = 3u << 11;

/// The control and status registers of a hart that has machine mode alone, two kinds of interrupts, and the counters of
/// Zicntr. Others do not exist: an access of them is an illegal instruction.
struct Csr {
  std::uint32_t mstatus = mstatus_mpp;  ///< MIE and MPIE; MPP can be nothing but machine mode
  std::uint32_t mie = 0;
  std::uint32_t mip = 0;  ///< the interrupt lines; no instruction changes it
  std::uint32_t mtvec = 0;
  std::uint32_t mscratch = 0;
  std::uint32_t mepc = 0;
  std::uint32_t mcause = 0;
  std::uint32_t mtval = 0;
  std::uint32_t mcountinhibit = 0;
  std::int64_t cycles_ahead = 0;        ///< what mcycle has more than the clock, since it was written
  std::int64_t instructions_ahead = 0;  ///< the same of minstret and the instructions that retired
  std::int64_t cycles_held = 0;         ///< what they show while mcountinhibit stops them
  std::int64_t instructions_held = 0;

  /// Interrupts that would be taken now.
  std::uint32_t due() const { return (mstatus & mstatus_mie) != 0 ? mie & mip : 0; }

  /// `cycle` and `retired` are the clock and the instructions at the beginning of the one that asks. Nothing: there is
  /// no such register, or it is read-only.
  std::optional<std::uint32_t> read(std::uint32_t number, std::int64_t cycle, std::int64_t retired) const;
  bool write(std::uint32_t number, std::uint32_t value, std::int64_t cycle, std::int64_t retired);

  /// As the privileged architecture has it: entry from machine mode into machine mode, and MRET. Both return where
  /// execution goes on.
  std::uint32_t enter(std::uint32_t cause, std::uint32_t pc, std::uint32_t value);
  std::uint32_t leave();
};

/// Whether a register counts cycles or instructions: cycle, time, instret, mcycle, minstret, and their upper halves.
constexpr bool shows_time(std::uint32_t number) {
  const auto low = number & ~0x80u;  // upper halves are so far above
  return (low >= 0xc00 && low <= 0xc02) || low == 0xb00 || low == 0xb02;
}

/// "mstatus" for 0x300: of those that a person wants to see.
struct CsrName {
  std::uint32_t number;
  const char* name;
};
inline constexpr CsrName csr_names[] = {{0x300, "mstatus"}, {0x304, "mie"},     {0x344, "mip"},
                                        {0x305, "mtvec"},   {0x341, "mepc"},    {0x342, "mcause"},
                                        {0x343, "mtval"},   {0x340, "mscratch"}};

}  // namespace stoic::platform
