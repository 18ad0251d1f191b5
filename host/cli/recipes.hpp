#pragma once
#include <string>
#include <vector>

#include "stoic/host/model/recipe.hpp"

namespace stoic::cli {

/// A built-in recipe (models/NAME.json) by its name, or a .json file by its path, after "key=value" settings.
/// Throws Error; a name that is nearly right gets a suggestion.
Recipe load_recipe(const std::string& name_or_path, const std::vector<std::string>& settings = {});

/// "digits-ffesn, letters-ffesn, ..."
std::string recipe_names();

}  // namespace stoic::cli
