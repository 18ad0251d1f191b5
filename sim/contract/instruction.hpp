#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "stoic/generated/instructions.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic {

/// What the accelerator makes of the program words at a slot.
struct Decoded {
  int status;               ///< STOIC_STATUS_CODE_OK, _PROGRAM_ADDRESS or _ILLEGAL_OPCODE
  Instruction instruction;  ///< meaningful when status is OK
  /// Program words that it occupies, also when it runs over the end of the memory; 1 when there is none.
  std::int64_t words;
};

/// Decodes the instruction whose first word is program[slot]; reserved bits are ignored.
Decoded decode(std::span<const std::uint64_t> program, std::int64_t slot);

/// The program words of an instruction. Throws Error when a field does not fit its bits.
std::vector<std::uint64_t> encode(const Instruction& instruction);

/// Program words that an instruction occupies.
std::int64_t words(const Instruction& instruction);

/// The check that the engine makes before the first beat: operand values, then state, weight and table
/// addresses, then overlap. Returns a status code. Loops are checked when they run.
int check_operands(const Instruction& instruction, const HardwareConfig& config);

/// Cycles of one instruction from its fetch to the next one's, without stalls.
std::int64_t cycles(const Instruction& instruction, const HardwareConfig& config);

/// Cycles in which the lanes multiply for MATVEC or BUNDLE (counter MAC_CYCLES).
std::int64_t mac_cycles(const Instruction& instruction, const HardwareConfig& config);

/// The one rounding of the contract: value * 2^-shift, ties towards +infinity, exact for shift <= 0.
struct Rounded {
  std::int64_t value;
  bool saturated;
};

/// Rounds and saturates to [least, most]. shift from -64 to 63; nothing overflows on the way.
inline Rounded round_and_saturate(std::int64_t value, std::int64_t shift, std::int64_t least,
                                  std::int64_t most) {
  if (shift > 0) {
    value = (value >> shift) + ((value >> (shift - 1)) & 1);
  } else if (shift < 0) {
    const std::int64_t left = -shift;
    if (left >= 40) {
      if (value != 0) return {value > 0 ? most : least, true};
    } else {
      if (value > (most >> left)) return {most, true};
      if (value < (least >> left)) return {least, true};
      value *= std::int64_t{1} << left;
    }
  }
  if (value > most) return {most, true};
  if (value < least) return {least, true};
  return {value, false};
}

/// The table unit, shared by FUNCTION and NORMALISE: linear interpolation between the knots of a table, on an
/// argument that is already reduced to the distance from the first knot.
struct TableLookup {
  std::span<const std::int32_t> knots;  ///< segments + 1
  std::int64_t segments;
  std::int64_t segment_shift;
  std::int64_t guard_bits;

  /// knots[i] + (knots[i+1] - knots[i]) * fraction, rounded from guard bits to a state and saturated.
  Rounded operator()(std::int64_t distance, std::int64_t least, std::int64_t most) const;
  /// Whether `distance` lies outside the table, where the nearest end stands in.
  bool outside(std::int64_t distance) const { return distance < 0 || distance > (segments << segment_shift); }
};

/// FUNCTION on one element. `counted` tells whether the element counts as a saturation.
struct FunctionResult {
  std::int64_t value;
  bool counted;
};
FunctionResult apply_function(const Function& function, const TableLookup& table,
                              const HardwareConfig& config, std::int64_t argument);

/// NORMALISE on one vector v: d = v / |v| in units of 2^(state_width-1-result_shift); a zero vector becomes
/// e_z.
///
/// The exact sum of squares is shifted by an even number of bits to t in [1,4) with state_width-2 fraction
/// bits (cut, not rounded); the table gives 2^(state_width-1)/sqrt(t), a state; each component is multiplied
/// by it and shifted back.
void normalise_vector(const std::int64_t (&v)[3], const TableLookup& table, std::int64_t result_shift,
                      const HardwareConfig& config, Rounded (&d)[3]);

}  // namespace stoic
