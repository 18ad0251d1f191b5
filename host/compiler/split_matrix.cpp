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
                         std::int64_t most_parts, std::int64_t most_low_bits) {
  const auto width = config.weight_width;
  const double largest = matrix.cwiseAbs().maxCoeff();
  auto bits = most_bits;
  if (largest > 0)
    bits = std::min({bits, fraction_bits_for(largest, width), accumulator_bits(matrix, config)});
  SplitMatrix result;
  std::vector<std::int64_t> rooms{width};  // bits of a code of each part
  result.parts.push_back({Eigen::MatrixXi(matrix.rows(), matrix.cols()), bits});
  for (std::int64_t part = 1; part < most_parts; ++part) {
    const auto room = std::min(low_width(matrix.cols(), config), most_low_bits - bits);
    if (room < 1) break;
    rooms.push_back(room);
    result.parts.push_back({Eigen::MatrixXi(matrix.rows(), matrix.cols()), bits += room});
  }
  const auto within = [](std::int64_t code, std::int64_t room) {
    const auto most = std::int64_t{1} << (room - 1);
    return std::clamp<std::int64_t>(code, -most, most - 1);
  };
  for (Eigen::Index i = 0; i < matrix.size(); ++i) {
    // From the finest part on: what its word holds, then what is left to the one before it.
    auto code = static_cast<std::int64_t>(std::floor(std::ldexp(matrix(i), static_cast<int>(bits)) + 0.5));
    for (auto k = rooms.size(); k-- > 1;) {
      const auto unit = std::int64_t{1} << rooms[k];
      auto before = (code + unit / 2) >> rooms[k];
      if (k == 1) before = within(before, width);
      result.parts[k].codes(i) = static_cast<int>(within(code - before * unit, rooms[k]));
      code = before;
    }
    result.parts[0].codes(i) = static_cast<int>(within(code, width));
  }
  return result;
}

}  // namespace stoic
