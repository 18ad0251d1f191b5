#include "stoic/sim/platform/instruction_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "stoic/sim/io/error.hpp"

namespace stoic::platform {
namespace {

constexpr const char* register_names[] = {
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
    "a6",   "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

/// For the shell: within single quotes.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

}  // namespace

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
  const auto command = "riscv64-unknown-elf-objdump -d --no-show-raw-insn " + quoted(path) + " 2>/dev/null";
  std::string text;
  auto* pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> part;
  while (pipe != nullptr) {
    const auto count = std::fread(part.data(), 1, part.size(), pipe);
    if (count == 0) break;
    text.append(part.data(), count);
  }
  if (pipe == nullptr || ::pclose(pipe) != 0)
    throw Error(fmt::format(
        "{}: riscv64-unknown-elf-objdump cannot disassemble it; install binutils-riscv64-unknown-elf, or "
        "leave the instruction trace out",
        path));
  return parse_disassembly(text);
}

InstructionTrace::InstructionTrace(const std::string& path, Disassembly disassembly, const Elf& elf,
                                   const Hart& hart, std::int64_t first_cycle, std::int64_t last_cycle)
    : file_(path),
      disassembly_(std::move(disassembly)),
      elf_(elf),
      hart_(hart),
      first_cycle_(first_cycle),
      last_cycle_(last_cycle) {
  file_.add("# number cycle address instruction place written\n");
}

/// The instruction has run: what it wrote is in its register.
void InstructionTrace::write_pending() {
  if (pending_.empty()) return;
  if (written_ < no_register)
    pending_ += fmt::format(" {}=0x{:08x}", register_names[written_], hart_.reg(written_));
  file_.add(pending_ + "\n");
  pending_.clear();
}

void InstructionTrace::finish() {
  write_pending();
  file_.finish();
}

bool InstructionTrace::before(std::uint32_t address, const Instruction& instruction, std::int64_t cycle) {
  write_pending();
  const auto number = number_++;
  if (cycle < first_cycle_ || cycle > last_cycle_) return true;
  const auto known = disassembly_.find(address);
  pending_ = fmt::format("{} {} {:08x} {:<40} {}", number, cycle, address,
                         known != disassembly_.end() ? known->second : "?", elf_.place(address));
  written_ = instruction.rd;
  return true;
}

}  // namespace stoic::platform
