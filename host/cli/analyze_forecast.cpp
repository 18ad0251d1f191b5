#include <algorithm>
#include <memory>

#include "analyze.hpp"
#include "forecast.hpp"
#include "options.hpp"
#include "stoic/host/driven/driven_recipe.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cli {
namespace {

struct ForecastCommand {
  AnalysisOptions common;
  std::int64_t seeds = 3;
  std::string hw;  ///< a hardware configuration, or nothing
};

int run_forecast_command(const ForecastCommand& command) {
  const auto& common = command.common;
  Forecast forecast{.common = common, .axes = {}, .seeds = {}, .what = common.command};
  if (!command.hw.empty()) forecast.config = load_hardware_config(command.hw);
  const auto recipe = draw_driven_subject(common).model.recipe;
  const auto keys = nlohmann::json::parse(driven_recipe_text(recipe));
  for (const auto& [key, range] : common.over) forecast.axes.push_back(parse_over(key, range, keys));
  const bool over_seeds =
      std::ranges::any_of(forecast.axes, [](const SweepAxis& axis) { return axis.key == "seed"; });
  for (std::int64_t s = 0; s < command.seeds && !over_seeds; ++s)
    forecast.seeds.push_back(recipe.seed + static_cast<std::uint64_t>(s));
  return run_forecast(forecast);
}

}  // namespace

void add_forecast(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<ForecastCommand>();
  auto* command = analyze.add_subcommand("forecast",
                                         "errors of a time-series task (NRMSE, memory, free runs, the "
                                         "conditional exponent), over one or two keys of its "
                                         "recipe, with intervals over seeds; with --hw in fixed point too");
  auto& common = options->common;
  command
      ->add_option("RECIPE", common.subject,
                   "a recipe of a driven reservoir: a .json file or a built-in name")
      ->required();
  command->add_option("--set", common.settings, "KEY=VALUE of the recipe; may be given several times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  add_data_dir(*command, common.data_dir);
  add_over(*command, common);
  add_shards(*command, common);
  command
      ->add_option("--seeds", options->seeds,
                   "reservoirs of a point, and series where those are generated, from the recipe's seed on; "
                   "with --over seed "
                   "each point has one")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000}))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--hw", options->hw, "also in fixed point on this instance: a name or a .json file")
      ->type_name("HW");
  add_analysis(*command, common);
  command->footer(
      "Example: stoic analyze forecast narma10-esn --over spectral_radius 0.2:1.4:7 --seeds 5 -o report");
  command->callback([options, command, &body] {
    take_analysis(*command, options->common);
    const auto& chosen = options->common;
    if (chosen.over.empty() && !(chosen.shard.empty() && chosen.merge.empty()))
      throw CLI::ValidationError(chosen.shard.empty() ? "--merge" : "--shard",
                                 "is of points; give --over too");
    body = [options] { return run_forecast_command(*options); };
  });
}

}  // namespace stoic::cli
