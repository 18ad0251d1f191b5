#include "stoic/host/sweep/radius_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/sweep/curve_report.hpp"

namespace stoic {
namespace {

using nlohmann::ordered_json;

constexpr const char* radius_meaning =
    "The spectral radius of a matrix is the largest absolute value among its eigenvalues. Here it is that of "
    "each "
    "square matrix between hidden layers before training (epoch 0) and after every epoch, with the test loss "
    "beside "
    "it (paper 001, appendix C3).";

/// Means and standard deviations over the seeds at each epoch.
std::pair<std::vector<double>, std::vector<double>> over_seeds(
    const std::vector<const std::vector<double>*>& seeds) {
  std::vector<double> means, deviations;
  const auto count = static_cast<double>(seeds.size());
  for (std::size_t e = 0; e < seeds[0]->size(); ++e) {
    double sum = 0, squares = 0;
    for (const auto* seed : seeds) sum += (*seed)[e];
    for (const auto* seed : seeds) squares += ((*seed)[e] - sum / count) * ((*seed)[e] - sum / count);
    means.push_back(sum / count);
    deviations.push_back(seeds.size() > 1 ? std::sqrt(squares / (count - 1)) : 0);
  }
  return {means, deviations};
}

std::string radius_value(const SweepAxis& axis, const CurvePoint& point) {
  return fmt::format("{} = {}", axis.key, point.at[0].dump());
}

PlotSeries radius_series(const std::string& name, const ordered_json& r, const std::string& key) {
  PlotSeries series{name, {}};
  const auto& values = r.at(key);
  const auto deviation = "deviation_" + key;
  for (std::size_t e = 0; e < values.size(); ++e) {
    const double y = values[e].get<double>(),
                 d = r.contains(deviation) ? r.at(deviation)[e].get<double>() : 0;
    series.points.push_back({static_cast<double>(e), y, y - d, y + d});
  }
  return series;
}

}  // namespace

ordered_json radius_json(const std::vector<RadiusHistory>& seeds) {
  ordered_json json{{"matrices", seeds[0].names}};
  const auto put = [&](const std::string& key, const auto& series_of) {
    std::vector<const std::vector<double>*> all;
    for (const auto& seed : seeds) all.push_back(&series_of(seed));
    const auto [means, deviations] = over_seeds(all);
    json[key] = means;
    json["deviation_" + key] = deviations;
  };
  for (std::size_t k = 0; k < seeds[0].names.size(); ++k)
    put(seeds[0].names[k], [k](const RadiusHistory& h) -> const std::vector<double>& { return h.radii[k]; });
  put("test_loss", [](const RadiusHistory& h) -> const std::vector<double>& { return h.test_loss; });
  return json;
}

std::string radius_text(const SweepAxis& axis, const std::vector<CurvePoint>& points) {
  std::string text;
  for (const auto& point : points) {
    const auto& r = point.result;
    text += text.empty() ? "" : "\n";
    text += radius_value(axis, point) + ": ";
    if (r.contains("diverged")) {
      text += "the training diverged";
      continue;
    }
    for (const auto& name : r.at("matrices")) {
      const auto key = name.get<std::string>();
      text += fmt::format("{} {:.4g} to {:.4g}, ", key, r.at(key).front().get<double>(),
                          r.at(key).back().get<double>());
    }
    const auto losses = r.at("test_loss").get<std::vector<double>>();
    const auto best = std::min_element(losses.begin(), losses.end());
    text += fmt::format("least test loss {:.4g} after epoch {}", *best, best - losses.begin());
  }
  return text;
}

AnalysisReport radius_report(const SweepAxis& axis, const std::vector<CurvePoint>& points,
                             const std::string& subject, std::int64_t seeds) {
  const auto title = subject + ": spectral radius along training";
  AnalysisReport report{
      .analysis = "spectral-radius",
      .title = title,
      .introduction = {radius_meaning,
                       fmt::format("Means over {} trainings; bars are one standard deviation.", seeds)},
      .figures = {},
      .tables = {},
      .warnings = {},
      .version = {},
      .command = {},
      .result = {{"recipe", subject}, {"seeds", seeds}, {"points", curve_json({axis}, points)}}};
  LinePlot losses{.title = title + ", test loss",
                  .heading = {title + ", test loss"},
                  .x = {.label = "epoch"},
                  .y = {.label = "test loss", .logarithmic = true},
                  .x_names = {},
                  .series = {}};
  AnalysisTable table{"radii", ordered_json::array(), "Spectral radii and test loss after every epoch."};
  for (std::size_t p = 0; p < points.size(); ++p) {
    const auto& r = points[p].result;
    if (r.contains("diverged")) continue;
    const auto heading = title + ", " + radius_value(axis, points[p]);
    LinePlot plot{.title = heading,
                  .heading = {heading},
                  .x = {.label = "epoch"},
                  .y = {.label = "spectral radius"},
                  .x_names = {},
                  .series = {}};
    for (const auto& name : r.at("matrices"))
      plot.series.push_back(radius_series(name.get<std::string>(), r, name.get<std::string>()));
    losses.series.push_back(radius_series(points[p].at[0].dump(), r, "test_loss"));
    for (std::size_t e = 0; e < r.at("test_loss").size(); ++e) {
      ordered_json row{{axis.key, points[p].at[0]}, {"epoch", e}};
      for (const auto& name : r.at("matrices"))
        row[name.get<std::string>()] = r.at(name.get<std::string>())[e];
      row["test_loss"] = r.at("test_loss")[e];
      table.rows.push_back(row);
    }
    report.figures.push_back(
        {fmt::format("radii-{}", p + 1), svg(plot), "Spectral radii along the training (figure 10D)."});
  }
  if (!losses.series.empty())
    report.figures.insert(report.figures.begin(), {"losses", svg(losses), "The test loss (figure 10B)."});
  report.tables.push_back(std::move(table));
  return report;
}

}  // namespace stoic
