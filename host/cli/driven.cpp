#include "driven.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "commands.hpp"
#include "driven_fixed.hpp"
#include "driven_states.hpp"
#include "driven_text.hpp"
#include "interrupt.hpp"
#include "outputs.hpp"
#include "stoic/host/compiler/driven_fixed.hpp"
#include "stoic/host/data/data_check.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/driven/conditional_exponent.hpp"
#include "stoic/host/driven/driven_network.hpp"
#include "stoic/host/driven/driven_scores.hpp"
#include "stoic/host/report/series_scores.hpp"
#include "stoic/host/report/text.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/stopwatch.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

void warn_of_echo_state(const Console& console, const std::string& where, const DrivenRecipe& recipe,
                        const Estimate& exponent) {
  if (exponent.high() < 0) return;
  const auto* remedy = recipe.dynamics() == "esn" ? "take a smaller spectral_radius or a stronger drive"
                       : recipe.dynamics() == "csto"
                           ? "take a weaker coupling_Oe, more gilbert_damping or a stronger drive"
                           : "take a smaller forcing or a longer duration of each drive";
  if (exponent.low() <= 0) {
    console.warn(
        fmt::format("{}: the largest conditional Lyapunov exponent is {:.3g} ± {:.2g} per step, not told "
                    "from 0: whether the "
                    "reservoir forgets where it began (the echo-state property) is open; {}",
                    where, exponent.value, exponent.half_width, remedy));
    return;
  }
  console.warn(fmt::format(
      "{}: the largest conditional Lyapunov exponent is {:.3g} per step, not below 0: the echo-state "
      "property is "
      "violated, so outputs depend on where the reservoir began and small errors grow; {}",
      where, exponent.value, remedy));
}

int train_driven_until_done(const DrivenTrainOptions& options, Team& team) {
  const auto& console = options.console;
  auto recipe = parse_driven_recipe(options.text, options.where, options.settings);
  recipe.data = seen_beside(recipe.data, options.where, options.data_dir);
  require_writable(options.output);
  auto inputs = series_files(recipe.data, options.data_dir);
  inputs.push_back(options.recipe);
  require_apart("-o", options.output, inputs, options.data_dir);
  const auto series = load_series(recipe.data, recipe.seed, options.data_dir);
  auto model = draw_driven_model(recipe, series);
  const Stopwatch watch;
  const auto fit = fit_read_out(model, series, team);
  const double seconds = watch.seconds();
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
  warn_of_echo_state(console, options.where, recipe, exponent);
  print_scores(console, scores, series);
  nlohmann::ordered_json json{
      {"model", options.output}, {"dynamics", recipe.dynamics()}, {"ridge", fit.ridge}};
  json["validation_nrmse"] =
      fit.nrmse_of.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(fit.validation_nrmse);
  json["by_svd"] = fit.by_svd;
  json["conditional_exponent"] = exponent.value;
  json["conditional_exponent_half_width"] = exponent.half_width;
  json.update(scores_json(scores, series));
  json["train_steps"] = series.parts.train;
  json["validation_steps"] = series.parts.validation;
  json["steps_per_s"] = steps / std::max(seconds, 1e-9);
  json["seconds"] = seconds;
  json["seed"] = recipe.seed;
  console.result(json);
  return success;
}

void require_data_settings(const std::vector<std::string>& settings) {
  for (const auto& setting : settings)
    if (!setting.starts_with("data."))
      throw Error(fmt::format(
          "--set {}: of a trained model only the keys of \"data\" can be set, such as data.seed=7", setting));
}

/// Throws Error where states are asked for that there are none of, before anything takes time.
void check_states(const DrivenEvalOptions& options) {
  require_states(options.states, options.model);
  if (!options.states.empty() && options.backend != "float")
    throw Error(fmt::format("{}: --states of a driven reservoir are those of float; leave out --backend {}",
                            options.model, options.backend));
}

