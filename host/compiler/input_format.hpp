#pragma once
#include <cstdint>
#include <string>

#include "stoic/host/compiler/range.hpp"
#include "stoic/host/model/recipe.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic {

/// How an element v of a sample, a pixel or a (standardised) real value, stands on the input stream:
/// v = code * 2^-fraction_bits, and u = scale * v + input_offset.
struct InputFormat {
  std::string name;  ///< of the vector: "pixels" or "inputs"
  Range range;       ///< of v
  std::int64_t fraction_bits = 0;
  std::int64_t largest_code = 0;  ///< in magnitude
  double reach = 0;               ///< the largest |v| that a code stands for
  double scale = 1;
};

/// Pixels are what they are. Real values get the most fraction bits that hold the range seen of them with a
/// margin of 1/4; what lies beyond saturates.
InputFormat input_format(const Recipe& recipe, bool real_values, const Range& seen,
                         const HardwareConfig& config);

}  // namespace stoic
