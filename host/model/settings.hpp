#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace stoic {

struct Recipe;

/// A key of a recipe, dotted where it is nested ("training.epochs"), and the value that it is to have.
using Setting = std::pair<std::string, nlohmann::json>;

/// Reads "key=value"; the value is JSON, or text where that fails. An object as value names several keys:
/// training={"epochs": 3} is training.epochs=3. Throws Error.
std::vector<Setting> read_setting(const std::string& assignment);

/// The same for a key with a JSON value. Throws Error for a key that setting_text() could not write down.
std::vector<Setting> read_setting(const std::string& key, const nlohmann::json& value);

/// "key=value", which read_setting() reads back.
std::string setting_text(const Setting& setting);

/// Throws Error when two settings are of the same key, or one of a key within the other's.
void require_distinct(const std::vector<Setting>& settings);

/// Gives the keys of `object` their values. Throws Error when they are not distinct, and for a key within a
/// value that holds none.
void apply_settings(const std::vector<Setting>& settings, nlohmann::json& object);

/// Why a training of `recipe` would be the same whatever the value of `key`; empty when it would not.
std::string without_effect(const Recipe& recipe, const std::string& key);

}  // namespace stoic
