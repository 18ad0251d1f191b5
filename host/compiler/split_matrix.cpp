#include "stoic/host/compiler/split_matrix.hpp"

#include <algorithm>
#include <cmath>

namespace stoic {
namespace {

/// The most fraction bits with which the largest row sum of |weights| times any state takes a quarter of the
/// accumulator.
std::int64_t accumulator_bits(const Eigen::MatrixXd& matrix, const HardwareConfig& config) {
  const double largest = matrix.cwiseAbs().rowwise().sum().maxCoeff();
  const auto room = config.accumulator_width - 2 - config.state_width;
  return static_cast<std::int64_t>(std::floor(static_cast<double>(room) - std::log2(largest)));
}

/// Bits of a low part whose rows, whatever they hold, take a quarter of the accumulator.
std::int64_t low_width(Eigen::Index columns, const HardwareConfig& config) {
  const auto columns_log = static_cast<std::int64_t>(std::ceil(std::log2(static_cast<double>(columns))));
  return std::min(config.weight_width, config.accumulator_width - config.state_width - columns_log);
}

}  // namespace

bool weights_are_narrow(const HardwareConfig& config) { return config.weight_width < 12; }

SplitMatrix split_matrix(const Eigen::MatrixXd& matrix, const HardwareConfig& config, std::int64_t most_bits,
                         bool twice, std::int64_t most_low_bits) {
  const auto width = config.weight_width;
  const double largest = matrix.cwiseAbs().maxCoeff();
  auto high_bits = most_bits;
  if (largest > 0)
    high_bits = std::min({high_bits, fraction_bits_for(largest, width), accumulator_bits(matrix, config)});
  const auto low = std::min(low_width(matrix.cols(), config), most_low_bits - high_bits);
  if (!twice || low < 1) return {quantise_matrix(matrix, width, high_bits), {}};
  SplitMatrix result{{Eigen::MatrixXi(matrix.rows(), matrix.cols()), high_bits},
                     QuantisedMatrix{Eigen::MatrixXi(matrix.rows(), matrix.cols()), high_bits + low}};
  const std::int64_t unit = std::int64_t{1} << low, most = unit / 2 - 1,
                     most_high = (std::int64_t{1} << (width - 1)) - 1;
  for (Eigen::Index i = 0; i < matrix.size(); ++i) {
    const auto code =
        static_cast<std::int64_t>(std::floor(std::ldexp(matrix(i), static_cast<int>(high_bits + low)) + 0.5));
    const auto high = std::clamp<std::int64_t>((code + unit / 2) >> low, -most_high - 1, most_high);
    result.high.codes(i) = static_cast<int>(high);
    result.low->codes(i) = static_cast<int>(std::clamp<std::int64_t>(code - high * unit, -most - 1, most));
  }
  return result;
}

}  // namespace stoic
