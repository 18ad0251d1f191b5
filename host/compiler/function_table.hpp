#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "stoic/generated/instructions.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic {

/// The knots of an interpolated function and how it is addressed.
struct FunctionTable {
  std::string name;                 ///< "tanh", "reciprocal square root"
  std::vector<std::int32_t> knots;  ///< segments + 1, states with table_guard_bits more fraction bits
  std::int64_t segments = 0;
  std::int64_t segment_shift = 0;
  std::int64_t origin = 0;   ///< code of the first knot
  double largest_error = 0;  ///< over the codes looked at, in units of the last place of the result
};

/// tanh of states with `input_fraction_bits`, as states with state_width-1 fraction bits; an odd function.
/// Takes the finest segments that `table_words` holds; the result is within 1 unit in the last place
/// (asserted over every code of up to 16 bits, every 2^(state_width-16)th otherwise), monotone and odd.
/// Throws Error when the table does not fit or misses the bound, with the number of words that would do.
FunctionTable tanh_table(std::int64_t input_fraction_bits, const HardwareConfig& config,
                         std::int64_t table_words);

/// The FUNCTION instruction of a tanh table, without its operands.
Function tanh_function(const FunctionTable& table);

/// tanh of arguments that are knots, in two words: `high` gives the nearest state with state_width-1 fraction bits,
/// `low` what that leaves, as states with `low_fraction_bits`. Both go with tanh_function() and have the finest
/// knots that `table_words` hold of both. Throws Error when they do not fit.
struct TanhInTwoWords {
  FunctionTable high, low;
  std::int64_t low_fraction_bits = 0;
};
TanhInTwoWords tanh_in_two_words(std::int64_t input_fraction_bits, const HardwareConfig& config,
                                 std::int64_t table_words);

/// max(x, 0) in three knots, for a FUNCTION that keeps the binary point: exact for every code with a guard
/// bit or more, within 1 unit without. Throws Error when it does not fit.
FunctionTable rectifier_table(const HardwareConfig& config, std::int64_t table_words);

/// The FUNCTION instruction of a rectifier table, without its operands.
Function rectifier_function(const FunctionTable& table);

/// min(max(x, -limit), limit) of states with `input_fraction_bits`, as states with `output_fraction_bits`, no
/// fewer: exact but for the limit itself, which moves to the next whole number of segments. Throws Error when
/// it does not fit.
FunctionTable bound_table(double limit, std::int64_t input_fraction_bits, std::int64_t output_fraction_bits,
                          const HardwareConfig& config, std::int64_t table_words);

/// The FUNCTION instruction of such a table, without its operands; the limit that it has, in codes.
Function bound_function(const FunctionTable& table);

/// H_s as a function of m_x: scale / (1 + asymmetry m_x) for |m_x| <= reach, in states with these fraction
/// bits.
struct SpinTorque {
  std::int64_t input_fraction_bits, output_fraction_bits;
  double scale, asymmetry, reach;
};
/// Its table, within 1 unit in the last place over that range (asserted as for tanh); outside it saturates
/// and counts. Throws Error when it does not fit.
FunctionTable spin_torque_table(const SpinTorque& function, const HardwareConfig& config,
                                std::int64_t table_words);

/// The FUNCTION instruction of such a table, without its operands.
Function spin_torque_function(const FunctionTable& table);

/// 1 / (1 + exp(-z)) of states with `input_fraction_bits`, as states with state_width-1 fraction bits, within
/// 1 unit in the last place (asserted as for tanh). Throws Error when it does not fit.
FunctionTable sigmoid_table(std::int64_t input_fraction_bits, const HardwareConfig& config,
                            std::int64_t table_words);

/// The FUNCTION instruction of such a table, without its operands.
Function sigmoid_function(const FunctionTable& table);

/// sin of states with `input_fraction_bits`, as states with `output_fraction_bits`, for every code; an odd
/// function, within 1 unit in the last place (asserted as for tanh). Throws Error when it does not fit.
FunctionTable sine_table(std::int64_t input_fraction_bits, std::int64_t output_fraction_bits,
                         const HardwareConfig& config, std::int64_t table_words);

/// The FUNCTION instruction of such a table, without its operands.
Function sine_function(const FunctionTable& table);

/// 2^(state_width-1) / sqrt(t) for t in [1,4), the mantissas of NORMALISE. Throws Error when it does not fit.
FunctionTable reciprocal_root_table(const HardwareConfig& config, std::int64_t table_words);

}  // namespace stoic
