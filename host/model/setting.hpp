#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace stoic {

/// A value as people write it on a command line: numbers in decimal (".01", "1.", "+1", "1e-3", "007"; whole
/// when their value is whole), "true", "True", "yes", "on" and their opposites, "null", "None", lists,
/// objects and quoted texts as JSON, 'text' in single quotes, anything else as text. Spaces around it do not
/// count. Throws Error, naming `where`, when it is empty, no finite number, or a list, object or quoted text
/// that is not closed.
nlohmann::json setting_value(std::string_view text, const std::string& where);

/// A key without the spaces around it.
std::string setting_key(std::string_view text);

/// Gives a dotted key its value; null takes the key away. Throws Error, naming `where`, where a key on the
/// way holds no other keys.
void set_key(const std::string& path, nlohmann::json value, nlohmann::json& object, const std::string& where);

/// Sets a dotted key in a JSON object from "training.epochs=3"; spaces around key and value do not count.
/// Null takes the key away, so that its default holds. Throws Error for what does not read so, and where a
/// key on the way holds no other keys.
void apply_setting(const std::string& assignment, nlohmann::json& object);

}  // namespace stoic
