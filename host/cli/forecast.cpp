#include "forecast.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <map>

#include "commands.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "plan.hpp"
#include "stoic/host/analysis/batch_means.hpp"
#include "stoic/host/compiler/driven_fixed.hpp"
#include "stoic/host/driven/conditional_exponent.hpp"
#include "stoic/host/driven/driven_scores.hpp"
#include "stoic/host/learning/diverged_error.hpp"
#include "stoic/host/report/text_table.hpp"
#include "stoic/host/sweep/curve_report.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cli {
namespace {

using nlohmann::ordered_json;

constexpr const char* forecast_meaning =
    "A reservoir trained on a time series and judged on its test part, for each point with several seeds of "
    "reservoir and "
    "series; what is shown is their mean with its interval of 95 %. NRMSE is the root of the mean squared "
    "error over the "
    "variance of the truth: 1 is what the mean alone would reach.";

/// What one seed comes to, by the names that a point has.
using Measures = std::map<std::string, double>;

/// In fixed point; why it cannot be compiled, where it cannot.
std::string measure_fixed(const Forecast& command, const DrivenSubject& subject, Measures& result,
                          Team& team) {
  try {
    const auto made = compile_driven(subject.model, subject.series, *command.config, team);
    const auto& image = made.compilation.image;
    const auto ends = driven_image(image, command.common.subject);
    const auto run = run_golden_series(image, ends, subject.series, subject.series.steps(), team);
    const auto fixed = judge_fixed(image, ends, subject.series, run.outputs, team);
    result["fixed_nrmse"] = fixed.error.nrmse;
    if (fixed.accuracy) result["fixed_accuracy"] = *fixed.accuracy;
    if (!fixed.free.predicted.empty()) result["fixed_valid_steps"] = fixed.free.median_valid_steps;
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

/// Seeds that an instance cannot hold, and why not the first of them.
struct Obstacles {
  std::int64_t seeds = 0;
  std::string first;
  void add(const std::string& why) {
    if (why.empty()) return;
    if (seeds++ == 0) first = why;
  }
};

Measures measure_seed(const Forecast& command, DrivenSubject subject, Obstacles& obstacles, Team& team) {
  DrivenModel& model = subject.model;
  const TimeSeries& series = subject.series;
  Measures result;
  fit_read_out(model, series, team);
  const auto scores = judge_driven(model, series, team);
  result["nrmse"] = scores.error.nrmse;
  if (scores.memory_capacity) result["memory_capacity"] = *scores.memory_capacity;
  if (scores.accuracy) result["accuracy"] = *scores.accuracy;
  if (!scores.free.predicted.empty()) result["valid_steps"] = scores.free.median_valid_steps;
  result["conditional_exponent"] =
      conditional_exponent(model, series, exponent_steps, team).exponents.at(0).value;
  if (command.config) obstacles.add(measure_fixed(command, subject, result, team));
  return result;
}

/// Those that a point may have, in the order in which they are shown.
constexpr const char* measure_names[] = {
    "nrmse",           "fixed_nrmse", "accuracy",          "fixed_accuracy",
    "memory_capacity", "valid_steps", "fixed_valid_steps", "conditional_exponent"};

ordered_json summary_of(const std::map<std::string, std::vector<double>>& values) {
  ordered_json point;
  for (const std::string name : measure_names) {
    const auto found = values.find(name);
    if (found == values.end()) continue;
    const auto& v = found->second;
    const auto mean = mean_of(Eigen::Map<const Eigen::VectorXd>(v.data(), std::ssize(v)));
    const bool one = v.size() == 1;  // of which there is no interval
    point[name] = mean.value;
    point[name + "_low"] = one ? mean.value : mean.low();
    point[name + "_high"] = one ? mean.value : mean.high();
    point[name + "_of"] = v;
  }
  return point;
}

/// The common settings without a seed, for those that get one of their own.
AnalysisOptions without_seed(AnalysisOptions options) {
  std::erase_if(options.settings, [](const std::string& text) {
    const auto settings = read_setting(text);
    return settings.size() == 1 && settings.front().first == "seed";
  });
  return options;
}

}  // namespace

ordered_json measure_forecast(const Forecast& command, const std::vector<std::string>& settings, Team& team,
                              const ShowProgress& show) {
  std::vector<std::vector<std::string>> trials;
  for (const auto seed : command.seeds) {
    trials.push_back(settings);
    trials.back().push_back(fmt::format("seed={}", seed));
  }
  if (trials.empty()) trials.push_back(settings);
  const auto options = command.seeds.empty() ? command.common : without_seed(command.common);
  const auto all = std::ssize(trials);
  std::map<std::string, std::vector<double>> values;
  std::int64_t diverged = 0, done = 0;
  Obstacles obstacles;
  for (const auto& trial : trials) {
    try {
      for (const auto& [name, value] :
           measure_seed(command, draw_driven_subject(options, trial), obstacles, team))
        values[name].push_back(value);
    } catch (const DivergedError&) {
      if (++diverged == all) throw;
    } catch (const Error& error) {
      if (settings.empty()) throw;
      throw Error(fmt::format("at {}: {}", fmt::join(trial, " "), error.what()));
    }
    if (show) show(++done, all);
  }
  auto point = summary_of(values);
  point["diverged_seeds"] = diverged;
  if (command.config) {
    point["fixed_missing_seeds"] = obstacles.seeds;
    point["obstacle"] = obstacles.first;
  }
  return point;
}

namespace {

std::vector<std::string> measures_of(const std::vector<CurvePoint>& points) {
  std::vector<std::string> names;
  for (const auto* name : measure_names)
    if (std::ranges::any_of(points, [&](const CurvePoint& point) { return point.result.contains(name); }))
      names.emplace_back(name);
  return names;
}

AnalysisReport forecast_report(const Forecast& command, const std::vector<CurvePoint>& points) {
  const auto& axes = command.axes;
  const auto title = command.title.empty() ? command.common.subject + ": errors of its task" : command.title;
  AnalysisReport report{.analysis = "forecast",
                        .title = title,
                        .introduction = {forecast_meaning},
                        .figures = {},
                        .tables = {},
                        .warnings = {},
                        .version = {},
                        .command = {},
                        .result = {{"recipe", command.common.subject}, {"points", curve_json(axes, points)}}};
  std::vector<std::string> keys;
  for (const auto& name : measures_of(points)) {
    keys.insert(keys.end(), {name, name + "_low", name + "_high"});
    if (axes.size() == 1 || axes.size() == 2)
      report.figures.push_back(curve_figure(name, title, axes, points,
                                            {{name, name, name + "_low", name + "_high"}},
                                            "Mean of the seeds, with its interval of 95 %."));
  }
  report.tables.push_back(
      curve_table("points", axes, points, keys, "Mean of the seeds, with its interval of 95 %."));
  return report;
}

std::string cell_text(const ordered_json& point, const std::string& name) {
  if (!point.contains(name) || !point.at(name).is_number())
    return point.contains("diverged") && name == "nrmse" ? "diverged" : "-";
  const auto mean = point.at(name).get<double>();
  if (point.at(name + "_of").size() == 1) return fmt::format("{:.4g}", mean);
  return fmt::format("{:.4g} ± {:.2g}", mean, point.at(name + "_high").get<double>() - mean);
}

std::string points_text(const std::vector<SweepAxis>& axes, const std::vector<CurvePoint>& points) {
  const auto names = measures_of(points);
  Rows rows{{""}};
  for (const auto& axis : axes) rows[0][0] += (rows[0][0].empty() ? "" : ", ") + axis.key;
  rows[0].insert(rows[0].end(), names.begin(), names.end());
  for (const auto& point : points) {
    std::string at;
    for (const auto& value : point.at) at += (at.empty() ? "" : ", ") + value.dump();
    std::vector<std::string> row{at};
    for (const auto& name : names) row.push_back(cell_text(point.result, name));
    rows.push_back(std::move(row));
  }
  return table(rows);
}

/// What the numbers do not say: seeds that diverged, and those that an instance cannot hold.
void warn_of_points(const Forecast& command, const std::vector<CurvePoint>& points) {
  std::int64_t diverged = 0, missing = 0, points_short = 0, points_there = 0;
  std::string obstacle;
  for (const auto& point : points) {
    if (point.result.is_null()) continue;  // of another shard
    ++points_there;
    diverged += point.result.value("diverged_seeds", std::int64_t{0});
    const bool any = !point.result.value("obstacle", std::string()).empty();  // all that older points say
    const auto seeds = point.result.value("fixed_missing_seeds", std::int64_t{any ? 1 : 0});
    if (seeds == 0) continue;
    missing += seeds;
    ++points_short;
    if (obstacle.empty()) obstacle = point.result.value("obstacle", std::string());
  }
  if (diverged > 0)
    command.common.console.warn(
        fmt::format("{} seeds diverge, and are not in the means of their points", diverged));
  if (missing > 0)
    command.common.console.warn(fmt::format(
        "{} of {} points have {} seeds that are not in fixed point, where means are of the others; the first "
        "because {}",
        points_short, points_there, missing, obstacle));
}

/// Settings of the first point.
std::vector<std::string> first_settings(const std::vector<SweepAxis>& axes) {
  std::vector<std::string> settings;
  for (const auto& axis : axes)
    for (const auto& setting : axis.settings(0)) settings.push_back(setting_text(setting));
  return settings;
}

}  // namespace

std::string forecast_identity(const Forecast& command) {
  const auto subject = draw_driven_subject(command.common, first_settings(command.axes));
  const auto sum = [](const Eigen::MatrixXd& values) {
    return ::crc32_z(0, reinterpret_cast<const unsigned char*>(values.data()),
                     static_cast<std::size_t>(values.size()) * sizeof(double));
  };
  return fmt::format("{}\n{}\n{}\n{:08x}{:08x}\n{}", command.what, fmt::join(command.seeds, ","),
                     driven_recipe_text(subject.model.recipe), sum(subject.series.inputs),
                     sum(subject.series.targets),
                     command.config ? hardware_config_text(*command.config) : "");
}

int run_forecast(const Forecast& command) {
  const auto& common = command.common;
  if (!common.output.empty()) require_analysis_folder(common.output, common.name);
  std::optional<std::vector<CurvePoint>> points;
  if (command.axes.empty()) {
    const bool finished = run_stoppable(common, false, [&](const ShowProgress& show) {
      Team team(common.threads, &stop_requested());
      points = {{{}, measure_forecast(command, {}, team, show)}};
    });
    if (!finished) return interrupted;
  } else {
    points = run_points(common, command.axes, forecast_identity(command),
                        [&](const std::vector<std::string>& settings, const PointWork& work) {
                          Team team(common.threads, work.stop);
                          return measure_forecast(command, settings, team, work.show);
                        });
    if (!points) return interrupted;
  }
  common.console.print(points_text(command.axes, *points));
  warn_of_points(command, *points);
  return finish_analysis(common, forecast_report(command, *points));
}

}  // namespace stoic::cli
