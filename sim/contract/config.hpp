#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace stoic {

/// One accelerator instance: the numbers of hw-configs/NAME.json.
struct HardwareConfig {
  std::string name;
  std::string target;                  ///< the device it is meant for; free text
  std::int64_t lanes = 0;              ///< multipliers; element i of a vector lives in lane i mod lanes
  std::int64_t state_width = 0;        ///< bits of a state word, two's complement
  std::int64_t weight_width = 0;       ///< bits of a weight, two's complement
  std::int64_t accumulator_width = 0;  ///< bits of an accumulator
  std::int64_t state_words_per_lane = 0;
  std::int64_t weight_words = 0;   ///< beats: one weight for every lane
  std::int64_t program_words = 0;  ///< of 64 bits
  std::int64_t table_words = 0;    ///< of state_width + table_guard_bits bits
  std::int64_t table_guard_bits = 0;
  std::int64_t function_units = 0;      ///< table look-ups a cycle
  std::int64_t loop_depth = 0;          ///< loops that may be nested
  std::int64_t input_buffer_beats = 0;  ///< input beats that are taken while the engine computes

  bool operator==(const HardwareConfig&) const = default;
  std::int64_t state_max() const { return (std::int64_t{1} << (state_width - 1)) - 1; }
  std::int64_t state_min() const { return -(std::int64_t{1} << (state_width - 1)); }
  std::int64_t weight_max() const { return (std::int64_t{1} << (weight_width - 1)) - 1; }
  /// State words that a vector of `length` elements occupies in every lane: ceil(length / lanes).
  std::int64_t beats(std::int64_t length) const { return (length + lanes - 1) / lanes; }
};

/// Reads and checks an instance; `where` names it in messages. Throws Error.
HardwareConfig parse_hardware_config(std::string_view json_text, const std::string& where);

/// A built-in instance by name (tiny, compact, small, default, wide), or a .json file by its path. Throws
/// Error.
HardwareConfig load_hardware_config(const std::string& name_or_path);

/// The instance as JSON with all keys in a fixed order.
std::string hardware_config_text(const HardwareConfig& config);

/// FNV-1a, 32 bits, over "key=value;" of every number in alphabetical order and the interface version. Name
/// and target do not count: equal numbers are the same accelerator.
std::uint32_t config_hash(const HardwareConfig& config);

}  // namespace stoic
