#include "stoic/host/sweep/gradient_map_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/sweep/curve_report.hpp"

namespace stoic {
namespace {

using nlohmann::ordered_json;

constexpr const char* gradient_map_meaning =
    "Gradient descent with the learning rate η in the double well V(w) = w⁴/4 - w²/2 is the map w' = w - η "
    "(w³ - "
    "w). Below η = 1 it comes to rest at ±1, with the exponent ln |1 - 2η|; from there to √5 - 1 = 1.23607 "
    "it "
    "goes to and fro on either side, with ln |9 - 2 (1 + η)²| / 2; then periods double to chaos. At η = 2 "
    "the "
    "exponent is ln 3; beyond, the weight can grow without bounds. An exponent is the mean of ln |f'(w)| a "
    "step; "
    "of a cycle it is that of its multiplier, else it has a 95 % interval over batches and starts.";

constexpr const char* quadratic_meaning =
    "On the parabola wᵀHw/2 a disturbance d goes to (1 - ηH) d at every step of gradient descent, so the "
    "largest "
    "exponent is ln max |1 - ηh| over H's eigenvalues h: above 0 exactly where the sharpness, the largest of "
    "them, is above 2/η. Here it is found by following a block of disturbances, beside the closed form.";

/// The first point whose exponent is above 0, with its interval where it has one.
const CurvePoint* first_chaos(const std::vector<CurvePoint>& points) {
  for (const auto& point : points) {
    const auto& r = point.result;
    const char* key = r.contains("exponent_low") ? "exponent_low" : "exponent";
    if (r.contains(key) && r.at(key).is_number() && r.at(key).get<double>() > 1e-9) return &point;
  }
  return nullptr;
}

}  // namespace

std::string gradient_map_text(const std::vector<CurvePoint>& points) {
  std::string text = fmt::format("{:>10} {:>14} {:>14} {:>7}\n", "eta", "exponent", "closed form", "period");
  const auto number = [](const ordered_json& r, const char* key) {
    return r.contains(key) && r.at(key).is_number() ? fmt::format("{:.8f}", r.at(key).get<double>())
                                                    : std::string("-");
  };
  const std::size_t every = points.size() <= 50 ? 1 : (points.size() + 39) / 40;
  for (std::size_t i = 0; i < points.size(); i += every) {
    const auto& r = points[i].result;
    const auto period = r.contains("period") ? r.at("period").get<std::int64_t>() : 0;
    text += fmt::format("{:>10.6g} {:>14} {:>14} {:>7}\n", points[i].at[0].get<double>(),
                        r.contains("diverged") ? "diverged" : number(r, "exponent"), number(r, "closed_form"),
                        period > 0 ? std::to_string(period) : "-");
  }
  const auto* chaos = first_chaos(points);
  return text + (chaos != nullptr ? fmt::format("the exponent is first above 0 at eta = {:.6g}",
                                                chaos->at[0].get<double>())
                                  : std::string("the exponent is nowhere above 0"));
}

AnalysisReport gradient_map_report(const SweepAxis& axis, const std::vector<CurvePoint>& points,
                                   std::int64_t quadratic) {
  const auto title = quadratic > 0 ? fmt::format("gradient descent on a parabola of {} weights", quadratic)
                                   : std::string("gradient descent in a double well");
  AnalysisReport report{.analysis = "gradient-map",
                        .title = title,
                        .introduction = {quadratic > 0 ? quadratic_meaning : gradient_map_meaning},
                        .figures = {},
                        .tables = {},
                        .warnings = {},
                        .version = {},
                        .command = {},
                        .result = {{"points", curve_json({axis}, points)}}};
  const auto* chaos = first_chaos(points);
  report.result["first_positive"] = chaos != nullptr ? ordered_json(chaos->at[0]) : ordered_json();
  if (quadratic == 0) {
    ScatterPlot plot{.title = title,
                     .heading = {title},
                     .x = {.label = "learning rate η", .logarithmic = axis.logarithmic},
                     .y = {.label = "w"},
                     .series = {{"w", {}}}};
    for (const auto& point : points)
      if (point.result.contains("values"))
        for (const auto& value : point.result.at("values"))
          plot.series[0].points.push_back({point.at[0].get<double>(), value.get<double>(), ""});
    report.figures.push_back({"diagram", svg(plot), "What the weight goes on to visit (figure 6)."});
  }
  std::vector<CurveQuantity> quantities{{"exponent", "exponent, per step", "", ""}};
  if (quadratic > 0) quantities.push_back({"closed_form", "", "", ""});
  report.figures.push_back(curve_figure("exponent", title + ": exponent", {axis}, points, quantities,
                                        "The Lyapunov exponent over the learning rate (figure 7)."));
  std::vector<std::string> keys{"exponent", "closed_form"};
  for (const char* key : {"exponent_low", "exponent_high", "period"})
    if (quadratic == 0) keys.emplace_back(key);
  for (const char* key : {"sharpness", "two_over_eta"})
    if (quadratic > 0) keys.emplace_back(key);
  report.tables.push_back(curve_table("exponent", {axis}, points, keys, "The exponent at every rate."));
  return report;
}

}  // namespace stoic
