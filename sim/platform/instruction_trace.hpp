#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "stoic/sim/platform/elf.hpp"
#include "stoic/sim/platform/hart.hpp"
#include "stoic/sim/platform/trace_lines.hpp"

namespace stoic::platform {

/// Instructions by address, as objdump of the cross compiler prints them. (Debian 12 has Capstone 4, which
/// does not know RISC-V.)
using Disassembly = std::unordered_map<std::uint32_t, std::string>;

/// The lines of "objdump -d --no-show-raw-insn" that are instructions.
Disassembly parse_disassembly(std::string_view text);
/// Runs objdump on a file. Throws Error when there is no objdump, naming its package.
Disassembly disassemble_elf(const std::string& path);

/// A file with a line for every instruction that begins in a window of cycles: its number, the cycle, its address, text and
/// place, and the register that it has written.
class InstructionTrace : public Observer {
 public:
  /// Throws Error when the file cannot be written. `elf` and `hart` must outlive it.
  InstructionTrace(const std::string& path, Disassembly disassembly, const Elf& elf, const Hart& hart,
                   std::int64_t first_cycle, std::int64_t last_cycle);
  InstructionTrace(const InstructionTrace&) = delete;
  InstructionTrace& operator=(const InstructionTrace&) = delete;
  bool before(std::uint32_t pc, const Instruction& instruction, std::int64_t cycle) override;
  /// Throws Error when a line was not written.
  void finish();

 private:
  void write_pending();

  TraceLines file_;
  const Disassembly disassembly_;
  std::int64_t number_ = 0;
  std::string pending_;  ///< without what its instruction writes, which runs now
  std::uint8_t written_ = no_register;
  const Elf& elf_;
  const Hart& hart_;
  const std::int64_t first_cycle_, last_cycle_;
};

}  // namespace stoic::platform
