#include "stoic/host/sweep/training_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/analysis/distribution.hpp"
#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/report/text.hpp"

namespace stoic {
namespace {

using nlohmann::ordered_json;

constexpr const char* training_meaning =
    "A training is a map of the weights: every update leads from one point to the next. Around each start a "
    "few "
    "copies are disturbed by uniform draws within ±ε and trained alike; d(t) is their mean L1 distance from "
    "it over "
    "all trained weights, after t updates. Where d grows by an exponential up to the size of what the "
    "weights go "
    "through, nearby trainings part as in chaos, and its slope Λ is the local network Lyapunov exponent "
    "(paper 000, "
    "eq. 3). λ_nMLE is the mean of Λ over starts, ρ the share of starts with R² > 0.9 and Λ > 0.05, ⟨τ⟩ the "
    "mean "
    "number of epochs until the target accuracy of the test samples is reached, over the starts that reach "
    "it.";

constexpr const char* window_meaning =
    "Λ is the slope of a line through ln d from t = 0 to the first update at which d reaches a tenth of its "
    "plateau, "
    "the median of its last quarter; where a tenth of that is not above d(0), copies do not part, and all "
    "updates "
    "count. "
    "The columns early_window and late_window have Λ with 0.03 and 0.3 of the plateau instead; ends is eq. 3 "
    "itself, "
    "from the ends of the window; mean_of_fits is the mean over copies that are fitted one by one. "
    "tangent_exponent "
    "is the slope of an infinitely small disturbance, which begins as the first copy's and is followed by "
    "the "
    "derivative of the update (R-operator), in the same window; tangent_agrees is the share of the starts "
    "that "
    "count for ρ in which its slope and that of the first copy are within 5 % of each other up to 0.03 of "
    "the "
    "plateau, where the copy is still a small disturbance. Intervals are of 95 % (Student's over starts; "
    "Wilson's of shares).";

std::vector<double> doubles_of(const ordered_json& array) {
  std::vector<double> values;
  for (const auto& value : array) values.push_back(value.is_number() ? value.get<double>() : NAN);
  return values;
}

PlotSeries line_of(const std::string& name, const std::vector<double>& values, double every) {
  PlotSeries series{name, {}};
  for (std::size_t i = 0; i < values.size(); ++i)
    series.points.push_back({static_cast<double>(i) * every, values[i], values[i], values[i]});
  return series;
}

/// The starts of one rate, of all points, with the number of updates between places.
std::vector<std::pair<const ordered_json*, double>> starts_of(const TrainingAnalysis& a, double rate) {
  std::vector<std::pair<const ordered_json*, double>> starts;
  for (const auto& point : a.points)
    if (point.at[1].get<double>() == rate && point.result.contains("starts"))
      for (const auto& start : point.result.at("starts"))
        starts.emplace_back(&start, point.result.at("every").get<double>());
  return starts;
}

/// The rate at which most starts part, and among those the one of the largest exponent.
double chaotic_rate(const std::vector<ordered_json>& rates) {
  const auto rank = [](const ordered_json& r) {
    const auto& e = r.at("exponent");
    return std::pair(r.at("rho").get<double>(), e.is_number() ? e.get<double>() : -INFINITY);
  };
  const auto best = std::max_element(rates.begin(), rates.end(),
                                     [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return best->at("rate").get<double>();
}

/// The rate with the fewest epochs; of none the one in the middle.
double fastest_rate(const std::vector<ordered_json>& rates) {
  const ordered_json* best = &rates[rates.size() / 2];
  double least = INFINITY;
  for (const auto& r : rates)
    if (r.at("time").is_number() && r.at("time").get<double>() < least) {
      least = r.at("time").get<double>();
      best = &r;
    }
  return best->at("rate").get<double>();
}

LinePlot training_plot(const std::string& title, const std::string& x, const std::string& y,
                       bool logarithmic_y) {
  return {.title = title,
          .heading = {title},
          .x = {.label = x},
          .y = {.label = y, .logarithmic = logarithmic_y},
          .x_names = {},
          .series = {}};
}

void add_losses(const TrainingAnalysis& a, const std::vector<ordered_json>& rates, AnalysisReport& report) {
  auto plot = training_plot(a.subject + ": loss", "updates", "mean loss of the training samples", true);
  std::vector<double> shown{rates.front().at("rate").get<double>(), fastest_rate(rates),
                            rates.back().at("rate").get<double>()};
  shown.erase(std::unique(shown.begin(), shown.end()), shown.end());
  AnalysisTable table{"losses", ordered_json::array(), "The loss of the first start."};
  for (const double rate : shown)
    for (const auto& [start, every] : starts_of(a, rate)) {
      if (!start->at("series").contains("loss")) continue;
      const auto loss = doubles_of(start->at("series").at("loss"));
      plot.series.push_back(line_of(fmt::format("rate {:g}", rate), loss, every));
      for (std::size_t i = 0; i < loss.size(); ++i)
        table.rows.push_back({{"rate", rate}, {"update", static_cast<double>(i) * every}, {"loss", loss[i]}});
    }
  report.figures.push_back({"losses", svg(plot), "The loss of the first start at three rates (figure 1)."});
  report.tables.push_back(std::move(table));
}

void add_distances(const TrainingAnalysis& a, const std::vector<ordered_json>& rates,
                   AnalysisReport& report) {
  const double rate = chaotic_rate(rates);
  const auto starts = starts_of(a, rate);
  auto copies = training_plot(fmt::format("{}: copies at the rate {:g}", a.subject, rate), "updates",
                              "L1 distance d", true);
  auto all = training_plot(fmt::format("{}: starts at the rate {:g}", a.subject, rate), "updates",
                           "mean L1 distance d", true);
  AnalysisTable table{"distances", ordered_json::array(),
                      fmt::format("The mean distance of the copies of each start, at the rate {:g}.", rate)};
  std::vector<double> exponents;
  for (const auto& [start, every] : starts) {
    const auto number = start->at("start").get<std::int64_t>();
    const auto distance = doubles_of(start->at("series").at("distance"));
    if (start->at("series").contains("copies"))
      for (const auto& copy : start->at("series").at("copies"))
        copies.series.push_back(
            line_of(fmt::format("copy {}", copies.series.size() + 1), doubles_of(copy), every));
    constexpr std::size_t shown = 6;  // as many as there are colours
    if (all.series.size() < shown)
      all.series.push_back(line_of(fmt::format("start {}", number), distance, every));
    for (std::size_t i = 0; i < distance.size(); ++i)
      table.rows.push_back(
          {{"start", number}, {"update", static_cast<double>(i) * every}, {"distance", distance[i]}});
    if (start->at("exponent").is_number()) exponents.push_back(start->at("exponent").get<double>());
  }
  if (all.series.empty() || all.series.front().points.empty()) return;  // no copies
  report.figures.push_back({"copies", svg(copies), "How the copies of the first start part (figure 2)."});
  report.figures.push_back(
      {"starts", svg(all), "The same of several starts, means over their copies (figure 3)."});
  report.tables.push_back(std::move(table));
  const auto [least, largest] = std::minmax_element(exponents.begin(), exponents.end());
  if (exponents.size() < 2 || *least == *largest) return;
  constexpr int bins = 20;
  RidgePlot histogram{
      .title = a.subject + ": local exponents",
      .heading = {fmt::format("{}: Λ of {} starts at the rate {:g}", a.subject, exponents.size(), rate)},
      .x = {.label = "Λ, per update"},
      .y_label = "rate",
      .rows = {{fmt::format("{:g}", rate), *least, *largest,
                stoic::histogram(exponents, *least, *largest, bins)}}};
  report.figures.push_back(
      {"histogram", svg(histogram), "The local exponents of all starts (figure 3, inset)."});
}

PlotSeries over_rates(const std::string& name, const std::vector<ordered_json>& rates, const std::string& key,
                      const std::string& low, const std::string& high, double factor = 1) {
  PlotSeries series{name, {}};
  const auto value = [&](const ordered_json& r, const std::string& k) {
    return r.contains(k) && r.at(k).is_number() ? factor * r.at(k).get<double>() : NAN;
  };
  for (const auto& r : rates) {
    const double y = value(r, key);
    const double from = value(r, low), to = value(r, high);
    series.points.push_back(
        {r.at("rate").get<double>(), y, std::isfinite(from) ? from : y, std::isfinite(to) ? to : y});
  }
  return series;
}

void add_curves(const TrainingAnalysis& a, std::vector<ordered_json> rates, AnalysisReport& report) {
  const bool wide = rates.back().at("rate").get<double>() > 20 * rates.front().at("rate").get<double>();
  for (auto& r : rates)  // error bars of figure 4 are one standard deviation
    if (r.at("deviation").is_number() && r.at("exponent").is_number()) {
      r["below"] = r.at("exponent").get<double>() - r.at("deviation").get<double>();
      r["above"] = r.at("exponent").get<double>() + r.at("deviation").get<double>();
    }
  auto plot = training_plot(a.subject + ": exponent", "learning rate η", "λ_nMLE, per update", false);
  plot.x.logarithmic = wide;
  plot.series.push_back(over_rates("copies", rates, "exponent", "below", "above"));
  if (rates.front().at("tangent_exponent").is_number())
    plot.series.push_back(
        over_rates("tangent", rates, "tangent_exponent", "tangent_exponent_low", "tangent_exponent_high"));
  report.figures.push_back({"exponents", svg(plot),
                            "The network's largest Lyapunov exponent over the rate; bars are one standard "
                            "deviation over the starts (figure 4)."});
  auto rho = training_plot(a.subject + ": share of starts that part", "learning rate η", "ρ (%)", false);
  rho.x.logarithmic = wide;
  rho.series.push_back(over_rates("ρ", rates, "rho", "rho_low", "rho_high", 100));
  report.figures.push_back(
      {"rho", svg(rho), "The share of starts whose copies part by an exponential (figure 5, blue)."});
  auto time = training_plot(a.subject + ": epochs to the target", "learning rate η",
                            fmt::format("epochs to {} of the test samples", percent(a.target)), true);
  time.x.logarithmic = wide;
  time.series.push_back(over_rates("⟨τ⟩", rates, "time", "time_low", "time_high"));
  report.figures.push_back(
      {"time", svg(time),
       "Mean epochs until the target is reached, over the starts that reach it (figure 5, red)."});
}

}  // namespace

AnalysisReport training_report(const TrainingAnalysis& a, const std::vector<ordered_json>& rates) {
  const auto title = a.subject + ": training as a dynamical system";
  AnalysisReport report{
      .analysis = "training",
      .title = title,
      .introduction = {training_meaning, a.protocol + ".", window_meaning},
      .figures = {},
      .tables = {},
      .warnings = {},
      .version = {},
      .command = {},
      .result = {
          {"recipe", a.subject}, {"protocol", a.protocol}, {"target", a.target}, {"epochs", a.epochs}}};
  report.result["rates"] = rates;
  AnalysisTable summary{"rates", ordered_json::array(), "Every rate, over all starts."};
  for (const auto& r : rates) summary.rows.push_back(r);
  add_curves(a, rates, report);
  add_losses(a, rates, report);
  add_distances(a, rates, report);
  report.tables.insert(report.tables.begin(), std::move(summary));
  AnalysisTable starts{"starts", ordered_json::array(), "Every start at every rate."};
  report.result["starts"] = ordered_json::array();
  for (const double rate : a.rates)
    for (const auto& [start, every] : starts_of(a, rate)) {
      ordered_json row{{"rate", rate}};
      row.update(*start);
      row.erase("series");
      starts.rows.push_back(row);
      report.result["starts"].push_back(row);
    }
  report.tables.push_back(std::move(starts));
  return report;
}

}  // namespace stoic
