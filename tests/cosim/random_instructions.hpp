#pragma once
#include <optional>

#include "case.hpp"
#include "draw.hpp"

namespace stoic::cosim {

/// The part of a memory that a Case writes.
struct Window {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Draws instructions that an instance accepts, reading weights and tables within the windows only.
class InstructionDraw {
 public:
  InstructionDraw(const HardwareConfig& config, Draw& draw, Window weights, Window tables, Window state)
      : config_(config), draw_(draw), weights_(weights), tables_(tables), state_(state) {}

  /// Any instruction but LOOP, END and HALT that takes `most_cycles` and `most_words` at most. Empty when
  /// none was found.
  std::optional<Instruction> valid(std::int64_t most_cycles, std::int64_t most_words);

  /// An instruction that check_operands refuses with `status` (ILLEGAL_OPERAND to OPERAND_OVERLAP), as an
  /// item: one field or several are changed. Empty when none was found.
  std::optional<Item> faulty(int status);

 private:
  Instruction candidate(std::int64_t most_cycles);
  Load load(std::int64_t beats);
  Store store(std::int64_t beats);
  Matvec matvec(std::int64_t beats);
  Bundle bundle(std::int64_t beats);
  Function function(std::int64_t beats);
  Normalise normalise(std::int64_t beats);
  Copy copy(std::int64_t beats);
  Rotate rotate(std::int64_t beats);

  std::int64_t length(std::int64_t most_beats);
  std::int64_t vector(std::int64_t beats);
  std::int64_t shift(std::int64_t usual);
  void table(std::int64_t& first, std::int64_t& segments, std::int64_t& segment_shift);
  template <class T>
  void spoil(T& instruction);

  const HardwareConfig& config_;
  Draw& draw_;
  Window weights_, tables_, state_;
};

}  // namespace stoic::cosim
