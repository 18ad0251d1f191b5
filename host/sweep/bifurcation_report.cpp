#include "stoic/host/sweep/bifurcation_report.hpp"

#include <fmt/format.h>

#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/sweep/curve_report.hpp"

namespace stoic {

using nlohmann::ordered_json;

namespace {

constexpr const char* bifurcation_meaning =
    "A bifurcation diagram shows, for every value of a key, what a component of the state goes on to visit "
    "once "
    "the transient is over: of a map its iterates, of a flow its local maxima. One point is rest or a cycle "
    "with "
    "one maximum, a few are a cycle with so many, a band is chaos or quasi-periodic motion.";

}  // namespace

AnalysisReport bifurcation_report(const SweepAxis& axis, const std::vector<CurvePoint>& points,
                                  const std::string& what, const std::string& subject) {
  const auto title = subject + ": bifurcation diagram";
  ScatterPlot plot{.title = title,
                   .heading = {title},
                   .x = {.label = axis.key, .logarithmic = axis.logarithmic},
                   .y = {.label = what},
                   .series = {{what, {}}}};
  AnalysisTable table{"values", ordered_json::array(), "Every value that was noted."};
  for (const auto& point : points) {
    if (!point.result.contains("values") || !point.at[0].is_number()) continue;
    const double x = point.at[0].get<double>();
    for (const auto& value : point.result.at("values")) {
      plot.series[0].points.push_back({x, value.get<double>(), ""});
      table.rows.push_back({{axis.key, point.at[0]}, {"value", value}});
    }
  }
  return {.analysis = "bifurcation",
          .title = title,
          .introduction = {bifurcation_meaning},
          .figures = {{"diagram", svg(plot), fmt::format("The {} over {}.", what, axis.key)}},
          .tables = {std::move(table)},
          .warnings = {},
          .version = {},
          .command = {},
          .result = {{"of", what}, {"points", curve_json({axis}, points)}}};
}

}  // namespace stoic
