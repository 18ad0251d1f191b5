#include "stoic/host/sweep/plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/report/text.hpp"

namespace stoic {
namespace {

constexpr std::size_t most_pairs = 200;

/// What a picture shows of a point.
struct Quantity {
  const char* file;
  const char* line_label;
  const char* shade_label;
};

constexpr Quantity accuracy{"accuracy", "accuracy (%)", "|log10 of the error|"};
constexpr Quantity convergence{"convergence", "epoch", "epoch"};

constexpr Quantity exponent{"ftmle", "λ_T", "λ_T"};

bool is_exponent(const Quantity& quantity) { return quantity.file == exponent.file; }
bool is_accuracy(const Quantity& quantity) { return quantity.file == accuracy.file; }

std::string what(const Sweep& sweep, const Quantity& quantity) {
  if (is_exponent(quantity)) return "mean finite-time Lyapunov exponent of trained networks, x(0) to x(T)";
  if (is_accuracy(quantity))
    return sweep.authors ? "largest accuracy of all epochs (convention of the authors)"
                         : "accuracy after the last epoch";
  return fmt::format("{} epoch within {:.3g} points of the best epoch's accuracy",
                     sweep.authors ? "last" : "first", 100 * sweep.convergence_margin);
}

std::string text_of(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_float() ? fmt::format("{:.4g}", value.get<double>()) : value.dump();
}

/// "coupling_Oe (Oe)"
std::string label(const SweepAxis& axis) {
  const auto unit = unit_of(axis.key);
  return unit.empty() ? axis.key : fmt::format("{} ({})", axis.key, unit);
}

/// Name of the sweep; what is shown, of how many seeds, and what is missing; where on the further axes.
std::vector<std::string> heading(const Sweep& sweep, const std::vector<const GridPoint*>& points,
                                 const Quantity& quantity) {
  std::size_t seeds = std::max<std::size_t>(sweep.seeds.size(), 1), missing = 0;
  for (const auto* point : points) missing += point->missing;
  auto shown = what(sweep, quantity);
  if (seeds > 1) shown += fmt::format(", mean of {} seeds", seeds);
  std::vector<std::string> lines{sweep.name, shown};
  if (missing > 0) lines.push_back(fmt::format("{} of {} cells missing", missing, seeds * points.size()));
  std::string where;
  for (std::size_t a = 2; a < sweep.axes.size(); ++a) {
    const auto& axis = sweep.axes[a];
    where += fmt::format("{}{} = {} {}", where.empty() ? "" : ", ", axis.key,
                         text_of(axis.values[points.front()->position[a]]), unit_of(axis.key));
  }
  if (!where.empty()) lines.push_back(where);
  return lines;
}

std::optional<double> value_of(const GridPoint& point, const Quantity& quantity) {
  return is_exponent(quantity)   ? point.mean_ftmle()
         : is_accuracy(quantity) ? point.mean_accuracy()
                                 : point.mean_convergence();
}

HeatMap::Cell heat_cell(const GridPoint& point, const Quantity& quantity) {
  HeatMap::Cell cell;
  const auto value = value_of(point, quantity);
  const auto remark = point.remark();
  if (const auto mean = point.mean_accuracy()) {
    cell.explanation = percent(*mean);
    if (const auto spread = point.spread()) cell.explanation += " ± " + percent(*spread);
  }
  if (!remark.empty()) cell.explanation += (cell.explanation.empty() ? "" : "; ") + remark;
  if (!value) {
    cell.text = point.missing > 0 && point.accuracy.empty() ? "?" : "–";
    return cell;
  }
  cell.marked = point.missing + point.diverged > 0;
  cell.value = is_accuracy(quantity) ? error_log10(*value) : *value;
  cell.text = is_accuracy(quantity) ? fmt::format("{:.1f}", 100 * *value) : fmt::format("{:.3g}", *value);
  return cell;
}

std::string heat_map(const Sweep& sweep, const std::vector<const GridPoint*>& points,
                     const Quantity& quantity) {
  const auto& x = sweep.axes[0];
  const auto& y = sweep.axes[1];
  HeatMap map{.title = fmt::format("{}: {}", sweep.name, what(sweep, quantity)),
              .heading = heading(sweep, points, quantity),
              .x_label = label(x),
              .y_label = label(y),
              .value_label = quantity.shade_label};
  for (const auto& value : x.values) map.x_names.push_back(text_of(value));
  for (const auto& value : y.values) map.y_names.push_back(text_of(value));
  std::reverse(map.y_names.begin(), map.y_names.end());
  const std::size_t columns = map.x_names.size(), rows = map.y_names.size();
  map.cells.resize(columns * rows);
  for (const auto* point : points)
    map.cells[(rows - 1 - point->position[1]) * columns + point->position[0]] = heat_cell(*point, quantity);
  return standalone_svg(svg(map));
}

PlotPoint line_point(const GridPoint& point, double x, const Quantity& quantity) {
  const auto value = value_of(point, quantity);
  if (!value) return {x, NAN, NAN, NAN};  // a gap
  const double spread = (is_exponent(quantity)   ? point.ftmle_spread()
                         : is_accuracy(quantity) ? point.spread()
                                                 : point.convergence_spread())
                            .value_or(0);
  if (!is_accuracy(quantity)) return {x, *value, *value - spread, *value + spread};
  return {x, 100 * *value, 100 * (*value - spread), 100 * std::min(*value + spread, 1.0)};
}

std::string line_plot(const Sweep& sweep, const std::vector<const GridPoint*>& points,
                      const Quantity& quantity) {
  const auto& axis = sweep.axes[0];
  const bool numbers = std::all_of(axis.values.begin(), axis.values.end(),
                                   [](const auto& value) { return value.is_number(); });
  LinePlot plot{.title = fmt::format("{}: {}", sweep.name, what(sweep, quantity)),
                .heading = heading(sweep, points, quantity),
                .x = {.label = label(axis), .logarithmic = numbers && axis.logarithmic},
                .y = {.label = quantity.line_label}};
  if (!numbers)
    for (const auto& value : axis.values) plot.x_names.push_back(text_of(value));
  PlotSeries series{sweep.seeds.size() > 1 ? "mean ± standard deviation over the seeds" : "one seed", {}};
  for (const auto* point : points) {
    const auto position = point->position[0];
    const double x = numbers ? axis.values[position].get<double>() : static_cast<double>(position);
    series.points.push_back(line_point(*point, x, quantity));
  }
  std::sort(series.points.begin(), series.points.end(),
            [](const PlotPoint& a, const PlotPoint& b) { return a.x < b.x; });
  plot.series.push_back(std::move(series));
  return standalone_svg(svg(plot));
}

}  // namespace

std::vector<SweepPlot> sweep_plots(const Sweep& sweep, const std::vector<GridPoint>& points) {
  // By the position on the further axes: one group for one or two axes.
  std::map<std::vector<std::size_t>, std::vector<const GridPoint*>> groups;
  const auto shown = std::min<std::size_t>(sweep.axes.size(), 2);
  for (const auto& point : points)
    groups[{point.position.begin() + static_cast<std::ptrdiff_t>(shown), point.position.end()}].push_back(
        &point);
  std::vector<SweepPlot> plots;
  if (groups.size() > most_pairs) return plots;
  std::size_t number = 0;
  for (const auto& [where, group] : groups) {
    const auto suffix = sweep.axes.size() > 2 ? fmt::format("-{:03}", ++number) : "";
    for (const auto& quantity : {accuracy, convergence, exponent}) {
      if (is_exponent(quantity) && !sweep.ftmle) continue;
      plots.push_back({fmt::format("{}{}.svg", quantity.file, suffix),
                       shown == 1 ? line_plot(sweep, group, quantity) : heat_map(sweep, group, quantity)});
    }
  }
  return plots;
}

}  // namespace stoic
