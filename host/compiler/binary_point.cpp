#include "stoic/host/compiler/binary_point.hpp"

#include <algorithm>
#include <cmath>

#include "stoic/sim/io/error.hpp"

namespace stoic {

std::int64_t fraction_bits_for(double magnitude, std::int64_t width) {
  if (magnitude == 0) return 0;
  if (!std::isfinite(magnitude))
    throw Error(
        "a range of values is infinite, so that no binary point fits it; look for weights that are far "
        "too large");
  const double most = std::ldexp(1.0, static_cast<int>(width - 1)) - 1;
  int exponent = 0;
  std::frexp(magnitude, &exponent);  // 2^(exponent-1) <= magnitude < 2^exponent
  auto bits = width - 1 - exponent;  // exact but for rounding up to 2^(width-1)
  while (std::floor(std::ldexp(magnitude, static_cast<int>(bits)) + 0.5) > most) --bits;
  return bits;
}

std::int32_t quantise(double value, std::int64_t fraction_bits, std::int64_t width) {
  const double most = std::ldexp(1.0, static_cast<int>(width - 1)) - 1;
  const double code = std::floor(std::ldexp(value, static_cast<int>(fraction_bits)) + 0.5);
  return static_cast<std::int32_t>(std::clamp(code, -most - 1, most));
}

void quantise(std::span<const double> values, std::int64_t fraction_bits, std::int64_t width,
              std::int32_t* codes) {
  const double most = std::ldexp(1.0, static_cast<int>(width - 1)) - 1;
  // Two factors, since one may lie beyond the largest number where values are tiny. Both only move the point.
  const auto half = static_cast<int>(fraction_bits / 2);
  const double first = std::ldexp(1.0, half),
               second = std::ldexp(1.0, static_cast<int>(fraction_bits) - half);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double code = std::floor(values[i] * first * second + 0.5);
    codes[i] = static_cast<std::int32_t>(std::clamp(code, -most - 1, most));
  }
}

QuantisedMatrix quantise_matrix(const Eigen::MatrixXd& matrix, std::int64_t width,
                                std::optional<std::int64_t> most_bits) {
  QuantisedMatrix result;
  const double magnitude = matrix.cwiseAbs().maxCoeff();
  result.fraction_bits = fraction_bits_for(magnitude, width);
  if (most_bits)
    result.fraction_bits = magnitude == 0 ? *most_bits : std::min(result.fraction_bits, *most_bits);
  result.codes.resize(matrix.rows(), matrix.cols());
  quantise({matrix.data(), static_cast<std::size_t>(matrix.size())}, result.fraction_bits, width,
           result.codes.data());
  return result;
}

}  // namespace stoic
