#include "driven.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <optional>

#include "commands.hpp"
#include "interrupt.hpp"
#include "outputs.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/driven/conditional_exponent.hpp"
#include "stoic/host/driven/driven_scores.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/host/report/text.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void refuse_driven(const std::vector<std::string>& options, const std::string& where) {
  if (!options.empty())
    throw Error(fmt::format("{}: is a driven reservoir, which {} {} nothing for; leave {} out", where,
                            fmt::join(options, ", "), options.size() > 1 ? "do" : "does",
                            options.size() > 1 ? "them" : "it"));
}

/// Files that the series comes from: what no command may write to.
Inputs series_files(const SeriesRecipe& data, const std::string& data_dir) {
  Inputs files;
  if (data.set == "laser") files.push_back(data_folder(data_dir) / "series/santafe-laser.npy");
  if (data.set == "files") files.insert(files.end(), {data.path, data_folder(data_dir) / data.path});
  return files;
}

std::string parts_text(const SeriesRecipe& p) {
  return fmt::format("washout {}, training {}, validation {}, test {} steps", grouped(p.washout),
                     grouped(p.train), grouped(p.validation), grouped(p.test));
}

void print_scores(const Console& console, const DrivenScores& scores, const TimeSeries& series) {
  const auto& error = scores.error;
  console.print(fmt::format("test of {} steps: NRMSE {:.4g}, NMSE {:.4g}, sMAPE {:.4g} %", series.parts.test,
                            error.nrmse, error.nmse, error.smape));
  if (scores.memory_capacity)
    console.print(fmt::format("memory capacity {:.4g} over delays of 1 to {} steps", *scores.memory_capacity,
                              series.targets.rows()));
  else if (series.targets.rows() > 1)
    for (Eigen::Index i = 0; i < series.targets.rows(); ++i)
      console.print(fmt::format("  {}: NMSE {:.4g}", series.target_names[static_cast<std::size_t>(i)],
                                error.nmse_of(i)));
  if (scores.free.predicted.empty()) return;
  console.print(
      fmt::format("{} free run{} of {} steps: sMAPE {:.4g} %, valid for {:.4g} steps{}{}",
                  scores.free.predicted.size(), scores.free.predicted.size() > 1 ? "s" : "",
                  series.parts.free_run, scores.free.mean_smape, scores.free.median_valid_steps,
                  scores.valid_time ? fmt::format(", {:.4g} Lyapunov times", *scores.valid_time) : "",
                  scores.free.predicted.size() > 1 ? " (mean and median)" : ""));
}

nlohmann::ordered_json known_or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

void add_scores(nlohmann::ordered_json& json, const DrivenScores& scores, const TimeSeries& series) {
  json["test_steps"] = series.parts.test;
  json["nrmse"] = scores.error.nrmse;
  json["nmse"] = scores.error.nmse;
  json["smape"] = scores.error.smape;
  json["nmse_of"] = nlohmann::ordered_json::object();
  for (Eigen::Index i = 0; i < series.targets.rows(); ++i)
    json["nmse_of"][series.target_names[static_cast<std::size_t>(i)]] = scores.error.nmse_of(i);
  json["memory_capacity"] = known_or_null(scores.memory_capacity);
  if (scores.memory_capacity)
    json["recalled"] = std::vector<double>(scores.recalled.begin(), scores.recalled.end());
  const bool any = !scores.free.predicted.empty();
  json["valid_time"] = known_or_null(scores.valid_time);
  json["valid_steps"] =
      any ? nlohmann::ordered_json(scores.free.median_valid_steps) : nlohmann::ordered_json();
  json["free_run_smape"] = any ? nlohmann::ordered_json(scores.free.mean_smape) : nlohmann::ordered_json();
  if (any)
    json["free_runs"] = {{"steps", series.parts.free_run},
                         {"smape", scores.free.smape},
                         {"valid_steps", scores.free.valid_steps}};
}

void warn_of_echo_state(const Console& console, const std::string& where, const Estimate& exponent) {
  if (exponent.value < 0) return;
  console.warn(fmt::format(
      "{}: the largest conditional Lyapunov exponent is {:.3g} per step, not below 0: the echo-state "
      "property is "
      "violated, so outputs depend on where the reservoir began and small errors grow; take a smaller "
      "spectral_radius or a stronger drive",
      where, exponent.value));
}

/// Steps that the exponent is measured over: enough to tell its sign, in a fraction of the training's time.
constexpr std::int64_t exponent_steps = 1000;

