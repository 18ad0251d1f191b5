#pragma once
#include <cstdint>
#include <string>

#include "stoic/host/compiler/network_builder.hpp"
#include "stoic/host/data/samples.hpp"
#include "stoic/host/model/recipe.hpp"

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

/// Pixels are what they are. Real values get the most fraction bits that hold the range of `samples` with a
/// margin of 1/4; what lies beyond saturates.
InputFormat input_format(const Recipe& recipe, const Samples& samples, const Range& seen,
                         const HardwareConfig& config);

/// Of all elements, as the network gets them.
Range range_of(const Samples& samples);

}  // namespace stoic
