#include "driven_subject.hpp"

#include <fmt/format.h>

#include <utility>

#include "stoic/host/driven/driven_network.hpp"
#include "stoic/host/driven/driven_recipe.hpp"
#include "stoic/host/library/recipes.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic::cli {

DrivenSubject draw_driven_subject(const AnalysisOptions& options, const std::vector<std::string>& more) {
  const auto [text, where] = recipe_text_of(options.subject);
  if (!is_driven_recipe(text))
    throw Error(fmt::format(
        "{}: is no recipe of a driven reservoir, it has no key \"drive\"; give one that has, such as "
        "narma10-esn",
        where));
  auto settings = options.settings;
  settings.insert(settings.end(), more.begin(), more.end());
  auto recipe = parse_driven_recipe(text, where, settings);
  recipe.data = seen_beside(recipe.data, where, options.data_dir);
  auto series = load_series(recipe.data, recipe.seed, options.data_dir);
  auto model = draw_driven_model(recipe, series);
  return {std::move(model), std::move(series)};
}

DrivenSubject load_driven_subject(const AnalysisOptions& options) {
  const auto& name = options.subject;
  if (!is_model(name)) return draw_driven_subject(options);
  auto bytes = read_file(name);
  if (!is_driven_model(bytes, name))
    throw Error(
        fmt::format("{}: is no model of a driven reservoir; give one that `stoic train` has made of a recipe "
                    "with \"drive\"",
                    name));
  if (!options.settings.empty())
    throw Error(fmt::format("--set {}: a trained model is what it is; analyse a recipe instead",
                            options.settings.front()));
  DrivenSubject subject{parse_driven_model(std::move(bytes), name), {}};
  const auto& recipe = subject.model.recipe;
  subject.series =
      load_series(seen_beside(recipe.data, name, options.data_dir), recipe.seed, options.data_dir);
  require_fitting(subject.model, subject.series, name);
  return subject;
}

}  // namespace stoic::cli
