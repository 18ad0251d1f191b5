#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace stoic {

/// The recipe of a network as JSON text, all its keys written out: a built-in one by its name
/// ("letters-ffesn"), or a .json file by its path, after settings "key=value" ("training.epochs=3"). What a
/// recipe of the set "files" leaves to its files is filled in; they lie in `data_dir` or beside the recipe.
/// Throws Error; a name or key that is nearly right gets a suggestion.
std::string read_recipe(const std::string& name_or_path, const std::vector<std::string>& settings = {},
                        const std::filesystem::path& data_dir = {});

/// The names of the built-in recipes of driven reservoirs.
std::vector<std::string> series_recipe_list();
/// The names of the built-in recipes of networks.
std::vector<std::string> recipe_list();
/// "digits-ffesn, letters-ffesn, ..."
std::string recipe_names();

/// The names of the built-in accelerator instances.
std::vector<std::string> hardware_config_names();

}  // namespace stoic
