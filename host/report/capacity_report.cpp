#include "stoic/host/report/capacity_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/report/svg_plot.hpp"

namespace stoic {

using nlohmann::ordered_json;

namespace {

constexpr std::size_t most_terms = 1000;  ///< that the page and its table name

constexpr const char* capacity_meaning =
    "The information processing capacity (J. Dambre and others, 2012): which functions of past inputs a "
    "linear read-out "
    "can take from the states, and how well. The functions are products of Legendre polynomials of single "
    "inputs, which "
    "are independent of each other under the uniform random inputs that drive the reservoir here; each has a "
    "capacity "
    "between 0 and 1, the share of its variance that is recovered. Degree 1 is the linear memory; what is "
    "above it is "
    "computed. All capacities together are at most the number of independent states.";

BarChart degree_chart(const ProcessingCapacity& capacity, const std::string& title) {
  BarChart chart{.title = title, .value = {.label = "capacity"}, .names = {}, .parts = {{"capacity", {}}}};
  for (const auto& d : capacity.degrees) {
    chart.names.push_back(fmt::format("degree {}", d.degree));
    chart.parts[0].values.push_back(d.capacity);
  }
  return chart;
}

LinePlot delay_plot(const ProcessingCapacity& capacity, const std::string& title) {
  LinePlot plot{.title = title,
                .heading = {title},
                .x = {.label = "longest delay (steps)"},
                .y = {.label = "capacity", .least = 0},
                .x_names = {},
                .series = {}};
  for (const auto& d : capacity.degrees) {
    if (d.by_delay.empty()) continue;
    PlotSeries line{fmt::format("degree {}", d.degree), {}};
    for (std::size_t k = 0; k < d.by_delay.size(); ++k)
      line.points.push_back({static_cast<double>(k), d.by_delay[k], d.by_delay[k], d.by_delay[k]});
    plot.series.push_back(std::move(line));
  }
  return plot;
}

ordered_json degrees_json(const ProcessingCapacity& capacity) {
  auto rows = ordered_json::array();
  for (const auto& d : capacity.degrees)
    rows.push_back({{"degree", d.degree},
                    {"capacity", d.capacity},
                    {"terms", d.terms},
                    {"held", d.held},
                    {"by_delay", d.by_delay},
                    {"cut", d.cut}});
  return rows;
}

AnalysisTable delays_table(const ProcessingCapacity& capacity) {
  AnalysisTable table{"delays", ordered_json::array(),
                      "Capacity of the functions whose longest delay it is, by degree."};
  for (const auto& d : capacity.degrees)
    for (std::size_t k = 0; k < d.by_delay.size(); ++k)
      table.rows.push_back({{"degree", d.degree}, {"delay", k}, {"capacity", d.by_delay[k]}});
  return table;
}

AnalysisTable terms_table(const ProcessingCapacity& capacity, std::int64_t inputs) {
  AnalysisTable table{"functions", ordered_json::array(),
                      fmt::format("The functions that are held, largest first{}.",
                                  capacity.terms.size() > most_terms
                                      ? fmt::format(", {} of {}", most_terms, capacity.terms.size())
                                      : "")};
  for (std::size_t t = 0; t < std::min(most_terms, capacity.terms.size()); ++t)
    table.rows.push_back(
        {{"function", term_text(capacity.terms[t], inputs)}, {"capacity", capacity.terms[t].capacity}});
  return table;
}

}  // namespace

std::string term_text(const CapacityTerm& term, std::int64_t inputs) {
  std::string text;
  for (const auto& f : term.factors) {
    const auto input = fmt::format("u{}(t{})", inputs > 1 ? fmt::format("{}", f.input + 1) : "",
                                   f.delay > 0 ? fmt::format("-{}", f.delay) : "");
    text += fmt::format("{}{}", text.empty() ? "" : " ",
                        f.degree > 1 ? fmt::format("P{}({})", f.degree, input) : input);
  }
  return text;
}

AnalysisReport capacity_report(const ProcessingCapacity& capacity, const std::string& subject,
                               std::int64_t inputs) {
  const auto title = subject + ": information processing capacity";
  ordered_json result{{"reservoir", subject},        {"total", capacity.total},
                      {"rank", capacity.rank},       {"features", capacity.features},
                      {"samples", capacity.samples}, {"threshold", capacity.threshold}};
  result["degrees"] = degrees_json(capacity);
  AnalysisReport report{
      .analysis = "capacity",
      .title = title,
      .introduction =
          {capacity_meaning,
           fmt::format(
               "Measured over {} steps. Chance is taken off, and a share below {:.3g} counts as chance; "
               "what is held in many such small shares is missing from the sum.",
               capacity.samples, capacity.threshold)},
      .figures = {},
      .tables = {},
      .warnings = {},
      .version = {},
      .command = {},
      .result = std::move(result)};
  if (capacity.total == 0) return report;
  report.figures.push_back(
      {"degrees", svg(degree_chart(capacity, title)), "Capacity of all functions of a degree."});
  report.figures.push_back(
      {"delays", svg(delay_plot(capacity, title)),
       "How far the memory reaches: capacity of the functions whose longest delay it is."});
  report.tables = {delays_table(capacity), terms_table(capacity, inputs)};
  return report;
}

}  // namespace stoic
