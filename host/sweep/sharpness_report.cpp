#include "stoic/host/sweep/sharpness_report.hpp"

#include <fmt/format.h>

#include <cmath>

#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/sweep/curve_report.hpp"

namespace stoic {
namespace {

using nlohmann::ordered_json;

constexpr const char* sharpness_meaning =
    "The sharpness is the largest eigenvalue, algebraically, of the Hessian of the mean training loss with "
    "respect to "
    "all trained weights. Gradient descent with the learning rate η is stable along its direction below 2/η, "
    "the edge "
    "of stability (paper 000, appendix C). Each value is found by Lanczos' method in double precision from "
    "products "
    "of the Hessian with vectors; its residual is |H v - λ v| / |λ| of a unit vector v, so that the Hessian "
    "has an "
    "eigenvalue within that share of it. Along a training each search starts from the vectors of the ones "
    "before, and a product with some of the samples, which counts by their share, looks for "
    "eigenvalues "
    "that overtake.";

std::vector<double> sharpness_series(const ordered_json& result, const char* key) {
  std::vector<double> values;
  for (const auto& value : result.at(key)) values.push_back(value.is_number() ? value.get<double>() : NAN);
  return values;
}

}  // namespace

std::string sharpness_text(const SharpnessAnalysis& a) {
  std::string text = fmt::format("{}: {}\n", a.subject, a.protocol);
  for (const auto& point : a.points) {
    const auto& r = point.result;
    text += fmt::format("rate {:g}, 2/η = {:.6g}\n{:>8} {:>13} {:>10} {:>9} {:>12}\n",
                        point.at[0].get<double>(), r.at("two_over_rate").get<double>(), "epoch", "sharpness",
                        "residual", "products", "loss");
    const auto epochs = sharpness_series(r, "epoch"), sharpness = sharpness_series(r, "sharpness"),
               residual = sharpness_series(r, "residual"), products = sharpness_series(r, "products"),
               loss = sharpness_series(r, "loss");
    for (std::size_t i = 0; i < epochs.size(); ++i)
      text += fmt::format("{:>8.0f} {:>13.8g} {:>10.1e} {:>9.2f} {:>12.6g}\n", epochs[i], sharpness[i],
                          residual[i], products[i], loss[i]);
    if (r.contains("diverged_at"))
      text += fmt::format("the weights are no longer finite after epoch {}\n", r.at("diverged_at").dump());
  }
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

AnalysisReport sharpness_report(const SharpnessAnalysis& a) {
  const auto title = a.subject + ": sharpness";
  AnalysisReport report{
      .analysis = "sharpness",
      .title = title,
      .introduction = {sharpness_meaning, a.protocol + "."},
      .figures = {},
      .tables = {},
      .warnings = {},
      .version = {},
      .command = {},
      .result = {
          {"recipe", a.subject}, {"protocol", a.protocol}, {"points", curve_json({a.rates}, a.points)}}};
  AnalysisTable table{"sharpness", ordered_json::array(), "Every eigenvalue that was found."};
  for (std::size_t p = 0; p < a.points.size(); ++p) {
    const auto& r = a.points[p].result;
    const auto heading = fmt::format("{} at the rate {:g}", title, a.points[p].at[0].get<double>());
    LinePlot plot{.title = heading,
                  .heading = {heading},
                  .x = {.label = "epoch"},
                  .y = {.label = "largest eigenvalue of the Hessian", .logarithmic = true},
                  .x_names = {},
                  .series = {{"sharpness", {}}, {"2/η", {}}}};
    const auto epochs = sharpness_series(r, "epoch"), sharpness = sharpness_series(r, "sharpness");
    const double edge = r.at("two_over_rate").get<double>();
    for (std::size_t i = 0; i < epochs.size(); ++i) {
      plot.series[0].points.push_back({epochs[i], sharpness[i], sharpness[i], sharpness[i]});
      plot.series[1].points.push_back({epochs[i], edge, edge, edge});
      ordered_json row{{"rate", a.points[p].at[0]}};
      for (const char* key : {"epoch", "sharpness", "residual", "products", "loss"}) row[key] = r.at(key)[i];
      row["two_over_rate"] = edge;
      table.rows.push_back(row);
    }
    report.figures.push_back({fmt::format("sharpness-{}", p + 1), svg(plot),
                              "Sharpness along the training, and 2/η (figure 14)."});
  }
  report.tables.push_back(std::move(table));
  return report;
}

}  // namespace stoic
