#include "stoic/host/compiler/binary_point.hpp"

#include <algorithm>
#include <cmath>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

double largest_code(std::int64_t width) { return std::ldexp(1.0, static_cast<int>(width - 1)) - 1; }

/// Of a value in units of the last place.
std::int32_t code_of(double units, double most) {
  return static_cast<std::int32_t>(std::clamp(std::floor(units + 0.5), -most - 1, most));
}

}  // namespace

std::int64_t fraction_bits_for(double magnitude, std::int64_t width) {
  if (magnitude == 0) return 0;
  if (!std::isfinite(magnitude))
    throw Error(
        "a range of values is infinite, so that no binary point fits it; look for weights that are far "
        "too large");
  const double most = largest_code(width);
  int exponent = 0;
  std::frexp(magnitude, &exponent);  // 2^(exponent-1) <= magnitude < 2^exponent
  auto bits = width - 1 - exponent;  // exact but for rounding up to 2^(width-1)
  while (std::floor(std::ldexp(magnitude, static_cast<int>(bits)) + 0.5) > most) --bits;
  return bits;
}

std::int32_t quantise(double value, std::int64_t fraction_bits, std::int64_t width) {
  return code_of(std::ldexp(value, static_cast<int>(fraction_bits)), largest_code(width));
}

void quantise(std::span<const double> values, std::int64_t fraction_bits, std::int64_t width,
              std::int32_t* codes) {
  const double most = largest_code(width);
  // Two factors, since one may lie beyond the largest number where values are tiny. Both only move the point.
  const auto half = static_cast<int>(fraction_bits / 2);
  const double first = std::ldexp(1.0, half),
               second = std::ldexp(1.0, static_cast<int>(fraction_bits) - half);
  for (std::size_t i = 0; i < values.size(); ++i) codes[i] = code_of(values[i] * first * second, most);
}

std::int64_t fraction_bits_for(const Eigen::MatrixXd& matrix, std::int64_t width,
                               std::optional<std::int64_t> most_bits) {
  const double magnitude = matrix.cwiseAbs().maxCoeff();
  const auto bits = fraction_bits_for(magnitude, width);
  if (!most_bits) return bits;
  return magnitude == 0 ? *most_bits : std::min(bits, *most_bits);
}

QuantisedMatrix quantise_matrix(const Eigen::MatrixXd& matrix, std::int64_t width,
                                std::optional<std::int64_t> most_bits) {
  QuantisedMatrix result{Eigen::MatrixXi(matrix.rows(), matrix.cols()),
                         fraction_bits_for(matrix, width, most_bits)};
  quantise({matrix.data(), static_cast<std::size_t>(matrix.size())}, result.fraction_bits, width,
           result.codes.data());
  return result;
}

}  // namespace stoic
