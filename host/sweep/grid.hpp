#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stoic/host/model/settings.hpp"

namespace stoic {

/// One key of the recipe and the values that it takes.
struct SweepAxis {
  std::string key;                     ///< dotted, as in --set
  std::vector<nlohmann::json> values;  ///< numbers, texts or lists
  bool logarithmic = false;            ///< what a plot of it should be: equal ratios, or a factor of 100
  bool ranged = false;                 ///< given as {"from", "to", "count"}

  /// The settings of value number `position`.
  std::vector<Setting> settings(std::size_t position) const { return read_setting(key, values[position]); }
};

/// The settings of value number `position`, as texts such as "training.epochs=3".
std::vector<std::string> settings_at(const SweepAxis& axis, std::size_t position);

/// Reads one key's list of values, or range. Throws Error that begins with `place`.
SweepAxis read_axis(const std::string& key, const nlohmann::json& values, const std::string& place);

/// Reads the object "grid" of a sweep. Throws Error that names `where`, the key and the reason.
std::vector<SweepAxis> read_grid(const nlohmann::json& grid, const std::string& where);

/// Rounds the range of a key that takes whole numbers, as `recipe` (a recipe's text, parsed) tells, and keeps
/// one of the values that are then equal. Returns what it did, as one line; nothing where nothing changed.
std::string round_whole_numbers(SweepAxis& axis, const nlohmann::json& recipe);

/// "Oe" of "coupling_Oe"; empty for a key without a unit in its name.
std::string unit_of(const std::string& key);

}  // namespace stoic
