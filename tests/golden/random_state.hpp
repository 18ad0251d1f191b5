#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "stoic/sim/contract/config.hpp"

namespace stoic::golden {

/// Uniform whole numbers from least to most, both included, extremes more often than chance.
inline std::vector<std::int32_t> random_codes(std::size_t count, std::int64_t least, std::int64_t most,
                                              std::mt19937_64& random) {
  std::uniform_int_distribution<std::int64_t> any(least, most);
  std::vector<std::int32_t> codes(count);
  for (auto& code : codes) {
    const auto pick = random() % 16;
    code = static_cast<std::int32_t>(pick == 0 ? least : pick == 1 ? most : any(random));
  }
  return codes;
}

/// An instance with small memories: `lanes`, widths and units as given.
inline HardwareConfig instance(std::int64_t lanes, std::int64_t state_width, std::int64_t weight_width,
                               std::int64_t function_units = 1) {
  HardwareConfig config = load_hardware_config("default");
  config.name = "test";
  config.lanes = lanes;
  config.state_width = state_width;
  config.weight_width = weight_width;
  config.accumulator_width = 2 * state_width + 8;
  config.function_units = function_units;
  return config;
}

}  // namespace stoic::golden
