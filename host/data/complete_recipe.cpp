#include "stoic/host/data/complete_recipe.hpp"

#include <fmt/format.h>

#include <utility>

#include "stoic/host/data/files.hpp"
#include "stoic/host/model/settings.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

using nlohmann::json;

constexpr const char* file_keys[] = {"train", "train_labels", "test", "test_labels"};

bool is_of_files(const json& recipe) {
  if (!recipe.is_object() || !recipe.contains("data") || !recipe["data"].is_object()) return false;
  const auto& data = recipe["data"];
  return data.contains("set") && data["set"] == "files";
}

/// A path that is seen from the folder of the recipe alone becomes one that is seen from here.
void find_beside(json& recipe, const std::filesystem::path& folder, const std::filesystem::path& data_dir) {
  if (!recipe.contains("data") || !recipe["data"].is_object()) return;
  for (const char* key : file_keys) {
    if (!recipe["data"].contains(key) || !recipe["data"][key].is_string()) continue;
    const auto name = recipe["data"][key].get<std::string>();
    const auto beside = (folder / name).lexically_normal().string();
    try {
      (void)find_data_file(name, data_dir, key);
    } catch (const Error&) {
      try {
        (void)find_data_file(beside, {}, key);
        recipe["data"][key] = beside;
      } catch (const Error&) {  // it is missing, which whoever reads it says
      }
    }
  }
}

/// What `recipe`, with all settings, leaves to its files.
void fill_in(json& recipe, const std::string& where, const std::filesystem::path& data_dir) {
  const bool wants_shape = recipe.contains("convolution") && !recipe["data"].contains("shape");
  if (recipe.contains("inputs") && recipe.contains("classes") && !wants_shape) return;
  const auto name = fmt::format("{}: \"data\"", where);
  JsonReader reader(recipe["data"], name);
  const auto image = read_shape(reader);
  const auto data = read_data(JsonReader(recipe["data"], name), image.known() ? image.size() : 1, 2);
  const auto found = shape_of_files(data, data_dir);
  if (!recipe.contains("inputs")) recipe["inputs"] = found.inputs;
  if (!recipe.contains("classes")) {
    const auto& labels = data.files.train_labels.empty() ? data.files.train : data.files.train_labels;
    if (found.classes < 2 || found.classes > most_classes)
      throw Error(
          fmt::format("{}: the largest label of {} is {}, which makes {} classes; a network has 2 to {}",
                      where, labels, found.classes - 1, found.classes, most_classes));
    if (found.least_label > 0)
      throw Error(
          fmt::format("{}: labels of {} begin with {}, and classes count from 0; subtract {}, or set "
                      "\"classes\" to {} if those below are only missing here",
                      where, labels, found.least_label, found.least_label, found.classes));
    recipe["classes"] = found.classes;
  }
  if (wants_shape && found.image.known()) recipe["data"]["shape"] = {found.image.height, found.image.width};
}

}  // namespace

Recipe parse_recipe_for(const std::filesystem::path& data_dir, const std::string& text,
                        const std::string& where, const std::vector<std::string>& overrides) {
  json recipe = parse_json(text, where);
  std::vector<Setting> settings;
  for (const auto& assignment : overrides)
    for (auto& setting : read_setting(assignment)) settings.push_back(std::move(setting));
  apply_settings(settings, recipe);
  if (!is_of_files(recipe)) return parse_recipe(text, where, overrides);
  const auto folder = data_folder(data_dir);
  find_beside(recipe, std::filesystem::path(where).parent_path(), folder);
  fill_in(recipe, where, folder);
  auto result = parse_recipe(json_text(recipe), where);
  for (const auto& [key, value] : settings)
    if (const auto why = without_effect(result, key); !why.empty())
      throw Error(fmt::format("{}: \"{}\" {}, so setting it changes nothing; leave it out", where, key, why));
  return result;
}

std::vector<std::filesystem::path> files_of(const Recipe& recipe, const std::filesystem::path& data_dir) {
  std::vector<std::filesystem::path> found;
  const auto& files = recipe.data.files;
  for (const auto* name : {&files.train, &files.train_labels, &files.test, &files.test_labels}) {
    if (name->empty()) continue;
    try {
      found.push_back(find_data_file(*name, data_folder(data_dir), "data", files.beside));
    } catch (const Error&) {  // it is missing
    }
  }
  return found;
}

}  // namespace stoic
