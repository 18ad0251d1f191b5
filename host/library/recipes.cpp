#include "stoic/host/library/recipes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <utility>

#include "stoic/host/data/complete_recipe.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {

const std::vector<std::pair<std::string, std::string>>& builtin_recipes();         // generated
const std::vector<std::pair<std::string, std::string>>& builtin_series_recipes();  // generated
const std::vector<std::pair<std::string, std::string>>& builtin_configs();         // generated

namespace {

/// As opposed to the name of a built-in recipe.
bool is_recipe_path(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".json");
}

}  // namespace

RecipeText recipe_text_of(const std::string& name_or_path) {
  std::vector<std::string> names;
  for (const auto& [name, text] : builtin_recipes()) {
    if (name == name_or_path) return {text, "models/" + name + ".json"};
    names.push_back(name);
  }
  for (const auto& [name, text] : builtin_series_recipes()) {
    if (name == name_or_path) return {text, "models/series/" + name + ".json"};
    names.push_back(name);
  }
  if (!is_recipe_path(name_or_path)) {
    const auto near = nearest_word(name_or_path, names);
    throw Error(fmt::format("{}: no built-in recipe; {}", name_or_path,
                            near.empty() ? fmt::format("give the path of a .json file or one of {}, {}",
                                                       recipe_names(), fmt::join(series_recipe_list(), ", "))
                                         : fmt::format("did you mean {}?", near)));
  }
  return {read_file(name_or_path, 1 << 20), name_or_path};
}

Recipe load_recipe(const std::string& name_or_path, const std::vector<std::string>& settings,
                   const std::string& data_dir) {
  const auto [text, where] = recipe_text_of(name_or_path);
  return parse_recipe_for(data_dir, text, where, settings);
}

std::string read_recipe(const std::string& name_or_path, const std::vector<std::string>& settings,
                        const std::filesystem::path& data_dir) {
  return recipe_text(load_recipe(name_or_path, settings, data_dir.string()));
}

std::string path_from(const std::string& file, const std::string& name_or_path) {
  if (!is_recipe_path(name_or_path)) return name_or_path;
  const auto beside = std::filesystem::path(file).parent_path() / name_or_path;
  return std::filesystem::exists(beside) ? beside.string() : name_or_path;
}

RecipeLoader recipe_loader(const std::string& file, const std::string& data_dir) {
  return [file, data_dir](const std::string& name, const std::vector<std::string>& settings) {
    const auto path = path_from(file, name);
    if (is_recipe_path(path) && !std::filesystem::exists(path))
      throw Error(
          fmt::format("{}: there is no such file, neither beside {} nor in the current folder", name, file));
    return load_recipe(path, settings, data_dir);
  };
}

std::vector<std::string> hardware_config_names() {
  std::vector<std::string> names;
  for (const auto& [name, json] : builtin_configs()) names.push_back(name);
  return names;
}

std::vector<std::string> recipe_list() {
  std::vector<std::string> names;
  for (const auto& [name, json] : builtin_recipes()) names.push_back(name);
  return names;
}

std::vector<std::string> series_recipe_list() {
  std::vector<std::string> names;
  for (const auto& [name, json] : builtin_series_recipes()) names.push_back(name);
  return names;
}

std::string recipe_names() {
  std::string text;
  for (const auto& [name, json] : builtin_recipes()) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace stoic
