#include "stoic/host/sweep/exponents_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/report/text.hpp"
#include "stoic/host/sweep/curve_report.hpp"

namespace stoic {
namespace {

using nlohmann::ordered_json;

constexpr const char* exponents_meaning =
    "A Lyapunov exponent is the mean rate at which an infinitely small disturbance grows (above 0) or dies "
    "away "
    "(below 0) in the long run; there are as many as a state has directions. A positive largest one is "
    "chaos, "
    "0 is periodic or quasi-periodic motion, below 0 the system comes to rest. They are found from tangents "
    "that "
    "are made orthonormal again and again (Benettin and others, 1980). Intervals are of 95 %, from the means "
    "of "
    "20 batches.";

ordered_json finite_json(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(); }

ordered_json spectrum_json(const LyapunovSpectrum& s) {
  ordered_json values = ordered_json::array(), intervals = values;
  for (const auto& e : s.exponents) {
    values.push_back(finite_json(e.value));
    intervals.push_back({finite_json(e.low()), finite_json(e.high())});
  }
  ordered_json json{{"exponents", values}, {"intervals", intervals}, {"converged", s.converged}};
  json["verdict"] = s.verdict;
  json["at_rest"] = s.at_rest;
  json["collapsed"] = s.collapsed;
  json["sum"] = finite_json(s.sum.value);
  json["sum_interval"] = {finite_json(s.sum.low()), finite_json(s.sum.high())};
  json["expected_sum"] = s.expected_sum ? finite_json(*s.expected_sum) : ordered_json();
  json["kaplan_yorke"] = s.kaplan_yorke ? ordered_json(*s.kaplan_yorke) : ordered_json();
  return json;
}

ordered_json means_json(const ExponentsResult& result) {
  auto mean = result.seeds.front();
  mean.exponents = exponents_of(result);
  mean.converged = all_converged(result);
  mean.verdict = verdict_of(result);
  Eigen::VectorXd sums(std::ssize(result.seeds));
  for (std::size_t s = 0; s < result.seeds.size(); ++s) {
    const auto& one = result.seeds[s];
    sums[static_cast<Eigen::Index>(s)] = one.sum.value;
    mean.at_rest &= one.at_rest;
    mean.collapsed |= one.collapsed;
  }
  if (sums.size() > 1) {
    mean.sum = mean_of(sums);
    mean.expected_sum.reset();
  }
  mean.kaplan_yorke = kaplan_yorke_dimension(mean.exponents, mean.dimension);
  return spectrum_json(mean);
}

std::string interval_text(const Estimate& e) { return fmt::format("{:.6g} ± {:.1e}", e.value, e.half_width); }

AnalysisFigure spectrum_figure(const ExponentsResult& result) {
  LinePlot plot{.title = result.subject + ": Lyapunov exponents",
                .heading = {result.subject + ": Lyapunov exponents"},
                .x = {.label = "number"},
                .y = {.label = fmt::format("λ ({})", result.unit)},
                .x_names = {},
                .series = {{"exponent", {}}}};
  double number = 0;
  for (const auto& e : exponents_of(result))
    plot.series[0].points.push_back({++number, e.value, e.low(), e.high()});
  return {"spectrum", svg(plot), "Exponents from the largest on, with intervals of 95 %."};
}

AnalysisFigure batches_figure(const ExponentsResult& result) {
  LinePlot plot{.title = result.subject + ": batches",
                .heading = {result.subject + ": batches"},
                .x = {.label = fmt::format("time ({})", result.time_unit)},
                .y = {.label = fmt::format("λ of a batch ({})", result.unit)},
                .x_names = {},
                .series = {}};
  const auto& s = result.seeds.front();
  const Eigen::Index shown = std::min<Eigen::Index>(s.batches.rows(), 3);
  for (Eigen::Index j = 0; j < shown; ++j) {
    PlotSeries series{fmt::format("λ{}", j + 1), {}};
    for (Eigen::Index b = 0; b < s.batches.cols(); ++b) {
      const double time =
          s.transient + s.duration * (static_cast<double>(b) + 0.5) / static_cast<double>(s.batches.cols());
      series.points.push_back({time, s.batches(j, b), s.batches(j, b), s.batches(j, b)});
    }
    plot.series.push_back(std::move(series));
  }
  return {
      "batches", svg(plot),
      "The means of the batches that the intervals come from, over time: they should scatter and not drift."};
}

AnalysisReport exponents_frame(const std::string& subject, ordered_json result) {
  return {.analysis = "exponents",
          .title = subject + ": Lyapunov exponents",
          .introduction = {exponents_meaning},
          .figures = {},
          .tables = {},
          .warnings = {},
          .version = {},
          .command = {},
          .result = std::move(result)};
}

}  // namespace

std::vector<Estimate> exponents_of(const ExponentsResult& result) {
  if (result.seeds.size() == 1) return result.seeds.front().exponents;
  std::vector<Estimate> means;
  for (std::size_t j = 0; j < result.seeds.front().exponents.size(); ++j) {
    Eigen::VectorXd values(std::ssize(result.seeds));
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t s = 0; s < result.seeds.size(); ++s) {
      values[static_cast<Eigen::Index>(s)] = result.seeds[s].exponents[j].value;
      least = std::min(least, result.seeds[s].exponents[j].half_width);
    }
    means.push_back(mean_of(values));
    // of seeds that all say the same to the bit, such as closed forms
    means.back().half_width =
        std::max(means.back().half_width, least / std::sqrt(static_cast<double>(result.seeds.size())));
  }
  return means;
}

