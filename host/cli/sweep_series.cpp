#include "sweep_series.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "commands.hpp"
#include "forecast.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "plan.hpp"
#include "stoic/host/driven/driven_recipe.hpp"
#include "stoic/host/learning/diverged_error.hpp"
#include "stoic/host/library/recipes.hpp"
#include "stoic/host/sweep/sweep.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/json.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

using nlohmann::ordered_json;

std::string driven_text(const std::string& name, const std::vector<std::string>& settings) {
  const auto [text, where] = recipe_text_of(name);
  return driven_recipe_text(parse_driven_recipe(text, where, settings));
}

Forecast forecast_of(const SeriesSweep& sweep, const SweepArguments& arguments, const std::string& file) {
  Forecast forecast{.common = {.console = arguments.console,
                               .name = "sweep",
                               .subject = path_from(file, sweep.recipe),
                               .settings = sweep.settings,
                               .output = arguments.output,
                               .data_dir = arguments.data_dir,
                               .threads = arguments.threads,
                               .over = {},
                               .shard = arguments.shard,
                               .merge = arguments.merge,
                               .command = arguments.command},
                    .axes = sweep.axes,
                    .seeds = sweep.seeds,
                    .config = {},
                    .title = sweep.name,
                    .what = "sweep"};
  if (!sweep.hw.empty()) forecast.config = load_hardware_config(path_from(file, sweep.hw));
  return forecast;
}

/// Seconds of all seeds of the points that are missing, from one seed of some that lie far apart; nothing
/// where none could be measured, with the reason in `why`.
std::optional<double> estimate(Forecast forecast, const std::vector<std::vector<std::string>>& missing,
                               std::string& why) {
  constexpr std::size_t most_measured = 3;
  const auto seeds = std::max<std::size_t>(forecast.seeds.size(), 1),
             count = std::min(missing.size(), most_measured);
  if (forecast.seeds.size() > 1) forecast.seeds.resize(1);
  double seconds = 0;
  std::size_t measured = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    try {
      Team team(forecast.common.threads);
      measure_forecast(forecast, missing[i * (missing.size() - 1) / std::max<std::size_t>(count - 1, 1)],
                       team, {});
    } catch (const DivergedError&) {  // takes its time too
    } catch (const Error& error) {
      why = error.what();
      continue;
    }
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    ++measured;
  }
  if (measured == 0) return std::nullopt;
  return seconds / static_cast<double>(measured) * static_cast<double>(missing.size() * seeds);
}

ordered_json points_json(const std::vector<std::vector<std::string>>& points) {
  auto rows = ordered_json::array();
  for (const auto& settings : points) rows.push_back({{"settings", settings}});
  return rows;
}

int show_series_plan(const SeriesSweep& sweep, const Forecast& forecast) {
  constexpr std::size_t most_lines = 50;
  const auto& common = forecast.common;
  Curve curve{.analysis = common.name,
              .axes = forecast.axes,
              .folder = common.output,
              .identity = forecast_identity(forecast),
              .progress = {},
              .measure = {}};
  std::tie(curve.shard, curve.shards) = parse_shard(common.shard);
  require_analysis_folder(common.output, common.name);
  const auto [there, missing] = plan_curve(curve);
  common.console.print(
      fmt::format("{}: {} points of {}, {} of them in {}, {} to do, each with {}", sweep.name,
                  there.size() + missing.size(), sweep.recipe, there.size(), common.output, missing.size(),
                  forecast.seeds.size() > 1 ? fmt::format("{} seeds", forecast.seeds.size()) : "one seed"));
  for (std::size_t i = 0; i < std::min(missing.size(), most_lines); ++i)
    common.console.print(fmt::format("  {}", fmt::join(missing[i], " ")));
  if (missing.size() > most_lines)
    common.console.print(fmt::format("  and {} more; --json lists them all", missing.size() - most_lines));
  std::string unknown;
  const auto seconds = missing.empty() ? std::optional(0.0) : estimate(forecast, missing, unknown);
  if (!missing.empty()) common.console.print(time_text(seconds, unknown));
  common.console.result({{"folder", common.output},
                         {"cells", there.size() + missing.size()},
                         {"there", points_json(there)},
                         {"missing", points_json(missing)},
                         {"estimated_s", seconds ? ordered_json(*seconds) : ordered_json()}});
  return success;
}

}  // namespace

bool is_series_sweep(const std::string& text, const std::string& file) {
  const auto [recipe, where] = recipe_text_of(path_from(file, swept_recipe(text, file)));
  (void)parse_json(recipe, where);  // what is no JSON is no recipe of either kind
  return is_driven_recipe(recipe);
}

int run_series_sweep(const SweepArguments& arguments, const std::string& text, const std::string& file) {
  const auto sweep = parse_series_sweep(text, file, [&](const auto& name, const auto& settings) {
    return driven_text(path_from(file, name), settings);
  });
  for (const auto& notice : sweep.notices) arguments.console.warn(fmt::format("{}: {}", file, notice));
  const auto forecast = forecast_of(sweep, arguments, file);
  if (arguments.plan) return show_series_plan(sweep, forecast);
  require_apart("-o", arguments.output, {points_file, "report.html", "report.json"},
                {file, forecast.common.subject}, arguments.data_dir);
  require_writable_folder(arguments.output);
  return run_forecast(forecast);
}

}  // namespace stoic::cli