int eval_driven_until_done(DrivenEvalOptions& options, Team& team) {
  check_states(options);
  const auto& console = options.console;
  auto model = parse_driven_model(std::move(options.bytes), options.model);
  const auto trained = seen_beside(model.recipe.data, options.model, options.data_dir);
  require_data_settings(options.settings);
  if (!options.settings.empty())
    model.recipe = parse_driven_recipe(driven_recipe_text(model.recipe), options.model, options.settings);
  model.recipe.data = seen_beside(model.recipe.data, options.model, options.data_dir);
  require_apart("-o", options.output, series_files(model.recipe.data, options.data_dir), options.data_dir);
  const auto series = load_series(model.recipe.data, model.recipe.seed, options.data_dir);
  require_fitting(model, series, options.model);
  const auto matches = options.settings.empty()
                           ? is_series_of(console, options.model, model.learnt_from, series)
                           : std::nullopt;
  if (options.backend != "float") {
    // The program is that of the series of the training, whichever is looked at.
    const auto learnt_from =
        options.settings.empty() ? series : load_series(trained, model.recipe.seed, options.data_dir);
    if (!options.settings.empty()) is_series_of(console, options.model, model.learnt_from, learnt_from);
    auto made = compile_driven(model, learnt_from, load_hardware_config(options.hw), team);
    DrivenReferences references{.ridge = made.ridge, .weight_parts = made.weight_parts};
    references.model = series_error(predict_test(model, series, team), series.test_targets());
    fit_read_out(made.rounded, learnt_from, team);
    references.rounded = series_error(predict_test(made.rounded, series, team), series.test_targets());
    return eval_driven_image(options, made.compilation.image, series, matches, references, team);
  }
  const Stopwatch watch;
  const auto scores = judge_driven(model, series, team);
  const double rate = static_cast<double>(series.steps()) / std::max(watch.seconds(), 1e-9);
  const bool of_states = !options.states.empty();
  if (!options.output.empty() && !of_states) write_predictions(options.output, scores);
  const auto states =
      of_states ? write_driven_states(options.output, options.states, options.model, model, series, team)
                : nlohmann::ordered_json();
  console.print(fmt::format("{}: {} of {} sites on {}; {}", options.model, model.recipe.dynamics(),
                            model.recipe.sites(), series.where, parts_text(series.parts)));
  print_scores(console, scores, series);
  nlohmann::ordered_json json{{"backend", options.backend}, {"dynamics", model.recipe.dynamics()}};
  json.update(scores_json(scores, series));
  json["data_matches"] = matches_json(matches);
  json["steps_per_s"] = rate;
  json["seed"] = model.recipe.seed;
  if (of_states) {
    json["states"] = states;
    for (const auto& row : states)
      console.print(fmt::format("{}/{}: {} of {} steps", options.output, row["file"].get<std::string>(),
                                row["name"].get<std::string>(), grouped(series.steps())));
  }
  console.result(json);
  return success;
}

int eval_image_until_done(const DrivenEvalOptions& options, const Image& image, Team& team) {
  if (options.backend == "float")
    throw Error(fmt::format(
        "{}: is an image, which runs on --backend golden, systemc or rtl, not float; give the model "
        "it was compiled from",
        options.model));
  check_states(options);
  const auto ends = driven_image(image, options.model);
  auto recipe = ends.recipe;
  require_data_settings(options.settings);
  if (!options.settings.empty())
    recipe = parse_driven_recipe(driven_recipe_text(recipe), options.model, options.settings);
  recipe.data = seen_beside(recipe.data, options.model, options.data_dir);
  require_apart("-o", options.output, series_files(recipe.data, options.data_dir), options.data_dir);
  const auto series = load_series(recipe.data, recipe.seed, options.data_dir);
  require_fitting(ends, series, options.model);
  const auto matches = options.settings.empty()
                           ? is_series_of(options.console, options.model, ends.learnt_from, series)
                           : std::nullopt;
  return eval_driven_image(options, image, series, matches, {}, team);
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

void refuse_driven(const std::vector<std::string>& options, const std::string& where) {
  if (!options.empty())
    throw Error(fmt::format("{}: is a driven reservoir, which {} {} nothing for; leave {} out", where,
                            fmt::join(options, ", "), options.size() > 1 ? "do" : "does",
                            options.size() > 1 ? "them" : "it"));
}

int train_driven(const DrivenTrainOptions& options) {
  refuse_driven(options.refused, options.where);
  return until_stopped(options.console, [&](Team& team) { return train_driven_until_done(options, team); });
}

int eval_driven(DrivenEvalOptions options) {
  refuse_driven(options.refused, options.model);
  return until_stopped(options.console, [&](Team& team) { return eval_driven_until_done(options, team); });
}

int eval_driven(const DrivenEvalOptions& options, const Image& image) {
  refuse_driven(options.refused, options.model);
  return until_stopped(options.console,
                       [&](Team& team) { return eval_image_until_done(options, image, team); });
}

int compile_driven(const DrivenCompileOptions& options) {
  refuse_driven(options.refused, options.model);
  return until_stopped(options.console, [&](Team& team) { return compile_driven_model(options, team); });
}

int cosim_driven(const DrivenCosimOptions& options, const Image& image) {
  refuse_driven(options.refused, options.image);
  return until_stopped(options.console, [&](Team& team) { return cosim_driven_image(options, image, team); });
}

}  // namespace stoic::cli
