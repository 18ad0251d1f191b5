#include "stoic/host/sweep/curve_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace stoic {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// The value of a dotted key; null where there is none.
ordered_json value_at(const ordered_json& object, const std::string& key) {
  const ordered_json* place = &object;
  for (std::size_t from = 0; from <= key.size();) {
    const auto to = std::min(key.find('.', from), key.size());
    // Keys such as "0.5" hold a dot themselves.
    const auto rest = key.substr(from);
    if (place->is_object() && place->contains(rest)) return place->at(rest);
    const auto name = key.substr(from, to - from);
    if (!place->is_object() || !place->contains(name)) return {};
    place = &place->at(name);
    from = to + 1;
  }
  return *place;
}

double number_at(const ordered_json& object, const std::string& key) {
  const auto value = value_at(object, key);
  return value.is_number() ? value.get<double>() : NAN;
}

std::string axis_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  return value.dump();
}

std::string axis_label(const SweepAxis& axis) {
  const auto unit = unit_of(axis.key);
  return unit.empty() ? axis.key : fmt::format("{} ({})", axis.key, unit);
}

std::string curve_line(const std::string& title, const SweepAxis& axis, const std::vector<CurvePoint>& points,
                       const std::vector<CurveQuantity>& quantities) {
  const bool numbers = std::all_of(axis.values.begin(), axis.values.end(),
                                   [](const auto& value) { return value.is_number(); });
  LinePlot plot{.title = title,
                .heading = {title},
                .x = {.label = axis_label(axis), .logarithmic = numbers && axis.logarithmic},
                .y = {.label = quantities.front().label},
                .x_names = {},
                .series = {}};
  if (!numbers)
    for (const auto& value : axis.values) plot.x_names.push_back(axis_text(value));
  for (const auto& quantity : quantities) {
    PlotSeries series{quantity.key, {}};
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double x = numbers ? points[i].at[0].get<double>() : static_cast<double>(i);
      const double y = number_at(points[i].result, quantity.key);
      const bool bars = !quantity.low_key.empty();
      series.points.push_back({x, y, bars ? number_at(points[i].result, quantity.low_key) : y,
                               bars ? number_at(points[i].result, quantity.high_key) : y});
    }
    std::sort(series.points.begin(), series.points.end(),
              [](const PlotPoint& a, const PlotPoint& b) { return a.x < b.x; });
    plot.series.push_back(std::move(series));
  }
  return svg(plot);
}

std::string curve_map(const std::string& title, const std::vector<SweepAxis>& axes,
                      const std::vector<CurvePoint>& points, const CurveQuantity& quantity) {
  HeatMap map{.title = title,
              .heading = {title},
              .x_label = axis_label(axes[0]),
              .y_label = axis_label(axes[1]),
              .value_label = quantity.label,
              .x_names = {},
              .y_names = {},
              .cells = {}};
  for (const auto& value : axes[0].values) map.x_names.push_back(axis_text(value));
  for (const auto& value : axes[1].values) map.y_names.push_back(axis_text(value));
  std::reverse(map.y_names.begin(), map.y_names.end());
  const std::size_t columns = map.x_names.size(), rows = map.y_names.size();
  map.cells.resize(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    HeatMap::Cell cell{.value = {}, .text = "–", .explanation = ""};
    const double value = number_at(points[i].result, quantity.key);
    if (std::isfinite(value)) {
      cell.value = value;
      cell.text = fmt::format("{:.3g}", value);
      cell.explanation = fmt::format("{:.6g}", value);
    } else if (points[i].result.contains("diverged")) {
      cell.explanation = "diverged";
    }
    map.cells[(rows - 1 - i / columns) * columns + i % columns] = cell;
  }
  return svg(map);
}

}  // namespace

AnalysisFigure curve_figure(const std::string& name, const std::string& title,
                            const std::vector<SweepAxis>& axes, const std::vector<CurvePoint>& points,
                            const std::vector<CurveQuantity>& quantities, const std::string& caption) {
  return {name,
          axes.size() == 1 ? curve_line(title, axes[0], points, quantities)
                           : curve_map(title, axes, points, quantities.front()),
          caption};
}

AnalysisTable curve_table(const std::string& name, const std::vector<SweepAxis>& axes,
                          const std::vector<CurvePoint>& points, const std::vector<std::string>& keys,
                          const std::string& caption) {
  AnalysisTable table{name, ordered_json::array(), caption};
  const bool diverged = std::any_of(points.begin(), points.end(),
                                    [](const auto& point) { return point.result.contains("diverged"); });
  for (const auto& point : points) {
    ordered_json row;
    for (std::size_t a = 0; a < axes.size(); ++a) row[axes[a].key] = point.at[a];
    for (const auto& key : keys) row[key] = value_at(point.result, key);
    if (diverged) row["diverged"] = value_at(point.result, "diverged");
    table.rows.push_back(std::move(row));
  }
  return table;
}

ordered_json curve_json(const std::vector<SweepAxis>& axes, const std::vector<CurvePoint>& points) {
  auto list = ordered_json::array();
  for (const auto& point : points) {
    ordered_json entry;
    for (std::size_t a = 0; a < axes.size(); ++a) entry[axes[a].key] = point.at[a];
    if (!point.result.is_null()) entry.update(point.result);
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace stoic
