#include "stoic/host/report/plane_map_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/report/svg_plot.hpp"

namespace stoic {
namespace {

using nlohmann::ordered_json;

constexpr const char* meaning_of_map =
    "Each point of the plane is an input of the network. Its colour is the finite-time maximum Lyapunov "
    "exponent (1/T) ln σ there, where σ is the largest singular value of the derivative of the network, or "
    "of "
    "one of its layers at what that input has become before it: above 0 what is near is pulled apart, below "
    "0 "
    "it is drawn together in every direction. A layer is its matrix and what follows it; the read-out is "
    "linear, "
    "so that its exponent is the same everywhere.";

std::string part_file_name(const std::string& part) {
  std::string name = part;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

AnalysisFigure plane_picture(const PlaneMap& map, const Ftmle& part, const std::string& subject) {
  const auto d = distribution(part.per_sample);
  const auto size = static_cast<std::size_t>(map.resolution);
  const Axis side{.label = "first input", .least = map.least, .most = map.most};
  ImagePlot plot{.title = fmt::format("{}: exponents of {}", subject, part.part),
                 .heading = {fmt::format("{}: {}", subject, part.part)},
                 .x = side,
                 .y = side,
                 .value_label = fmt::format("λ ({})", part.unit),
                 .columns = size,
                 .rows = size,
                 .values = part.per_sample};
  plot.y.label = "second input";
  return {part_file_name(part.part), svg(plot),
          fmt::format(
              "{}: mean {:.3f}, deviation {:.3f}, from {:.3f} to {:.3f}, above 0 at {:.1f} % of the points.",
              part.part, d.mean, d.deviation, d.least, d.largest, 100 * d.positive)};
}

}  // namespace

AnalysisReport plane_map_report(const PlaneMap& map, const std::string& subject) {
  AnalysisReport report{.analysis = "ftmle-map",
                        .title = subject + ": finite-time Lyapunov exponents over the plane",
                        .introduction = {meaning_of_map},
                        .figures = {},
                        .tables = {},
                        .warnings = {},
                        .version = {},
                        .command = {},
                        .result = map.json()};
  std::vector<const Ftmle*> parts;
  for (const auto* result : {&map.network, &map.layers})
    for (const auto& part : result->parts) parts.push_back(&part);
  AnalysisTable rows{"parts", ordered_json::array(), "The exponents over all points."};
  for (const auto* part : parts) {
    const auto d = distribution(part->per_sample);
    rows.rows.push_back({{"part", part->part},
                         {"T", part->time},
                         {"unit", part->unit},
                         {"mean", d.mean},
                         {"deviation", d.deviation},
                         {"least", d.least},
                         {"largest", d.largest},
                         {"above_0", d.positive},
                         {"largest_residual", part->largest_residual()},
                         {"uncertified", part->uncertified.size()}});
    // A linear read-out is the same everywhere, but for what the iteration leaves: no picture.
    if (d.largest - d.least > 1e-5) report.figures.push_back(plane_picture(map, *part, subject));
  }
  AnalysisTable points{"points", ordered_json::array(), "The exponents at each point."};
  for (std::int64_t i = 0; i < map.resolution * map.resolution; ++i) {
    ordered_json row{{"first", map.at(i % map.resolution)}, {"second", map.at(i / map.resolution)}};
    for (const auto* part : parts) row[part->part] = part->per_sample[static_cast<std::size_t>(i)];
    points.rows.push_back(std::move(row));
  }
  report.tables = {std::move(rows), std::move(points)};
  return report;
}

}  // namespace stoic
