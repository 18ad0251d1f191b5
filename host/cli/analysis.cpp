#include "analysis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "commands.hpp"
#include "data_check.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "plan.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/library/recipes.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

/// The recipe of a trained model under other settings: what is trained around must stay what it is.
Recipe changed_recipe(const Model& model, const std::string& name, const std::vector<std::string>& settings) {
  auto recipe = parse_recipe(recipe_text(model.recipe), name, settings);
  recipe.data.files.beside = model.recipe.data.files.beside;
  const auto refuse = [&](const std::string& why) {
    throw Error(fmt::format("{}: {} {}, which the trained model holds; analyse a recipe instead", name,
                            fmt::join(settings, " "), why));
  };
  if (recipe.inputs != model.recipe.inputs || recipe.classes != model.recipe.classes ||
      recipe.neurons() != model.recipe.neurons() || recipe.dynamics() != model.recipe.dynamics())
    refuse("changes the size of the network");
  const auto before = model.recipe.draw_matrices(), after = recipe.draw_matrices();
  for (const auto& [key, matrix] : before)
    if (!after.contains(key) || after.at(key) != matrix) refuse(fmt::format("changes {}", key));
  recipe.check(model.matrices);
  return recipe;
}

/// The recipe with the first value of a range for a key, where it takes that.
std::optional<Recipe> with_first_value(const AnalysisOptions& options, const std::string& key,
                                       const std::string& range) {
  try {
    return load_recipe(options.subject, settings_with(options, settings_at(parse_over(key, range), 0)),
                       options.data_dir);
  } catch (const Error&) {
    return {};
  }
}

SweepAxis axis_of(const AnalysisOptions& options, const Recipe* recipe, const std::string& key,
                  const std::string& range) {
  const auto keys_of = [](const Recipe& r) { return nlohmann::json::parse(recipe_text(r)); };
  try {
    return parse_over(key, range, recipe != nullptr ? keys_of(*recipe) : nlohmann::json());
  } catch (const Error&) {
    if (recipe == nullptr || is_model(options.subject)) throw;
    const auto with = with_first_value(options, key, range);
    if (!with) throw;
    return parse_over(key, range, keys_of(*with));
  }
}

}  // namespace

bool is_model(const std::string& name) {
  return !name.ends_with(".json") && (name.ends_with(".npz") || std::filesystem::exists(name));
}

void add_analysis(CLI::App& command, AnalysisOptions& options, bool goes_on) {
  options.name = command.get_name();
  command
      .add_option(
          "-o,--output", options.output,
          std::string("a folder: a page with plots, SVG, CSV and JSON with all numbers") +
              (goes_on ? "; the points of a curve are kept there, so that a stopped command goes on" : ""))
      ->type_name("DIR");
  add_threads(command, options.threads);
  add_json(command, options.console);
}

void add_over(CLI::App& command, AnalysisOptions& options) {
  command
      .add_option(
          "--over", options.over,
          "a curve over a key of the recipe, given twice a map over two: KEY FROM:TO:COUNT, with :log "
          "behind it for equal ratios, or KEY 1,2,5")
      ->type_name("KEY RANGE")
      ->allow_extra_args(false);
}

void add_shards(CLI::App& command, AnalysisOptions& options) {
  auto* shard = command
                    .add_option("--shard", options.shard,
                                "do only part I of N equal parts of the points, for array jobs, each with a "
                                "folder of its own")
                    ->type_name("I/N");
  command
      .add_option("--merge", options.merge,
                  "measure nothing; take the points of these folders, with gaps for those that are missing")
      ->type_name("DIR...")
      ->excludes(shard);
}

