#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "stoic/sim/platform/elf.hpp"
#include "stoic/sim/platform/hart.hpp"
#include "stoic/sim/platform/platform.hpp"

namespace stoic::platform {

/// Where the clock cycles go: by function and by the calls that led there. A call is an instruction that links, a return one
/// that jumps back; a function that jumps to another is replaced by it, traps stand on what they interrupt, and what WFI
/// waits is a function "(wfi)" of its own.
class Profile : public Observer {
 public:
  /// Counts the cycles from `first` to `last`. `elf` and `hart` must outlive it.
  Profile(const Elf& elf, const Hart& hart, std::int64_t first, std::int64_t last);
  bool before(std::uint32_t pc, const Instruction& instruction, std::int64_t cycle) override;
  /// The run ended in this cycle.
  void finish(std::int64_t cycle);
  /// "main;stoic_run 1234" a line: cycles of a function itself, after the functions that called it. What flame graphs are
  /// made of.
  std::string folded() const;
  /// By function, most cycles of its own first.
  std::vector<ProfileLine> lines() const;

 private:
  static constexpr int nowhere = -1, waiting = -2;  ///< numbers of what is no function

  struct Node {
    int function = nowhere;
    std::size_t parent = 0;
    std::int64_t cycles = 0, calls = 0;
    std::map<int, std::size_t> children;
  };
  struct Frame {
    std::size_t node;
    std::uint32_t return_address;
    bool trap;
  };

  int function_at(std::uint32_t pc);
  std::size_t child(std::size_t node, int function);
  void charge(std::int64_t cycle);
  void follow(std::uint32_t pc);
  void push(std::uint32_t pc, std::uint32_t return_address, bool trap);
  void replace(std::uint32_t pc);
  bool unwind(std::uint32_t pc);
  void leave_trap(std::uint32_t pc);
  std::string name(int function) const;

  const Elf& elf_;
  const Hart& hart_;
  const std::int64_t first_, end_;
  std::vector<Node> nodes_{1};  ///< the first is above all others
  std::vector<Frame> stack_;
  int function_ = nowhere;                               ///< the latest found
  std::uint32_t function_begin_ = 0, function_end_ = 0;  ///< its code
  bool began_ = false;
  std::uint32_t pc_ = 0;  ///< of the instruction that runs
  Instruction instruction_;
  std::int64_t cycle_ = 0;  ///< when it began
};

}  // namespace stoic::platform