bool all_converged(const ExponentsResult& result) {
  return std::all_of(result.seeds.begin(), result.seeds.end(), [](const auto& s) { return s.converged; });
}

std::string verdict_of(const ExponentsResult& result) {
  for (std::size_t s = 0; s < result.seeds.size(); ++s)
    if (!result.seeds[s].converged)
      return result.seeds.size() == 1 ? result.seeds[s].verdict
                                      : fmt::format("seed {}: {}", result.seed + s, result.seeds[s].verdict);
  return result.seeds.front().verdict;
}

ordered_json exponents_json(const ExponentsResult& result) {
  ordered_json json{{"system", result.subject}};
  json.update(means_json(result));
  const auto& first = result.seeds.front();
  json["unit"] = result.unit;
  json["time_unit"] = result.time_unit;
  json["dimension"] = first.dimension;
  json["method"] = result.method;
  json["start"] = result.start;
  json["transient"] = first.transient;
  json["duration"] = first.duration;
  json["interval"] = first.interval;
  json["steps"] = first.steps;
  json["seed"] = result.seed;
  if (result.seeds.size() > 1) {
    json["seeds"] = ordered_json::array();
    for (const auto& s : result.seeds) json["seeds"].push_back(spectrum_json(s));
  }
  return json;
}

std::string exponents_text(const ExponentsResult& result) {
  const auto& first = result.seeds.front();
  const auto exponents = exponents_of(result);
  std::string text =
      first.at_rest
          ? fmt::format("{}: {}; start {}\n", result.subject, result.method, result.start)
          : fmt::format("{}: {}; start {}, transient {:g}, measured {:g} {}, orthonormal every {:g}\n",
                        result.subject, result.method, result.start, first.transient, first.duration,
                        result.time_unit, first.interval);
  constexpr std::size_t most_lines = 20;
  for (std::size_t j = 0; j < std::min(exponents.size(), most_lines); ++j)
    text += fmt::format("  λ{:<3} {}  {}\n", j + 1, interval_text(exponents[j]), result.unit);
  if (exponents.size() > most_lines)
    text += fmt::format("  ... {} more, the last {}\n", exponents.size() - most_lines,
                        interval_text(exponents.back()));
  if (exponents.size() > 1 || first.dimension == 1) {
    text += fmt::format("  sum  {:.10g}", first.sum.value);
    if (first.expected_sum) text += fmt::format(", which its divergence makes {:.10g}", *first.expected_sum);
    text += "\n";
  }
  if (const auto ky = kaplan_yorke_dimension(exponents, first.dimension))
    text += fmt::format("  Kaplan-Yorke dimension {:.4f}\n", *ky);
  return text + "  " + verdict_of(result);
}

AnalysisReport exponents_report(const ExponentsResult& result) {
  auto report = exponents_frame(result.subject, exponents_json(result));
  report.introduction.push_back(exponents_text(result));
  const auto exponents = exponents_of(result);
  if (exponents.size() > 1) report.figures.push_back(spectrum_figure(result));
  if (result.seeds.front().batches.size() > 0) report.figures.push_back(batches_figure(result));
  AnalysisTable table{"exponents", ordered_json::array(), "Each exponent with the ends of its interval."};
  for (std::size_t j = 0; j < exponents.size(); ++j)
    table.rows.push_back({{"number", j + 1},
                          {"exponent", finite_json(exponents[j].value)},
                          {"low", finite_json(exponents[j].low())},
                          {"high", finite_json(exponents[j].high())},
                          {"unit", result.unit}});
  report.tables.push_back(std::move(table));
  return report;
}

AnalysisReport exponents_curve_report(const std::vector<SweepAxis>& axes,
                                      const std::vector<CurvePoint>& points, const std::string& subject) {
  auto report = exponents_frame(subject, {{"points", curve_json(axes, points)}});
  std::string unit;
  std::size_t most = 0;
  for (const auto& point : points) {
    if (!point.result.contains("unit")) continue;
    unit = point.result.at("unit").get<std::string>();
    most = std::max(most, point.result.at("exponents").size());
  }
  std::vector<CurveQuantity> quantities;
  std::vector<std::string> keys;
  for (std::size_t j = 1; j <= std::min<std::size_t>(most, 3); ++j) {
    const auto name = fmt::format("lambda_{}", j);
    quantities.push_back({name, fmt::format("λ ({})", unit), name + "_low", name + "_high"});
    keys.insert(keys.end(), {name, name + "_low", name + "_high"});
  }
  if (quantities.empty()) return report;
  report.figures.push_back(curve_figure("exponents", report.title, axes, points, quantities,
                                        "The largest exponents with intervals of 95 %."));
  keys.insert(keys.end(), {"sum", "kaplan_yorke", "converged", "verdict"});
  report.tables.push_back(curve_table("points", axes, points, keys, "The exponents at each point."));
  return report;
}

}  // namespace stoic
