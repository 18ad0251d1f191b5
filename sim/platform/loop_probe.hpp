#pragma once
#include <array>
#include <cstdint>
#include <unordered_map>

#include "stoic/sim/platform/hart.hpp"

namespace stoic::platform {

/// Finds out whether firmware goes round in a loop that cannot end by itself: it comes back to an instruction with all
/// registers and all memory as they were. What the loop has loaded from devices is in the registers, so they have said
/// the same; who asks must know that they will go on so.
class LoopProbe : public Observer {
 public:
  explicit LoopProbe(const Hart& hart) : hart_(hart) {}

  /// Begins at the next instruction.
  void begin();
  /// Whether it looks at instructions.
  bool active() const { return active_; }
  /// A device was written, or an interrupt taken: a loop that does so is none.
  void cancel() { active_ = false; }
  void forget() { period_ = 0; }
  /// Instructions of the loop that was found; 0: none. It lies from `lowest` to `highest`.
  std::int64_t period() const { return period_; }
  std::uint32_t lowest() const { return lowest_; }
  std::uint32_t highest() const { return highest_; }

  /// False when a loop was found, and `next`, which sees the instruction otherwise, will see it when it is executed.
  bool before(std::uint32_t pc, const Instruction& instruction, std::int64_t cycle) override;
  Observer* next = nullptr;

 private:
  std::array<std::uint32_t, 6> csrs() const;
  bool is_back(std::uint32_t pc) const;
  void note_store(const Instruction& instruction);

  const Hart& hart_;
  bool active_ = false;
  std::int64_t seen_ = 0;
  std::int64_t period_ = 0;
  std::uint32_t pc_ = 0, lowest_ = 0, highest_ = 0;
  std::array<std::uint32_t, 32> registers_{};
  std::array<std::uint32_t, 6> csrs_{};                      ///< those that firmware may keep something in
  std::unordered_map<std::uint32_t, unsigned char> stored_;  ///< what was where the loop has stored since
};

}  // namespace stoic::platform
