#include "stoic/host/compiler/input_format.hpp"

#include <cmath>

#include "stoic/host/compiler/binary_point.hpp"
#include "stoic/host/compiler/input_codes.hpp"

namespace stoic {

InputFormat input_format(const Recipe& recipe, bool real_values, const Range& seen,
                         const HardwareConfig& config) {
  const auto width = config.state_width;
  const double scale = recipe.scale_of(real_values);
  if (!real_values) return {"pixels", {0, 255}, pixel_state_bits(width), pixel_state(255, width), 255, scale};
  const auto bits = fraction_bits_for(range_margin * seen.magnitude(), width);
  const auto largest = std::int64_t{1} << (width - 1);
  return {"inputs", seen, bits, largest, std::ldexp(static_cast<double>(largest), -static_cast<int>(bits)),
          scale};
}

}  // namespace stoic
