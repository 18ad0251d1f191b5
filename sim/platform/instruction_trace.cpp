#include "stoic/sim/platform/instruction_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/platform/binutils.hpp"

namespace stoic::platform {

Disassembly parse_disassembly(std::string_view text) {
  Disassembly result;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1);
    auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    std::uint32_t address = 0;
    const auto [after, error] = std::from_chars(line.data(), line.data() + line.size(), address, 16);
    const auto tab = line.find('\t');
    if (error != std::errc() || after == line.data() + line.size() || *after != ':' || tab == line.npos)
      continue;
    std::string instruction(line.substr(tab + 1));
    std::replace(instruction.begin(), instruction.end(), '\t', ' ');
    result[address] = instruction;
  }
  return result;
}

Disassembly disassemble_elf(const std::string& path) {
  const auto text = command_output("riscv64-unknown-elf-objdump -d --no-show-raw-insn " + shell_quoted(path) +
                                   " 2>/dev/null");
  if (!text)
    throw Error(fmt::format(
        "{}: riscv64-unknown-elf-objdump cannot disassemble it; install binutils-riscv64-unknown-elf, or "
        "leave the instruction trace out",
        path));
  return parse_disassembly(*text);
}

InstructionTrace::InstructionTrace(const std::string& path, Disassembly disassembly, const Elf& elf,
                                   const Hart& hart, std::int64_t first_cycle, std::int64_t last_cycle)
    : file_(path),
      is_compact_(path.ends_with(".bin")),
      disassembly_(std::move(disassembly)),
      elf_(elf),
      hart_(hart),
      first_cycle_(first_cycle),
      last_cycle_(last_cycle) {
  if (!is_compact_) file_.add(trace_title);
}

std::string InstructionTrace::text(std::uint32_t address) const {
  const auto known = disassembly_.find(address);
  return fmt::format("{:<40} {}", known != disassembly_.end() ? known->second : "?", elf_.place(address));
}

/// The instruction has run: what it wrote is in its register.
void InstructionTrace::write_pending() {
  if (!pending_) return;
  if (pending_->written < no_register) pending_->value = hart_.reg(pending_->written);
  if (is_compact_) {
    compact_.add(*pending_, [this](std::uint32_t address) { return text(address); });
    file_.add(compact_.take());
  } else {
    file_.add(trace_line(*pending_, text(pending_->address)));
  }
  pending_.reset();
}

void InstructionTrace::finish() {
  write_pending();
  if (is_compact_) {
    compact_.finish();
    file_.add(compact_.take());
  }
  file_.finish();
}

bool InstructionTrace::before(std::uint32_t address, const Instruction& instruction, std::int64_t cycle) {
  static_assert(no_register == TracedInstruction::writes_nothing);
  write_pending();
  const auto number = number_++;
  if (cycle >= first_cycle_ && cycle <= last_cycle_)
    pending_ = {number, cycle, address, instruction.length, instruction.rd};
  return true;
}

}  // namespace stoic::platform
