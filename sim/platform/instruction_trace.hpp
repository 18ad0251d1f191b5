#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "stoic/sim/device/compact_trace.hpp"
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

/// A file of all instructions that begin in a window of cycles: a line for each, with its number, the cycle, its address, text
/// and place, and the register that it has written; or the compact trace of compact_trace.hpp.
class InstructionTrace : public Observer {
 public:
  /// Compact where `path` ends with ".bin". Throws Error when the file cannot be written. `elf` and `hart` must outlive it.
  InstructionTrace(const std::string& path, Disassembly disassembly, const Elf& elf, const Hart& hart,
                   std::int64_t first_cycle, std::int64_t last_cycle);
  InstructionTrace(const InstructionTrace&) = delete;
  InstructionTrace& operator=(const InstructionTrace&) = delete;
  bool before(std::uint32_t pc, const Instruction& instruction, std::int64_t cycle) override;
  /// Throws Error when an instruction was not written.
  void finish();

 private:
  std::string text(std::uint32_t address) const;
  void write_pending();

  TraceLines file_;
  const bool is_compact_;
  CompactTraceWriter compact_;
  const Disassembly disassembly_;
  std::int64_t number_ = 0;
  std::optional<TracedInstruction> pending_;  ///< runs now: what it writes is not yet known
  const Elf& elf_;
  const Hart& hart_;
  const std::int64_t first_cycle_, last_cycle_;
};

}  // namespace stoic::platform
