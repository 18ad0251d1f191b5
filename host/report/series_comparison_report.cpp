#include "stoic/host/report/series_comparison_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "stoic/host/compare/word_lengths.hpp"
#include "stoic/host/report/series_scores.hpp"
#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/report/text_table.hpp"

namespace stoic {

using Eigen::Index;
using nlohmann::ordered_json;

namespace {

constexpr Index most_shown = 200;  ///< steps of a plot

/// The first output over the first steps: truth, float, fixed point.
LinePlot outputs_plot(const std::string& title, const std::string& output, const Eigen::MatrixXd& truth,
                      const Eigen::MatrixXd& reference, const Eigen::MatrixXd& fixed) {
  LinePlot plot{.title = title,
                .heading = {title},
                .x = {.label = "steps"},
                .y = {.label = output},
                .x_names = {},
                .series = {}};
  const auto add = [&](const char* name, const Eigen::MatrixXd& values) {
    PlotSeries line{name, {}};
    for (Index t = 0; t < std::min(most_shown, values.cols()); ++t)
      line.points.push_back({static_cast<double>(t), values(0, t), values(0, t), values(0, t)});
    plot.series.push_back(std::move(line));
  };
  add("truth", truth);
  add("float", reference);
  add("fixed point", fixed);
  return plot;
}

LinePlot drift_plot(const SeriesComparison& c) {
  LinePlot plot{.title = "Fixed point from float over time",
                .heading = {"Fixed point from float over time"},
                .x = {.label = "steps of the test part"},
                .y = {.label = "standard deviations of the target", .logarithmic = true},
                .x_names = {},
                .series = {{"root mean square", {}}, {"largest", {}}}};
  for (const auto& d : c.drift) {
    const double middle = static_cast<double>(d.first) + static_cast<double>(d.steps) / 2;
    plot.series[0].points.push_back({middle, d.rms, d.rms, d.rms});
    plot.series[1].points.push_back({middle, d.largest, d.largest, d.largest});
  }
  return plot;
}

HeatMap::Cell map_cell(const SeriesWordLengths& cell, const HardwareConfig& hw) {
  const auto bits = fmt::format("{}-bit states, {}-bit weights", cell.state_width, cell.weight_width);
  HeatMap::Cell shown{.value = {},
                      .text = "-",
                      .explanation = bits + ": " + cell.obstacle,
                      .marked = cell.state_width == hw.state_width && cell.weight_width == hw.weight_width};
  if (!cell.obstacle.empty()) return shown;
  shown.value = cell.nrmse;
  shown.text = fmt::format("{:.3g}", cell.nrmse);
  shown.explanation = fmt::format("{}: NRMSE {:.5g}, ridge {:g}, {} saturated elements", bits, cell.nrmse,
                                  cell.ridge, cell.saturations);
  return shown;
}

HeatMap word_length_map(const ComparedSeries& result) {
  HeatMap map{.title = "NRMSE by bits of states and weights",
              .heading = {},
              .x_label = "bits of a weight",
              .y_label = "bits of a state",
              .value_label = "NRMSE",
              .x_names = {},
              .y_names = {},
              .cells = {}};
  for (const auto width : swept_weight_widths) map.x_names.push_back(fmt::format("{}", width));
  for (const auto width : swept_state_widths) map.y_names.push_back(fmt::format("{}", width));
  for (const auto& cell : result.word_lengths) map.cells.push_back(map_cell(cell, result.hw));
  return map;
}

LinePlot noise_plot(const std::vector<SeriesNoise>& noise) {
  LinePlot plot{.title = "NRMSE with noisy inputs",
                .heading = {"NRMSE with noisy inputs"},
                .x = {.label = "signal to noise, by variance", .logarithmic = true},
                .y = {.label = "NRMSE", .logarithmic = true},
                .x_names = {},
                .series = {{"float", {}}, {"fixed point", {}}}};
  for (const auto& point : noise)
    for (std::size_t s = 0; s < 2; ++s) {
      const auto& values = s == 0 ? point.nrmse_float : point.nrmse_fixed;
      const auto [low, high] = std::ranges::minmax(values);
      plot.series[s].points.push_back({point.signal_to_noise, mean_nrmse(values), low, high});
    }
  return plot;
}

AnalysisTable drift_table(const SeriesComparison& c) {
  AnalysisTable table{"drift", ordered_json::array(),
                      "How far fixed point is from float, in standard deviations of the target, by stretches "
                      "of the test part."};
  for (const auto& d : c.drift)
    table.rows.push_back({{"first", d.first}, {"steps", d.steps}, {"rms", d.rms}, {"largest", d.largest}});
  return table;
}

std::string standing_word(Standing standing) {
  switch (standing) {
    case Standing::within:
      return "within";
    case Standing::overlapping:
      return "overlapping";
    case Standing::worse:
      return "worse";
    case Standing::unknown:
      break;
  }
  return "unknown";
}

AnalysisTable free_runs_table(const SeriesComparison& c) {
  AnalysisTable table{"free_run_statistics", ordered_json::array(),
                      "Free runs: the median of the steps that each is valid for, and how far the histogram "
                      "of all is from that of the "
                      "test part (half the sum of the differences), with intervals of 95 % where there are "
                      "six runs at least."};
  const auto bound = [](const std::optional<Interval>& interval, double Interval::*end) {
    return interval ? ordered_json((*interval).*end) : ordered_json();
  };
  for (const bool fixed : {false, true}) {
    const auto& s = fixed ? *c.free_golden : *c.free_reference;
    table.rows.push_back({{"in", fixed ? "golden" : "float"},
                          {"runs", c.reference.free.predicted.size()},
                          {"valid_steps", s.valid_steps},
                          {"valid_steps_low", bound(s.valid_steps_interval, &Interval::low)},
                          {"valid_steps_high", bound(s.valid_steps_interval, &Interval::high)},
                          {"histogram_distance", s.distance},
                          {"histogram_distance_low", bound(s.distance_interval, &Interval::low)},
                          {"histogram_distance_high", bound(s.distance_interval, &Interval::high)},
                          {"beside_float", fixed ? ordered_json(standing_word(standing(*c.free_reference, s)))
                                                 : ordered_json()}});
  }
  return table;
}

/// How the first output is distributed: in the test part, and in all free runs.
LinePlot attractor_plot(const SeriesComparison& c, const std::string& output) {
  LinePlot plot{.title = "Where free runs are",
                .heading = {"Where free runs are"},
                .x = {.label = output},
                .y = {.label = "share of the steps"},
                .x_names = {},
                .series = {}};
  const HistogramBins bins(c.reference.truth);
  const auto add = [&](const char* name, const Eigen::MatrixXd& shares) {
    PlotSeries line{name, {}};
    for (Index b = 0; b < shares.cols(); ++b)
      line.points.push_back({bins.least(0) + (static_cast<double>(b) + 0.5) * bins.width(0), shares(0, b),
                             shares(0, b), shares(0, b)});
    plot.series.push_back(std::move(line));
  };
  add("test part", bins.shares(c.reference.truth));
  add("float", c.free_reference->histogram);
  add("fixed point", c.free_golden->histogram);
  return plot;
}

AnalysisTable word_lengths_table(const ComparedSeries& result) {
  AnalysisTable table{"word_lengths", ordered_json::array(), "Each compiled anew, with its own ridge."};
  for (const auto& w : result.word_lengths)
    table.rows.push_back({{"state_width", w.state_width},
                          {"weight_width", w.weight_width},
                          {"nrmse", w.obstacle.empty() ? ordered_json(w.nrmse) : ordered_json()},
                          {"ridge", w.obstacle.empty() ? ordered_json(w.ridge) : ordered_json()},
                          {"weight_parts", w.weight_parts},
                          {"saturations", w.saturations},
                          {"obstacle", w.obstacle}});
  return table;
}

AnalysisTable noise_table(const std::vector<SeriesNoise>& noise) {
  AnalysisTable table{"noise", ordered_json::array(), "Each draw of the noise, the same for both."};
  for (const auto& point : noise)
    for (std::size_t t = 0; t < point.nrmse_float.size(); ++t)
      table.rows.push_back({{"signal_to_noise", point.signal_to_noise},
                            {"trial", t},
                            {"nrmse_float", point.nrmse_float[t]},
                            {"nrmse_fixed", point.nrmse_fixed[t]}});
  return table;
}

AnalysisTable devices_table(const std::vector<SeriesDevice>& devices) {
  AnalysisTable table{"devices", ordered_json::array(), "Devices against golden, step by step."};
  for (const auto& d : devices)
    table.rows.push_back({{"backend", d.backend},
                          {"steps", d.steps},
                          {"differing_bits", d.differing_bits},
                          {"differing_cycles", d.differing_cycles},
                          {"differing_saturations", d.differing_saturations},
                          {"cycles_per_step", d.cycles_per_step}});
  return table;
}

std::vector<AnalysisFigure> figures_of(const ComparedSeries& result) {
  const auto& c = result.comparison;
  const auto& output = result.series.target_names.at(0);
  std::vector<AnalysisFigure> figures{
      {"outputs",
       svg(outputs_plot("Test part", output, c.reference.truth, c.reference.predicted, c.golden.predicted)),
       "The first output over the first steps of the test part."},
      {"drift", svg(drift_plot(c)),
       "Whether rounding errors grow: in a reservoir that forgets they do not."}};
  if (c.free_reference && c.free_golden) {
    figures.push_back(
        {"free-run",
         svg(outputs_plot("First free run", output, c.reference.free.truth[0], c.reference.free.predicted[0],
                          c.golden.free.predicted[0])),
         "Fed with its own outputs, over the first steps, from the beginning of the test part on."});
    figures.push_back({"attractor", svg(attractor_plot(c, output)),
                       "Histogram of the first output: of the test part, and of all free runs together."});
  }
  if (!result.word_lengths.empty())
    figures.push_back({"word-lengths", svg(word_length_map(result)),
                       "Test error for other word lengths; the instance's own has a frame."});
  if (!result.noise.empty())
    figures.push_back({"noise", svg(noise_plot(result.noise)),
                       "Mean over the draws of the noise, with the least and the largest."});
  return figures;
}

std::vector<std::pair<std::string, std::string>> provenance_of(const ComparedSeries& result) {
  std::vector<std::pair<std::string, std::string>> rows;
  if (!result.date.empty()) rows.emplace_back("date", result.date);
  rows.emplace_back("reservoir",
                    fmt::format("{}, {} sites, seed {}", result.dynamics, result.sites, result.seed));
  rows.emplace_back("series", fmt::format("{}, {} steps", result.series.where, result.series.steps()));
  rows.emplace_back("learnt from", result.learnt_from.empty() ? "an unknown series" : result.learnt_from);
  rows.emplace_back("accelerator", fmt::format("{}, hash {:08x}", result.hw.name, config_hash(result.hw)));
  return rows;
}

}  // namespace

double mean_nrmse(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::string free_runs_comparison(const SeriesComparison& c) {
  const auto valid = [](const FreeRunStatistics& s) {
    return fmt::format("{:.4g}", s.valid_steps) +
           (s.valid_steps_interval ? fmt::format(" ({:.4g} to {:.4g})", s.valid_steps_interval->low,
                                                 s.valid_steps_interval->high)
                                   : "");
  };
  const auto distance = [](const FreeRunStatistics& s) {
    return fmt::format("{:.2f} %", 100 * s.distance) +
           (s.distance_interval ? fmt::format(" ({:.2f} to {:.2f})", 100 * s.distance_interval->low,
                                              100 * s.distance_interval->high)
                                : "");
  };
  const std::map<Standing, const char*> verdicts{
      {Standing::within, "Fixed point is within the intervals of float, or better."},
      {Standing::overlapping,
       "Fixed point is not within the intervals of float, but its own overlap with them."},
      {Standing::worse, "Fixed point is worse than float."},
      {Standing::unknown, "Six runs at least would tell what is chance."}};
  const auto &f = *c.free_reference, &g = *c.free_golden;
  return fmt::format(
      "Free runs are valid for a median of {} steps in float, {} in fixed point; their histogram differs "
      "from that of "
      "the test part by {} and {}{}. {}",
      valid(f), valid(g), distance(f), distance(g), f.valid_steps_interval ? " (intervals of 95 %)" : "",
      verdicts.at(standing(f, g)));
}

std::string word_length_table(const std::vector<SeriesWordLengths>& cells, const HardwareConfig& hw) {
  Rows rows{{"bits"}};
  for (const auto width : swept_weight_widths) rows[0].push_back(fmt::format("w {}", width));
  for (const auto& cell : cells) {
    if (rows.back()[0] != fmt::format("{}", cell.state_width))
      rows.push_back({fmt::format("{}", cell.state_width)});
    const bool own = cell.state_width == hw.state_width && cell.weight_width == hw.weight_width;
    const auto text = cell.obstacle.empty() ? fmt::format("{:.4g}", cell.nrmse) : std::string("-");
    rows.back().push_back(own ? "[" + text + "]" : text);
  }
  return "NRMSE by bits of states (down) and weights (across)\n" + table(rows);
}

std::vector<AnalysisTable> comparison_tables(const ComparedSeries& result) {
  std::vector<AnalysisTable> tables{drift_table(result.comparison)};
  if (result.comparison.free_reference && result.comparison.free_golden)
    tables.push_back(free_runs_table(result.comparison));
  if (!result.word_lengths.empty()) tables.push_back(word_lengths_table(result));
  if (!result.noise.empty()) tables.push_back(noise_table(result.noise));
  if (!result.devices.empty()) tables.push_back(devices_table(result.devices));
  return tables;
}

AnalysisReport series_comparison_report(const ComparedSeries& result) {
  const auto& c = result.comparison;
  std::vector<std::string> introduction{fmt::format(
      "{} clock cycles a time step, {} saturated elements in {} steps. The read-out was learnt "
      "anew on the states "
      "that the accelerator has, with a ridge of {:g}.",
      grouped(c.run.cycles_of_step), grouped(c.run.saturations), grouped(c.run.steps), c.made.ridge)};
  introduction.push_back("In float64: " + scores_text(c.reference, result.series));
  introduction.push_back("In fixed point: " + scores_text(c.golden, result.series));
  introduction.push_back(fmt::format(
      "The NRMSE of fixed point is {:+.2f} % beside float's, {:+.2f} % beside that of float with the "
      "weights W and W_in that the accelerator has. NRMSE and NMSE are errors over the standard deviation "
      "and the variance of the target, sMAPE is the mean of 2 |error| / (|target| + |prediction|).",
      100 * c.loss(), 100 * (c.golden.error.nrmse / c.rounded.nrmse - 1)));
  if (c.free_reference && c.free_golden) introduction.push_back(free_runs_comparison(c));
  return {.analysis = "compare",
          .title = fmt::format("{} on {}: float against fixed point", result.name, result.hw.name),
          .introduction = std::move(introduction),
          .figures = figures_of(result),
          .tables = comparison_tables(result),
          .warnings = {},
          .version = {},
          .command = {},
          .provenance = provenance_of(result),
          .result = {}};
}

}  // namespace stoic
