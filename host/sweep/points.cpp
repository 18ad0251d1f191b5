#include "stoic/host/sweep/points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/sweep/cell.hpp"

namespace stoic {
namespace {

std::optional<double> mean(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::optional<double> deviation(const std::vector<double>& values) {
  if (values.size() < 2) return std::nullopt;
  const double middle = *mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - middle) * (value - middle);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

}  // namespace

std::optional<double> GridPoint::mean_accuracy() const { return mean(accuracy); }
std::optional<double> GridPoint::spread() const { return deviation(accuracy); }
std::optional<double> GridPoint::mean_convergence() const { return mean(convergence); }
std::optional<double> GridPoint::convergence_spread() const { return deviation(convergence); }

std::optional<double> GridPoint::mean_ftmle() const { return mean(ftmle); }
std::optional<double> GridPoint::ftmle_spread() const { return deviation(ftmle); }

std::string GridPoint::remark() const {
  std::string text;
  const auto add = [&](std::size_t count, const char* what) {
    if (count == 0) return;
    text += fmt::format("{}{} seed{} {}", text.empty() ? "" : ", ", count, count > 1 ? "s" : "", what);
  };
  add(missing, "missing");
  add(diverged, "diverged");
  add(accuracy.size() - convergence.size(), "not above chance");
  return text;
}

double error_log10(double accuracy) { return std::abs(std::log10(std::max(1 - accuracy, 1e-6))); }

std::vector<GridPoint> grid_points(const Sweep& sweep, const std::filesystem::path& folder) {
  std::vector<GridPoint> points;
  for (const auto& cell : sweep_cells(sweep)) {
    if (points.empty() || points.back().position != cell.position)
      points.push_back({.position = cell.position});
    GridPoint& point = points.back();
    const auto file = folder / cell.file_name;
    if (!std::filesystem::exists(file)) {
      ++point.missing;
      continue;
    }
    const auto result = read_cell(file, cell, sweep);
    if (!result.diverged.empty()) {
      ++point.diverged;
      continue;
    }
    point.accuracy.push_back(result.accuracy_by(sweep.authors));
    if (result.ftmle) {
      point.ftmle.push_back(result.ftmle->mean);
      point.ftmle_unit = result.ftmle->unit;
    }
    if (const auto epoch = result.epoch_of_convergence(sweep.convergence_margin, sweep.authors))
      point.convergence.push_back(static_cast<double>(*epoch));
  }
  return points;
}

}  // namespace stoic
