#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "stoic/host/model/recipe.hpp"

namespace stoic {

/// parse_recipe() of a recipe that may leave to its files what they say: of the set "files", "inputs",
/// "classes" and, with a convolution, "data.shape" are filled in, and files that lie beside the recipe are
/// named so that they are found. `where` is the path of the recipe, or what names it.
Recipe parse_recipe_for(const std::filesystem::path& data_dir, const std::string& text,
                        const std::string& where, const std::vector<std::string>& overrides);

/// The files that a recipe of the set "files" names, as far as they are there: what no command may write to.
std::vector<std::filesystem::path> files_of(const Recipe& recipe, const std::filesystem::path& data_dir);

}  // namespace stoic
