#include "stoic/host/sweep/ftmle_report.hpp"

#include <fmt/format.h>

#include <cmath>

#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/sweep/curve_report.hpp"

namespace stoic {
namespace {

using nlohmann::ordered_json;

constexpr int bins = 60;
constexpr const char* meaning =
    "A finite-time maximum Lyapunov exponent is (1/T) ln σ, where σ is the largest singular value of the "
    "derivative of what a stretch of the network does to its input in the time T: the factor by which the "
    "two nearest inputs are pulled apart at most. Above 0 the stretch expands there, below 0 it contracts in "
    "every direction. Each σ comes with a certificate, the residual |JᵀJ v - σ² v| / σ²: σ² is an "
    "eigenvalue of JᵀJ to within that share.";

RidgePlot::Row ridge(const std::string& name, const ordered_json& histogram) {
  if (!histogram.is_object()) return {name, NAN, NAN, {}};
  return {name, histogram.at("least"), histogram.at("largest"),
          histogram.at("counts").get<std::vector<double>>()};
}

ordered_json histogram_json(const Ftmle& part) {
  const auto d = distribution(part.per_sample);
  if (d.samples == 0) return {};
  // Of equal values the bars would have no width.
  const double widen = d.largest > d.least ? 0 : 1e-3 * std::max(std::abs(d.least), 1e-3);
  const double least = d.least - widen, largest = d.largest + widen;
  return {
      {"least", least}, {"largest", largest}, {"counts", histogram(part.per_sample, least, largest, bins)}};
}

std::string unit_label(const FtmleResult& result) {
  for (const auto& part : result.parts)
    if (part.unit != result.parts.front().unit) return "λ_T (unit in the table)";
  return fmt::format("λ_T ({})", result.parts.front().unit);
}

std::string certificate(const FtmleResult& result) {
  std::size_t bad = 0, all = 0;
  for (const auto& part : result.parts) {
    bad += part.uncertified.size();
    all += part.per_sample.size();
  }
  return bad == 0 ? fmt::format("All {} residuals are at most {:.0e}.", all, result.tolerance)
                  : fmt::format("{} of {} residuals are above {:.0e}: those exponents are lower bounds.", bad,
                                all, result.tolerance);
}

ordered_json part_row(const Ftmle& part) {
  const auto d = distribution(part.per_sample);
  ordered_json row{
      {"part", part.part}, {"T", part.time}, {"unit", part.unit}, {"samples", part.per_sample.size()}};
  row["mean"] = d.mean;
  row["deviation"] = d.deviation;
  row["least"] = d.least;
  for (const auto& [share, value] : d.quantiles) row[fmt::format("quantile_{}", share)] = value;
  row["largest"] = d.largest;
  row["above_0"] = d.positive;
  row["largest_residual"] = part.largest_residual();
  row["uncertified"] = part.uncertified.size();
  return row;
}

AnalysisTable samples_table(const FtmleResult& result) {
  AnalysisTable table{"samples", ordered_json::array(), "The exponent of each sample."};
  const auto count = result.parts.front().per_sample.size();
  for (std::size_t s = 0; s < count; ++s) {
    ordered_json row{{"sample", s}};
    for (const auto& part : result.parts) {
      row[part.part] = part.per_sample[s];
      if (result.parts.size() == 1) row["residual"] = part.residual[s];
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Quantiles of many parts one behind the other.
AnalysisFigure parts_figure(const FtmleResult& result, const std::string& subject) {
  LinePlot plot{.title = subject + ": exponents of each part",
                .heading = {},
                .x = {.label = "part"},
                .y = {.label = unit_label(result)},
                .x_names = {},
                .series = {{"mean, and from 5 to 95 % of the samples", {}}}};
  for (const auto& part : result.parts) {
    const auto d = distribution(part.per_sample);
    const auto x = static_cast<double>(plot.x_names.size());
    plot.x_names.push_back(part.part);
    if (d.samples > 0)
      plot.series[0].points.push_back({x, d.mean, d.quantiles.front().second, d.quantiles.back().second});
  }
  return {"parts", svg(plot), "Mean exponent of each part; the bars hold nine tenths of the samples."};
}

}  // namespace

AnalysisReport ftmle_report(const FtmleResult& result, const std::string& subject) {
  AnalysisReport report{.analysis = "ftmle",
                        .title = subject + ": finite-time Lyapunov exponents",
                        .introduction = {meaning, certificate(result)},
                        .figures = {},
                        .tables = {},
                        .warnings = {},
                        .version = {},
                        .command = {},
                        .result = result.json(false)};
  RidgePlot plot{
      .title = report.title, .heading = {}, .x = {.label = unit_label(result)}, .y_label = "", .rows = {}};
  constexpr std::size_t most_ridges = 30;
  const auto stride = (result.parts.size() + most_ridges - 1) / most_ridges;
  for (std::size_t i = 0; i < result.parts.size(); i += stride)
    plot.rows.push_back(ridge(result.parts[i].part, histogram_json(result.parts[i])));
  report.figures.push_back(
      {"distribution", svg(plot),
       fmt::format("How the exponents of {} samples are distributed; each row has its own height.",
                   result.parts.front().per_sample.size())});
  if (result.parts.size() > 1) report.figures.push_back(parts_figure(result, subject));
  AnalysisTable parts{"parts", ordered_json::array(), "The exponents of each part over all samples."};
  for (const auto& part : result.parts) parts.rows.push_back(part_row(part));
  report.tables = {std::move(parts), samples_table(result)};
  return report;
}

ordered_json ftmle_point(const FtmleResult& result) {
  auto point = result.json(false);
  point.erase("per_sample");
  point["histogram"] = histogram_json(result.parts.front());
  return point;
}

AnalysisReport ftmle_curve_report(const std::vector<SweepAxis>& axes, const std::vector<CurvePoint>& points,
                                  const std::string& scope, const std::string& subject) {
  AnalysisReport report{.analysis = "ftmle",
                        .title = subject + ": finite-time Lyapunov exponents",
                        .introduction = {meaning},
                        .figures = {},
                        .tables = {},
                        .warnings = {},
                        .version = {},
                        .command = {},
                        .result = {{"scope", scope}, {"points", curve_json(axes, points)}}};
  std::string unit;
  for (const auto& point : points)
    if (point.result.contains("unit")) unit = point.result.at("unit").get<std::string>();
  const CurveQuantity mean{"mean", fmt::format("λ_T ({})", unit), "quantiles.0.05", "quantiles.0.95"};
  report.figures.push_back(curve_figure("mean", report.title, axes, points, {mean},
                                        axes.size() == 1
                                            ? "Mean over the samples; the bars hold nine tenths of them."
                                            : "Mean over the samples."));
  if (axes.size() == 1) {
    RidgePlot plot{.title = report.title,
                   .heading = {report.title},
                   .x = {.label = mean.label},
                   .y_label = axes[0].key,
                   .rows = {}};
    for (const auto& point : points)
      if (point.result.contains("histogram"))
        plot.rows.push_back(ridge(point.at[0].dump(), point.result.at("histogram")));
    report.figures.push_back({"ridges", svg(plot), "The distribution over the samples at each value."});
  }
  report.tables.push_back(curve_table("points", axes, points,
                                      {"mean", "deviation", "least", "quantiles.0.05", "quantiles.0.5",
                                       "quantiles.0.95", "largest", "positive", "largest_residual"},
                                      "The exponents at each point over all samples."));
  return report;
}

}  // namespace stoic
