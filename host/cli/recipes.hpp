#pragma once
#include <string>
#include <vector>

#include "stoic/host/model/recipe.hpp"

namespace stoic::cli {

/// A built-in recipe (models/NAME.json) by its name, or a .json file by its path, after "key=value" settings.
/// Throws Error; a name that is nearly right gets a suggestion.
Recipe load_recipe(const std::string& name_or_path, const std::vector<std::string>& settings = {});

/// The names of the built-in recipes.
std::vector<std::string> recipe_list();
/// "digits-ffesn, letters-ffesn, ..."
std::string recipe_names();

/// The names of the built-in accelerator instances.
std::vector<std::string> hardware_config_names();

}  // namespace stoic::cli
