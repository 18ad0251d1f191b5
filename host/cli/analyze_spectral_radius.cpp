#include <fmt/format.h>

#include <cmath>

#include "analysis.hpp"
#include "analyze.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "stoic/host/analysis/radius_history.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/library/recipes.hpp"
#include "stoic/host/sweep/radius_report.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cli {
namespace {

using nlohmann::ordered_json;

struct SpectralRadiusCommand {
  AnalysisOptions common;
  std::int64_t seeds = 1;
};

/// Trains the recipe after these settings once for each seed.
ordered_json measure_radii(const SpectralRadiusCommand& command, const std::vector<std::string>& settings,
                           const std::atomic<bool>* stop) {
  std::vector<RadiusHistory> seeds;
  for (std::int64_t s = 0; s < command.seeds; ++s) {
    auto recipe = load_subject(command.common, settings).model.recipe;
    recipe.seed += static_cast<std::uint64_t>(s);
    const auto train = load_data(recipe, Split::train, command.common.data_dir),
               test = load_data(recipe, Split::test, command.common.data_dir);
    auto history = radius_history(recipe, train, test, command.common.threads, stop);
    if (!history) throw Stopped();
    seeds.push_back(std::move(*history));
  }
  return radius_json(seeds);
}

int run_spectral_radius(const SpectralRadiusCommand& command) {
  const auto& common = command.common;
  if (!common.output.empty()) require_analysis_folder(common.output, common.name);
  const auto subject = load_subject(common);
  if (subject.trained)
    throw Error(
        fmt::format("{}: is a trained model; its way there is followed from the start, so give a recipe",
                    common.subject));
  require_hidden_squares(subject.model.recipe, common.subject);
  auto axes = axes_of(common, &subject.model.recipe);
  for (const auto& axis : axes)  // all values, before the first training
    for (std::size_t i = 0; i < axis.values.size(); ++i)
      load_recipe(common.subject, settings_with(common, settings_at(axis, i)), common.data_dir);
  // Without a key there is one point, named by the seed.
  if (axes.empty()) axes.push_back({.key = "seed", .values = {subject.model.recipe.seed}});
  const auto points = run_points(common, axes, identity_of(subject, common),
                                 [&](const std::vector<std::string>& settings, const PointWork& work) {
                                   return measure_radii(command, settings, work.stop);
                                 });
  if (!points) return interrupted;
  common.console.print(radius_text(axes[0], *points));
  return finish_analysis(common, radius_report(axes[0], *points, common.subject, command.seeds));
}

}  // namespace

void add_spectral_radius(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<SpectralRadiusCommand>();
  auto* command = analyze.add_subcommand("spectral-radius",
                                         "the spectral radius of each square matrix between hidden layers "
                                         "along a training, and the test loss, over a key "
                                         "such as the spectral radius that it begins with");
  add_subject(*command, options->common, false);
  add_over(*command, options->common);
  command
      ->add_option("--seeds", options->seeds,
                   "trainings at each value, with the recipe's seed and those after it")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000}))
      ->capture_default_str();
  add_analysis(*command, options->common);
  command->footer(
      "Example: stoic analyze spectral-radius mnist-deep-mlp --over spectral_radius "
      "0.3,1.3,2.3,10 -o radii");
  command->callback([options, command, &body] {
    take_analysis(*command, options->common);
    if (options->common.over.size() > 1)
      throw CLI::ValidationError("--over", "is given twice; curves along a training are over one key");
    body = [options] { return run_spectral_radius(*options); };
  });
}

}  // namespace stoic::cli
