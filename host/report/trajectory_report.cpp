#include "stoic/host/report/trajectory_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/report/text.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using nlohmann::ordered_json;

/// At most so many of a row of things, evenly.
Index stride_for(Index count, Index most) { return std::max<Index>(1, (count + most - 1) / most); }

std::string time_label(const TrajectoryResult& result) {
  if (result.unit == "steps") return "step";
  return result.unit.empty() ? "time" : fmt::format("time ({})", result.unit);
}

AnalysisFigure image(const TrajectoryResult& result, const std::string& subject) {
  const Index down = stride_for(result.states.rows(), 80), along = stride_for(result.states.cols(), 120);
  ImagePlot plot{
      .title = subject + ": states over time",
      .heading = {},
      .x = {.label = time_label(result), .least = result.times.front(), .most = result.times.back()},
      .y = {.label = "component", .least = 0, .most = static_cast<double>(result.states.rows())},
      .value_label = "state",
      .columns = static_cast<std::size_t>((result.states.cols() + along - 1) / along),
      .rows = static_cast<std::size_t>((result.states.rows() + down - 1) / down),
      .values = {}};
  for (Index r = 0; r < result.states.rows(); r += down)
    for (Index c = 0; c < result.states.cols(); c += along) plot.values.push_back(result.states(r, c));
  return {"states", svg(plot),
          fmt::format("The state of one sample over time: {} of its {} components, {} of {} times.",
                      plot.rows, result.states.rows(), plot.columns, result.states.cols())};
}

AnalysisFigure in_time(const TrajectoryResult& result, const std::string& subject) {
  LinePlot plot{.title = subject + ": first components in time",
                .heading = {},
                .x = {.label = time_label(result)},
                .y = {.label = "state"},
                .x_names = {},
                .series = {}};
  const Index along = stride_for(result.states.cols(), 300);
  for (Index k = 0; k < std::min<Index>(3, result.states.rows()); ++k) {
    PlotSeries series{fmt::format("component {}", k + 1), {}};
    for (Index c = 0; c < result.states.cols(); c += along) {
      const double x = result.states(k, c);
      series.points.push_back({result.times[static_cast<std::size_t>(c)], x, x, x});
    }
    plot.series.push_back(std::move(series));
  }
  return {"components", svg(plot), "The first three components of that state in time."};
}

AnalysisFigure phase(const TrajectoryResult& result, const std::string& subject) {
  ScatterPlot plot{.title = subject + ": phase plot",
                   .heading = {},
                   .x = {.label = "component 1"},
                   .y = {.label = "component 2"},
                   .series = {{"component 2 over component 1", {}}}};
  if (result.states.rows() > 2) plot.series.push_back({"component 3 over component 1", {}});
  const Index along = stride_for(result.states.cols(), 1000);
  for (Index c = 0; c < result.states.cols(); c += along)
    for (std::size_t k = 0; k < plot.series.size(); ++k)
      plot.series[k].points.push_back(
          {result.states(0, c),
           result.states(std::min<Index>(static_cast<Index>(k) + 1, result.states.rows() - 1), c),
           tick_text(result.times[static_cast<std::size_t>(c)])});
  return {"phase", svg(plot), "The same components against each other, a mark for each time."};
}

AnalysisFigure components(const char* name, const char* what, const PrincipalComponents& found,
                          std::span<const std::uint8_t> labels, const std::vector<std::string>& classes,
                          const std::string& subject) {
  const auto share = [&](std::size_t k) { return k < found.explained.size() ? found.explained[k] : 0; };
  ScatterPlot plot{
      .title = fmt::format("{}: principal components of {}", subject, what),
      .heading = {},
      .x = {.label = fmt::format("first principal component ({} of the variance)", percent(share(0)))},
      .y = {.label = fmt::format("second principal component ({})", percent(share(1)))},
      .series = {}};
  const std::size_t count = labels.empty() ? 0 : 1U + *std::max_element(labels.begin(), labels.end());
  for (std::size_t k = 0; k < count; ++k)
    plot.series.push_back({k < classes.size() ? classes[k] : fmt::format("{}", k), {}});
  constexpr std::size_t most = 2000;
  for (std::size_t s = 0; s < std::min(labels.size(), most); ++s) {
    const auto at = static_cast<Index>(s);
    plot.series[labels[s]].points.push_back(
        {found.coordinates(0, at), found.coordinates.rows() > 1 ? found.coordinates(1, at) : 0,
         fmt::format("sample {}, class {}", s, plot.series[labels[s]].name)});
  }
  return {name, svg(plot),
          fmt::format("{} samples at {}, along the two directions in which they vary most, by their classes.",
                      std::min(labels.size(), most), what)};
}

AnalysisTable components_table(const char* name, const char* what, const PrincipalComponents& found,
                               std::span<const std::uint8_t> labels) {
  AnalysisTable table{name, ordered_json::array(), fmt::format("Principal components of {}.", what)};
  for (std::size_t s = 0; s < labels.size(); ++s) {
    ordered_json row{{"sample", s}, {"class", labels[s]}};
    for (Index k = 0; k < found.coordinates.rows(); ++k)
      row[fmt::format("component_{}", k + 1)] = found.coordinates(k, static_cast<Index>(s));
    table.rows.push_back(std::move(row));
  }
  return table;
}

AnalysisTable states_table(const TrajectoryResult& result) {
  AnalysisTable table{"states", ordered_json::array(), "The state of the shown sample at every time."};
  for (Index c = 0; c < result.states.cols(); ++c) {
    ordered_json row{{"time", result.times[static_cast<std::size_t>(c)]}};
    for (Index k = 0; k < result.states.rows(); ++k) row[fmt::format("x{}", k + 1)] = result.states(k, c);
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

AnalysisReport trajectory_report(const TrajectoryResult& result, std::span<const std::uint8_t> labels,
                                 const std::vector<std::string>& classes, const std::string& subject) {
  AnalysisReport report{
      .analysis = "trajectories",
      .title = subject + ": trajectories",
      .introduction = {"Where the system takes its inputs: the state of one sample over time, and "
                       "all samples where they begin, x(0), and where they end, x(T), along the "
                       "directions in which they vary most (principal components)."},
      .figures = {image(result, subject), in_time(result, subject)},
      .tables = {},
      .warnings = {},
      .version = {},
      .command = {},
      .result = {}};
  if (result.states.rows() > 1) report.figures.push_back(phase(result, subject));
  report.figures.push_back(components("first", "x(0)", result.first, labels, classes, subject));
  report.figures.push_back(components("last", "x(T)", result.last, labels, classes, subject));
  report.tables = {components_table("first", "x(0)", result.first, labels),
                   components_table("last", "x(T)", result.last, labels), states_table(result)};
  report.result = {{"samples", labels.size()},
                   {"unit", result.unit},
                   {"times", result.times},
                   {"width", result.states.rows()},
                   {"explained_first", result.first.explained},
                   {"explained_last", result.last.explained}};
  return report;
}

}  // namespace stoic
