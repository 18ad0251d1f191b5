#include "stoic/host/compare/curve_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace stoic {
namespace {

/// What a legend has room for.
constexpr std::size_t longest_name = 72;

/// Keys and values of an object, those of objects in it dotted, in their order.
using Keys = std::vector<std::pair<std::string, std::string>>;

void flatten(const nlohmann::ordered_json& object, const std::string& before, Keys& keys) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object())
      flatten(value, before + key + ".", keys);
    else
      keys.emplace_back(before + key, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

bool all_different(const std::vector<std::string>& names) {
  return std::set(names.begin(), names.end()).size() == names.size();
}

/// The differing keys of each recipe.
std::vector<std::string> differences(const std::vector<Recipe>& recipes) {
  std::vector<std::map<std::string, std::string>> values;
  std::vector<std::string> order;
  for (const auto& recipe : recipes) {
    Keys keys;
    flatten(nlohmann::ordered_json::parse(recipe_text(recipe)), "", keys);
    values.emplace_back(keys.begin(), keys.end());
    for (const auto& [key, value] : keys)
      if (std::find(order.begin(), order.end(), key) == order.end()) order.push_back(key);
  }
  std::vector<std::string> names(recipes.size());
  for (const auto& key : order) {
    std::vector<std::string> here;
    for (const auto& keys : values) here.push_back(keys.contains(key) ? keys.at(key) : "none");
    if (std::set(here.begin(), here.end()).size() == 1) continue;
    for (std::size_t i = 0; i < names.size(); ++i)
      names[i] += fmt::format("{}{} = {}", names[i].empty() ? "" : ", ", key, here[i]);
  }
  return names;
}

}  // namespace

std::vector<std::string> curve_names(const std::vector<Recipe>& recipes,
                                     const std::vector<std::string>& files) {
  if (recipes.size() == 1) return {""};
  auto names = differences(recipes);
  const bool short_enough = std::all_of(names.begin(), names.end(),
                                        [](const std::string& name) { return name.size() <= longest_name; });
  if (short_enough && all_different(names)) return names;
  names.clear();
  for (const auto& file : files) names.push_back(std::filesystem::path(file).stem().string());
  if (!all_different(names)) names = files;
  if (all_different(names)) return names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = fmt::format("{}: {}", i + 1, names[i]);
  return names;
}

}  // namespace stoic
