#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/report/svg_element.hpp"
#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/report/text.hpp"
#include "stoic/host/sweep/run.hpp"
#include "stoic/sim/contract/file.hpp"

namespace stoic {
namespace {

/// All seeds of one position of the grid, after the last epoch.
struct GridPoint {
  std::vector<std::size_t> position;
  std::vector<double> accuracy;
  std::vector<double> convergence;
  bool diverged = false;

  static double mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  }
  static double spread(const std::vector<double>& values) {
    if (values.size() < 2) return 0;
    double sum = 0;
    for (const double value : values) sum += (value - mean(values)) * (value - mean(values));
    return std::sqrt(sum / static_cast<double>(values.size() - 1));
  }
};

std::vector<GridPoint> grid_points(const Sweep& sweep, const std::filesystem::path& folder) {
  std::vector<GridPoint> points;
  for (const auto& cell : sweep_cells(sweep)) {
    const auto result = read_cell(folder / cell.file_name, cell, sweep);
    if (points.empty() || points.back().position != cell.position)
      points.push_back({cell.position, {}, {}, false});
    GridPoint& point = points.back();
    if (!result.diverged.empty() || result.accuracy.empty()) {
      point.diverged = true;
      continue;
    }
    point.accuracy.push_back(result.accuracy.back());
    point.convergence.push_back(static_cast<double>(result.epoch_of_convergence(sweep.convergence_margin)));
  }
  return points;
}

std::string text_of(const nlohmann::json& value) {
  return value.is_number_float() ? fmt::format("{:.4g}", value.get<double>()) : value.dump();
}

std::string csv(const Sweep& sweep, const std::vector<GridPoint>& points) {
  std::string text;
  for (const auto& axis : sweep.axes) text += axis.key + ",";
  text += "seeds,accuracy,accuracy_spread,error_log10,epoch_of_convergence,diverged\n";
  for (const auto& point : points) {
    for (std::size_t a = 0; a < sweep.axes.size(); ++a) {
      const auto value = sweep.axes[a].values[point.position[a]].dump();
      text += value.find(',') == std::string::npos ? value + "," : "\"" + value + "\",";
    }
    if (point.diverged)
      text += fmt::format("{},,,,,1\n", point.accuracy.size());
    else
      text += fmt::format("{},{:.6f},{:.6f},{:.4f},{:.2f},0\n", point.accuracy.size(),
                          GridPoint::mean(point.accuracy), GridPoint::spread(point.accuracy),
                          std::abs(std::log10(std::max(1 - GridPoint::mean(point.accuracy), 1e-6))),
                          GridPoint::mean(point.convergence));
  }
  return text;
}

/// A picture that stands alone: the page's colours are written into it.
std::string standalone(std::string drawing) {
  const std::string style =
      "<style>svg { --text: #222; --faint: #555; --grid: #ccc; --heat: #0072b2; background: #fff; }\n" +
      plot_style() + "</style>\n";
  drawing.insert(drawing.find('>') + 1, "\n" + style);
  drawing.insert(drawing.find("<svg") + 4, " xmlns=\"http://www.w3.org/2000/svg\"");
  return drawing;
}

/// value(point) gives a cell's number and text.
template <class Value>
std::string heat_map(const Sweep& sweep, const std::vector<GridPoint>& points, const std::string& title,
                     const std::string& label, const Value& value) {
  HeatMap map{
      .title = title, .x_label = sweep.axes[0].key, .y_label = sweep.axes[1].key, .value_label = label};
  for (const auto& x : sweep.axes[0].values) map.x_names.push_back(text_of(x));
  for (const auto& y : sweep.axes[1].values) map.y_names.push_back(text_of(y));
  std::reverse(map.y_names.begin(), map.y_names.end());
  const std::size_t columns = map.x_names.size(), rows = map.y_names.size();
  map.cells.resize(columns * rows);
  for (const auto& point : points) {
    auto& cell = map.cells[(rows - 1 - point.position[1]) * columns + point.position[0]];
    if (point.diverged) {
      cell.explanation = "the training diverged";
      continue;
    }
    const auto [number, text] = value(point);
    cell.value = number;
    cell.text = text;
    cell.explanation = fmt::format("{} ± {}", percent(GridPoint::mean(point.accuracy)),
                                   percent(GridPoint::spread(point.accuracy)));
  }
  return standalone(svg(map));
}

/// What a killed process left beside the files that it was writing.
void remove_leftovers(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> leftovers;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().find(".part-") != std::string::npos)
      leftovers.push_back(entry.path());
  for (const auto& file : leftovers) std::filesystem::remove(file);
}

}  // namespace

void write_sweep_results(const Sweep& sweep, const std::filesystem::path& folder) {
  const auto points = grid_points(sweep, folder);
  remove_leftovers(folder);
  write_file_atomically(folder / "table.csv", csv(sweep, points));
  if (sweep.axes.size() != 2) return;
  write_file_atomically(
      folder / "accuracy.svg",
      heat_map(sweep, points, sweep.name + ": accuracy", "|log10 of the error|", [](const GridPoint& point) {
        const double error = std::max(1 - GridPoint::mean(point.accuracy), 1e-6);
        return std::pair(std::abs(std::log10(error)), fmt::format("{:.1f}", 100 * (1 - error)));
      }));
  write_file_atomically(
      folder / "convergence.svg",
      heat_map(sweep, points, sweep.name + ": epoch of convergence", "epoch", [](const GridPoint& point) {
        const double epoch = GridPoint::mean(point.convergence);
        return std::pair(epoch, fmt::format("{:.3g}", epoch));
      }));
}

}  // namespace stoic
