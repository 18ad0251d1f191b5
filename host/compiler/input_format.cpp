#include "stoic/host/compiler/input_format.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "stoic/host/compiler/binary_point.hpp"
#include "stoic/host/compiler/input_codes.hpp"

namespace stoic {

InputFormat input_format(const Recipe& recipe, const Samples& samples, const Range& seen,
                         const HardwareConfig& config) {
  const auto width = config.state_width;
  const double scale = recipe.scale_of(samples.are_real());
  if (!samples.are_real())
    return {"pixels", {0, 255}, pixel_state_bits(width), pixel_state(255, width), 255, scale};
  const auto bits = fraction_bits_for(range_margin * seen.magnitude(), width);
  const auto largest = std::int64_t{1} << (width - 1);
  return {"inputs", seen, bits, largest, std::ldexp(static_cast<double>(largest), -static_cast<int>(bits)),
          scale};
}

Range range_of(const Samples& samples) {
  Range range;
  std::vector<double> values(static_cast<std::size_t>(samples.length()));
  for (std::int64_t s = 0; s < samples.size(); ++s) {
    samples.read(s, values);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    range.least = std::min(range.least, *least);
    range.most = std::max(range.most, *most);
  }
  return range;
}

}  // namespace stoic
