#include "stoic/host/model/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "stoic/host/model/recipe.hpp"
#include "stoic/host/model/setting.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

using nlohmann::json;

/// Brackets within brackets: a recipe has two levels.
constexpr int deepest = 16;

void collect(const std::string& key, const json& value, int depth, std::vector<Setting>& settings) {
  if (depth > deepest) throw Error(fmt::format("\"{:.40}...\": a recipe has no keys as deep as that", key));
  if (!value.is_object()) return settings.emplace_back(key, value), void();
  if (value.empty()) throw Error(fmt::format("\"{}\": {{}} sets nothing; name the keys in it", key));
  for (const auto& [name, inner] : value.items())
    collect(fmt::format("{}.{}", key, name), inner, depth + 1, settings);
}

/// Whether anything is trained that weight decay acts on.
bool any_decays(const Recipe& recipe) {
  const auto shapes = recipe.matrices();
  return recipe.has_read_in() || recipe.attractors().size() == 0 ||
         std::any_of(shapes.begin(), shapes.end(), [](const auto& m) { return m.trained && m.decays; });
}

}  // namespace

std::vector<Setting> read_setting(const std::string& assignment) {
  const auto where = fmt::format("override \"{}\"", assignment);
  const auto equals = assignment.find('=');
  const auto key = setting_key(assignment.substr(0, equals));
  if (equals == std::string::npos || key.empty())
    throw Error(fmt::format("{}: must read key=value, as in training.epochs=3", where));
  return read_setting(key, setting_value(std::string_view(assignment).substr(equals + 1), where));
}

std::vector<Setting> read_setting(const std::string& key, const json& value) {
  std::vector<Setting> settings;
  collect(key, value, 0, settings);
  for (const auto& [name, inner] : settings)
    if (name.find('=') != name.npos || setting_key(name) != name)
      throw Error(
          fmt::format("\"{:.40}\": no key has \"=\" in it or a space at its end; write key=value, as in "
                      "training.epochs=3",
                      name));
  return settings;
}

std::string setting_text(const Setting& setting) {
  const auto& [key, value] = setting;
  const auto text = value.is_string() ? value.get<std::string>() : json_text(value);
  if (!value.is_string()) return fmt::format("{}={}", key, text);
  // In quotes, unless it reads as itself without.
  bool plain = false;
  try {
    plain = setting_value(text, key) == value;
  } catch (const Error&) {
  }
  return fmt::format("{}={}", key, plain ? text : json_text(value));
}

void require_distinct(const std::vector<Setting>& settings) {
  std::map<std::string_view, const Setting*> by_key;
  const auto refuse = [](const Setting& first, const Setting& second) {
    throw Error(fmt::format("\"{}\" is set twice, by {} and by {}; keep one",
                            std::min(first.first, second.first), setting_text(first), setting_text(second)));
  };
  for (const auto& setting : settings)
    if (const auto [earlier, is_new] = by_key.emplace(setting.first, &setting); !is_new)
      refuse(*earlier->second, setting);
  for (const auto& setting : settings) {  // a key within another
    const std::string_view key = setting.first;
    for (auto dot = key.find('.'); dot != key.npos; dot = key.find('.', dot + 1))
      if (const auto outer = by_key.find(key.substr(0, dot)); outer != by_key.end())
        refuse(*outer->second, setting);
  }
}

void apply_settings(const std::vector<Setting>& settings, json& object) {
  require_distinct(settings);
  for (const auto& setting : settings)
    set_key(setting.first, setting.second, object, fmt::format("override \"{}\"", setting_text(setting)));
}

std::string without_effect(const Recipe& recipe, const std::string& key) {
  const auto& training = recipe.training;
  if (key == "training.momentum" && training.optimizer != "sgd")
    return fmt::format("is of the optimizer \"sgd\", not of \"{}\"", training.optimizer);
  if ((key == "training.step_epochs" || key == "training.step_factor") && training.schedule != "step")
    return fmt::format("is of the schedule \"step\", not of \"{}\"", training.schedule);
  if (key == "training.weight_decay" && !any_decays(recipe))
    return fmt::format("is of weights that \"{}\" does not train", recipe.dynamics());
  if (key == "temperature_K") return "is for stoic eval in float; no training reads it";
  return "";
}

}  // namespace stoic
