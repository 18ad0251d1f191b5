// Recipes. What is read is written out with all keys, and reads as the same.
#include "stoic/host/model/recipe.hpp"

#include "fuzz.hpp"
#include "stoic/host/model/settings.hpp"

namespace stoic::fuzz {

void run(std::string_view input) {
  const auto recipe = parse_recipe(input, "recipe.json");
  const auto text = recipe_text(recipe);
  require(recipe_text(parse_recipe(text, "again.json")) == text,
          "a recipe that is written out reads as it was");
  require(recipe.neurons() >= 0 && recipe.step_count() >= 0 && recipe.read_in_columns() >= 0,
          "sizes are sizes");
  recipe.matrices();
  for (const auto* key : {"seed", "training.momentum", "data.pixel_noise"}) without_effect(recipe, key);
}

std::vector<std::string> seeds() { return files("models", ".json"); }

std::vector<std::string> words() {
  auto all = quoted_words(seeds());
  for (const auto* word : {"1e308", "-1", "9223372036854775808", "null", "[]", "{}", "true", "0.5"})
    all.push_back(word);
  return all;
}

}  // namespace stoic::fuzz