int train_driven_until_done(const DrivenTrainOptions& options, Team& team) {
  const auto& console = options.console;
  const auto recipe = parse_driven_recipe(options.text, options.where, options.settings);
  require_writable(options.output);
  auto inputs = series_files(recipe.data, options.data_dir);
  inputs.push_back(options.recipe);
  require_apart("-o", options.output, inputs, options.data_dir);
  const auto series = load_series(recipe.data, recipe.seed, options.data_dir);
  auto model = draw_driven_model(recipe, series);
  const auto start = Clock::now();
  const auto fit = fit_read_out(model, series, team);
  const double seconds = since(start);
  const auto exponent = conditional_exponent(model, series, exponent_steps, team).exponents.at(0);
  const auto scores = judge_driven(model, series, team);
  write_driven_model(options.output, model);

  const auto steps = static_cast<double>(series.parts.steps() - series.parts.test) * (fit.by_svd ? 2 : 1);
  console.print(fmt::format("{}: {} of {} sites on {}; {}", options.output, recipe.dynamics(), recipe.sites(),
                            series.where, parts_text(series.parts)));
  console.print(fmt::format("ridge {:g}{}, {:.2g} s ({} steps/s){}", fit.ridge,
                            fit.nrmse_of.empty() ? ""
                                                 : fmt::format(", of {} by a validation NRMSE of {:.4g}",
                                                               fit.nrmse_of.size(), fit.validation_nrmse),
                            seconds, grouped(static_cast<std::int64_t>(steps / std::max(seconds, 1e-9))),
                            fit.by_svd ? "; by singular values: the equations are ill-conditioned" : ""));
  console.print(fmt::format("largest conditional Lyapunov exponent {:.4g} ± {:.2g} per step", exponent.value,
                            exponent.half_width));
  warn_of_echo_state(console, options.where, exponent);
  print_scores(console, scores, series);
  nlohmann::ordered_json json{
      {"model", options.output}, {"dynamics", recipe.dynamics()}, {"ridge", fit.ridge}};
  json["validation_nrmse"] =
      fit.nrmse_of.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(fit.validation_nrmse);
  json["by_svd"] = fit.by_svd;
  json["conditional_exponent"] = exponent.value;
  json["conditional_exponent_half_width"] = exponent.half_width;
  add_scores(json, scores, series);
  json["train_steps"] = series.parts.train;
  json["validation_steps"] = series.parts.validation;
  json["steps_per_s"] = steps / std::max(seconds, 1e-9);
  json["seconds"] = seconds;
  json["seed"] = recipe.seed;
  console.result(json);
  return success;
}

/// Column-major [outputs x steps] is row-major [steps x outputs].
NpzArray steps_array(const std::string& name, const Eigen::MatrixXd& values) {
  return npz_array(name, {values.cols(), values.rows()},
                   std::span<const double>(values.data(), static_cast<std::size_t>(values.size())));
}

void write_predictions(const std::string& path, const DrivenScores& scores) {
  std::vector<NpzArray> arrays{steps_array("predictions", scores.predicted),
                               steps_array("targets", scores.truth)};
  for (std::size_t i = 0; i < scores.free.predicted.size(); ++i) {
    arrays.push_back(steps_array(fmt::format("free_run_{}", i + 1), scores.free.predicted[i]));
    arrays.push_back(steps_array(fmt::format("free_run_{}_targets", i + 1), scores.free.truth[i]));
  }
  write_npz(path, arrays);
}

int eval_driven_until_done(DrivenEvalOptions& options, Team& team) {
  const auto& console = options.console;
  if (options.backend != "float")
    throw Error(fmt::format("{}: is a driven reservoir, which runs in float so far; give --backend float",
                            options.model));
  auto model = parse_driven_model(std::move(options.bytes), options.model);
  for (const auto& setting : options.settings)
    if (!setting.starts_with("data."))
      throw Error(fmt::format(
          "--set {}: of a trained model only the keys of \"data\" can be set, such as data.seed=7", setting));
  if (!options.settings.empty())
    model.recipe = parse_driven_recipe(driven_recipe_text(model.recipe), options.model, options.settings);
  require_apart("-o", options.output, series_files(model.recipe.data, options.data_dir), options.data_dir);
  const auto series = load_series(model.recipe.data, model.recipe.seed, options.data_dir);
  if (series.inputs.rows() != model.inputs() || series.targets.rows() != model.outputs())
    throw Error(fmt::format(
        "{}: has {} inputs and {} outputs, the series {} {} and {}; give it data of the same kind",
        options.model, model.inputs(), model.outputs(), series.where, series.inputs.rows(),
        series.targets.rows()));
  const auto start = Clock::now();
  const auto scores = judge_driven(model, series, team);
  const double rate = static_cast<double>(series.steps()) / std::max(since(start), 1e-9);
  if (!options.output.empty()) write_predictions(options.output, scores);
  console.print(fmt::format("{}: {} of {} sites on {}; {}", options.model, model.recipe.dynamics(),
                            model.recipe.sites(), series.where, parts_text(series.parts)));
  print_scores(console, scores, series);
  nlohmann::ordered_json json{{"backend", options.backend}, {"dynamics", model.recipe.dynamics()}};
  add_scores(json, scores, series);
  json["steps_per_s"] = rate;
  json["seed"] = model.recipe.seed;
  console.result(json);
  return success;
}

template <class Run>
int until_stopped(const Console& console, const Run& run) {
  stop_on_signals("stopped; nothing was kept");
  try {
    Team team(1, &stop_requested());
    return run(team);
  } catch (const Stopped&) {
    console.print("stopped; nothing was kept");
    return interrupted;
  }
}

}  // namespace

int train_driven(const DrivenTrainOptions& options) {
  refuse_driven(options.refused, options.where);
  return until_stopped(options.console, [&](Team& team) { return train_driven_until_done(options, team); });
}

int eval_driven(DrivenEvalOptions options) {
  refuse_driven(options.refused, options.model);
  return until_stopped(options.console, [&](Team& team) { return eval_driven_until_done(options, team); });
}

}  // namespace stoic::cli