void add_subject(CLI::App& command, AnalysisOptions& options, bool models) {
  const std::string recipe = "a recipe (a .json file or a built-in name)";
  command
      .add_option(
          models ? "MODEL|RECIPE" : "RECIPE", options.subject,
          models ? "a trained model (.npz), or " + recipe + ", whose read-in is then untrained" : recipe)
      ->required();
  command.add_option("--set", options.settings, "KEY=VALUE of the recipe; may be given several times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  add_data_dir(command, options.data_dir);
}

void take_analysis(const CLI::App& command, AnalysisOptions& options) {
  take_output_folder(options.output);
  if (options.over.size() > 2)
    throw CLI::ValidationError("--over", "is given more than twice; a map has two keys");
  if (options.over.size() == 2 && options.over[0].first == options.over[1].first)
    throw CLI::ValidationError("--over", "names the key " + options.over[0].first + " twice");
  if (options.output.empty() && !options.shard.empty())
    throw CLI::ValidationError("--shard", "needs a folder, -o DIR, for the points of this part");
  options.command = command_text(command);
  options.identity = command_text(command, true);
}

std::vector<std::string> settings_with(const AnalysisOptions& options, const std::vector<std::string>& more) {
  std::vector<std::string> settings;
  const auto key_of = [](const std::string& setting) { return setting.substr(0, setting.find('=')); };
  for (const auto& setting : options.settings)
    if (std::ranges::none_of(more, [&](const auto& other) { return key_of(other) == key_of(setting); }))
      settings.push_back(setting);
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

AnalysisSubject load_subject(const AnalysisOptions& options, const std::vector<std::string>& more) {
  const auto settings = settings_with(options, more);
  if (!is_model(options.subject))
    return {untrained_model(load_recipe(options.subject, settings, options.data_dir)), false};
  auto model = read_model(options.subject);
  if (!settings.empty()) model.recipe = changed_recipe(model, options.subject, settings);
  return {std::move(model), true};
}

Dataset test_samples(const AnalysisSubject& subject, const AnalysisOptions& options) {
  DataCheck check(options.console, options.subject, subject.model.training_data);
  auto data = first_samples(check.load(subject.model.recipe, Split::test, options.data_dir), options.limit);
  if (data.size() == 0)
    throw Error(
        fmt::format("{}: there is no test sample to start from; set data.test_samples", options.subject));
  return data;
}

std::string identity_of(const AnalysisSubject& subject, const AnalysisOptions& options) {
  return fmt::format("{}\n{}\n{:08x}", options.identity, recipe_text(subject.model.recipe),
                     weights_checksum(&subject.model));
}

std::vector<SweepAxis> axes_of(const AnalysisOptions& options, const Recipe* recipe) {
  std::vector<SweepAxis> axes;
  for (const auto& [key, range] : options.over) axes.push_back(axis_of(options, recipe, key, range));
  return axes;
}

bool run_stoppable(const AnalysisOptions& options, bool kept,
                   const std::function<void(const ShowProgress& show)>& work) {
  const bool goes_on = kept && !options.output.empty();
  stop_on_signals(goes_on ? "stopped; the same command goes on where it was"
                  : kept  ? "stopped; with -o the same command would go on where it was"
                          : "stopped");
  std::optional<ProgressBar> bar;
  try {
    work([&](std::int64_t done, std::int64_t all) {
      if (!bar) bar.emplace(options.name, all);
      bar->show(done);
    });
  } catch (const Stopped&) {
    bar.reset();
    options.console.print(goes_on ? "stopped; the same command goes on where it was" : "stopped");
    return false;
  }
  return true;
}

std::optional<std::vector<CurvePoint>> run_points(const AnalysisOptions& options,
                                                  const std::vector<SweepAxis>& axes,
                                                  const std::string& identity, const Measure& measure) {
  stop_on_signals(options.output.empty() ? "stopped; with -o the same command would go on where it was"
                                         : "stopped; the same command goes on where it was");
  constexpr std::int64_t fine = 1000;  // of a point
  std::optional<ProgressBar> progress;
  std::int64_t points_done = 0;
  std::string now;
  const PointWork work{.stop = &stop_requested(), .show = [&](std::int64_t done, std::int64_t all) {
                         if (progress && all > 0)
                           progress->show(points_done * fine + done * fine / all,
                                          fmt::format("{}: {} of {}", now, done, all));
                       }};
  Curve curve{.analysis = options.name,
              .axes = axes,
              .folder = options.output,
              .identity = identity,
              .merge = {options.merge.begin(), options.merge.end()},
              .stop = &stop_requested(),
              .progress = {},
              .measure = [&](const auto& settings) { return measure(settings, work); }};
  std::tie(curve.shard, curve.shards) = parse_shard(options.shard);
  curve.progress = [&](std::size_t done, std::size_t all, const std::string& next) {
    if (!progress) progress.emplace(options.name, fine * static_cast<std::int64_t>(all));
    points_done = static_cast<std::int64_t>(done);
    now = next;
    progress->show(fine * points_done, next);
    if (all > 1)
      plain_progress(fmt::format("{}: {} of {} points done, now {}", options.name, done, all, next));
  };
  auto result = run_curve(curve);
  progress.reset();
  if (result.finished && result.missing > 0)
    options.console.warn(fmt::format(
        "{} of {} points are missing{}", result.missing, result.points.size(),
        options.merge.empty() ? "; when all parts are done, --merge DIR... makes one report of them" : ""));
  if (result.finished) return std::move(result.points);
  options.console.print(options.output.empty() ? "stopped"
                                               : "stopped; the same command goes on where it was");
  return std::nullopt;
}

int finish_analysis(const AnalysisOptions& options, AnalysisReport report,
                    const nlohmann::ordered_json& timed) {
  report.analysis = options.name;
  report.version = STOIC_VERSION;
  report.command = options.command;
  report.warnings = options.console.warnings;
  if (!options.output.empty()) {
    write_analysis(options.output, report);
    options.console.print(fmt::format("{}/report.html", options.output));
  }
  auto result = report.result;
  result.update(timed);
  options.console.result(result);
  return success;
}

}  // namespace stoic::cli
