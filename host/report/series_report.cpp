#include "stoic/host/report/series_report.hpp"

#include <cmath>

#include "stoic/host/report/svg_plot.hpp"

namespace stoic {

using nlohmann::ordered_json;

namespace {

constexpr const char* series_meaning =
    "The largest Lyapunov exponent of the system behind a time series: states are built from delayed values, "
    "each is followed together with its nearest neighbour, and the mean logarithm of their distance grows in "
    "a "
    "straight line whose slope is the exponent (Rosenstein, Collins and De Luca, 1993). Where there is no "
    "straight part, as for noise and for regular motion, there is no exponent to be told. The interval is of "
    "95 %, over ten stretches of the series, with half of what the slopes of the window's halves differ by.";

}  // namespace

ordered_json series_json(const SeriesExponent& r, double step, const std::string& subject) {
  ordered_json json{{"series", subject}};
  json["exponent"] = r.exponent ? ordered_json(r.exponent->value) : ordered_json();
  json["interval"] = r.exponent ? ordered_json{r.exponent->low(), r.exponent->high()} : ordered_json();
  json["unit"] = step == 1 ? "per sample" : "per unit of time";
  json["verdict"] = r.verdict;
  json["fit_window"] = r.window ? ordered_json{static_cast<double>(r.window->first) * step,
                                               static_cast<double>(r.window->second) * step}
                                : ordered_json();
  json["delay"] = r.delay;
  json["dimension"] = r.dimension;
  json["theiler"] = r.theiler;
  json["mean_period"] = r.mean_period * step;
  json["samples"] = r.samples;
  json["pairs"] = r.pairs;
  json["step"] = step;
  json["distance"] = r.distance;
  return json;
}

AnalysisReport series_report(const SeriesExponent& r, double step, const std::string& subject) {
  const auto title = subject + ": exponent of the series";
  LinePlot plot{.title = title,
                .heading = {title},
                .x = {.label = step == 1 ? "samples" : "time"},
                .y = {.label = "mean ln of the distance of neighbours"},
                .x_names = {},
                .series = {{"distance", {}}}};
  AnalysisTable table{"distance", ordered_json::array(), "The mean logarithm of the distance over time."};
  for (std::size_t k = 0; k < r.distance.size(); ++k) {
    const double time = static_cast<double>(k) * step;
    plot.series[0].points.push_back({time, r.distance[k], r.distance[k], r.distance[k]});
    table.rows.push_back({{"time", time}, {"mean_ln_distance", r.distance[k]}});
  }
  if (r.window && r.exponent) {
    const auto [from, to] = *r.window;
    double mean = 0;
    for (auto k = from; k <= to; ++k) mean += r.distance[static_cast<std::size_t>(k)];
    mean /= static_cast<double>(to - from + 1);
    PlotSeries line{"fit", {}};
    for (const auto k : {from, to}) {
      const double y =
          mean + r.exponent->value * step * (static_cast<double>(k) - static_cast<double>(from + to) / 2);
      line.points.push_back({static_cast<double>(k) * step, y, y, y});
    }
    plot.series.push_back(std::move(line));
  }
  return {
      .analysis = "series",
      .title = title,
      .introduction = {series_meaning, r.verdict},
      .figures = {{"divergence", svg(plot), "How neighbours part, and the straight line that was fitted."}},
      .tables = {std::move(table)},
      .warnings = {},
      .version = {},
      .command = {},
      .result = series_json(r, step, subject)};
}

}  // namespace stoic
