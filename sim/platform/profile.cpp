#include "stoic/sim/platform/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace stoic::platform {
namespace {

constexpr std::size_t deepest_calls = 1000;  ///< below that calls are those of the function there

/// ra, and t0, which the compiler uses for helpers that save registers.
bool links_return(const Instruction& i) {
  return (i.op == Op::jal || i.op == Op::jalr) && (i.rd == 1 || i.rd == 5);
}

/// Where traps lead, and in vectored mode interrupts.
bool is_handler(std::uint32_t pc, std::uint32_t mtvec) {
  const auto base = mtvec & ~3u;
  return pc == base || ((mtvec & 3) == 1 && pc > base && pc - base < 4 * 32 && pc % 4 == 0);
}

}  // namespace

Profile::Profile(const Elf& elf, const Hart& hart, std::int64_t first, std::int64_t last)
    : elf_(elf), hart_(hart), first_(first), end_(last == INT64_MAX ? last : last + 1) {}

int Profile::function_at(std::uint32_t pc) {
  if (pc >= function_begin_ && pc < function_end_) return function_;
  const auto after =
      std::upper_bound(elf_.functions.begin(), elf_.functions.end(), pc,
                       [](std::uint32_t address, const Elf::Symbol& s) { return address < s.address; });
  function_ = nowhere;
  function_begin_ = pc;
  function_end_ = pc + 2;
  if (after == elf_.functions.begin()) return function_;
  const auto& symbol = *std::prev(after);
  // Labels of assembly have no size: they reach to the next.
  const auto end = symbol.size > 0                 ? symbol.address + symbol.size
                   : after != elf_.functions.end() ? after->address
                                                   : symbol.address + 4;
  if (pc >= end) return function_;
  function_ = static_cast<int>(std::prev(after) - elf_.functions.begin());
  function_begin_ = symbol.address;
  function_end_ = end;
  return function_;
}

std::size_t Profile::child(std::size_t node, int function) {
  const auto [found, is_new] = nodes_[node].children.try_emplace(function, nodes_.size());
  const auto index = found->second;
  if (is_new) nodes_.push_back({.function = function, .parent = node});
  return index;
}

void Profile::push(std::uint32_t pc, std::uint32_t return_address, bool trap) {
  if (stack_.size() >= deepest_calls) return;
  const auto node = child(stack_.empty() ? 0 : stack_.back().node, function_at(pc));
  ++nodes_[node].calls;
  stack_.push_back({node, return_address, trap});
}

void Profile::replace(std::uint32_t pc) {
  auto& top = stack_.back();
  if (nodes_[top.node].function == function_at(pc)) return;
  top.node = child(nodes_[top.node].parent, function_at(pc));
  ++nodes_[top.node].calls;
}

/// Back to who called. False: nobody of these did.
bool Profile::unwind(std::uint32_t pc) {
  for (auto depth = stack_.size(); depth-- > 1 && !stack_[depth].trap;)
    if (stack_[depth].return_address == pc) {
      stack_.resize(depth);
      return true;
    }
  return false;
}

void Profile::leave_trap(std::uint32_t pc) {
  for (auto depth = stack_.size(); depth-- > 1;)
    if (stack_[depth].trap) {
      stack_.resize(depth);
      break;
    }
  replace(pc);  // another task's
}

/// Where the instruction that ran has led.
void Profile::follow(std::uint32_t pc) {
  const auto behind = pc_ + instruction_.length;
  if (links_return(instruction_))
    push(pc, behind, false);
  else if (instruction_.op == Op::mret)
    leave_trap(pc);
  else if (instruction_.op != Op::jalr || !unwind(pc))
    replace(pc);
}

void Profile::charge(std::int64_t cycle) {
  const auto cycles = std::min(cycle, end_) - std::max(cycle_, first_);
  if (cycles <= 0) return;
  const auto node = stack_.back().node;
  nodes_[instruction_.op == Op::wfi ? child(node, waiting) : node].cycles += cycles;
}

bool Profile::before(std::uint32_t pc, const Instruction& instruction, std::int64_t cycle) {
  if (!began_) {
    push(pc, 0, false);
  } else {
    charge(cycle);
    const bool goes_on = pc == pc_ + instruction_.length && !links_return(instruction_);
    if (is_handler(pc, hart_.csr().mtvec) && !goes_on) {
      follow(hart_.csr().mepc);
      push(pc, 0, true);
    } else if (!goes_on || instruction_.op == Op::mret) {
      follow(pc);
    } else {
      replace(pc);
    }
  }
  began_ = true;
  pc_ = pc;
  instruction_ = instruction;
  cycle_ = cycle;
  return true;
}

void Profile::finish(std::int64_t cycle) {
  if (began_) charge(cycle);
  began_ = false;
}

std::string Profile::name(int function) const {
  if (function == waiting) return "(wfi)";
  return function == nowhere ? "(no function)" : elf_.functions[static_cast<std::size_t>(function)].name;
}

std::string Profile::folded() const {
  std::string text;
  for (std::size_t n = 1; n < nodes_.size(); ++n) {
    if (nodes_[n].cycles == 0) continue;
    std::string path = name(nodes_[n].function);
    for (auto up = nodes_[n].parent; up != 0; up = nodes_[up].parent)
      path = fmt::format("{};{}", name(nodes_[up].function), path);
    text += fmt::format("{} {}\n", path, nodes_[n].cycles);
  }
  return text;
}

std::vector<ProfileLine> Profile::lines() const {
  std::map<int, ProfileLine> by_function;
  for (std::size_t n = 1; n < nodes_.size(); ++n) {
    auto& own = by_function[nodes_[n].function];
    own.cycles += nodes_[n].cycles;
    own.calls += nodes_[n].calls;
    std::set<int> above;  // a function that calls itself counts once
    for (auto up = n; up != 0; up = nodes_[up].parent)
      if (above.insert(nodes_[up].function).second)
        by_function[nodes_[up].function].total_cycles += nodes_[n].cycles;
  }
  std::vector<ProfileLine> result;
  for (auto& [function, line] : by_function) {
    line.function = name(function);
    result.push_back(std::move(line));
  }
  std::ranges::stable_sort(result, std::greater(), &ProfileLine::cycles);
  return result;
}

}  // namespace stoic::platform
