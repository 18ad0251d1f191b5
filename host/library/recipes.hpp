#pragma once
#include <string>
#include <vector>

#include "stoic/host/library/builtin.hpp"
#include "stoic/host/model/recipe.hpp"
#include "stoic/host/sweep/sweep.hpp"

namespace stoic {

/// A recipe as it is written, and what names it in messages.
struct RecipeText {
  std::string text, where;
};

/// That of a built-in recipe (models/NAME.json, models/series/NAME.json) by its name, or of a .json file by its path.
/// Throws Error; a name that is nearly right gets a suggestion.
RecipeText recipe_text_of(const std::string& name_or_path);

/// A built-in recipe (models/NAME.json) by its name, or a .json file by its path, after "key=value" settings.
/// What a recipe of the set "files" leaves to its files, in `data_dir` or seen from the recipe, is filled in.
/// Throws Error; a name that is nearly right gets a suggestion.
Recipe load_recipe(const std::string& name_or_path, const std::vector<std::string>& settings = {},
                   const std::string& data_dir = {});

/// A path that `file` names: seen from the folder of `file` when something is there, else as it is. Names,
/// which have no "/" and no ".json", stay what they are.
std::string path_from(const std::string& file, const std::string& name_or_path);

/// Loads recipes that a file names (a sweep, a table of rows): a path is seen from the folder of `file`, and,
/// where nothing is there, from the current one. Names of built-in recipes stay names.
RecipeLoader recipe_loader(const std::string& file, const std::string& data_dir = {});

}  // namespace stoic
