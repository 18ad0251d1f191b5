#include "stoic/sim/platform/instruction_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "stoic/sim/io/error.hpp"

namespace stoic::platform {
namespace {

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

InstructionTrace::InstructionTrace(const std::string& path, Disassembly disassembly, const Elf& elf)
    : file_(path), disassembly_(std::move(disassembly)), elf_(elf) {
  file_.add("# number address instruction place\n");
}

bool InstructionTrace::before(std::uint32_t address, const Instruction&, std::int64_t) {
  const auto known = disassembly_.find(address);
  file_.add(fmt::format("{} {:08x} {:<40} {}\n", number_++, address,
                        known != disassembly_.end() ? known->second : "?", elf_.place(address)));
  return true;
}

}  // namespace stoic::platform
