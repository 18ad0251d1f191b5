#include "stoic/host/analysis/distribution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace stoic {

Distribution distribution(std::span<const double> values) {
  std::vector<double> sorted;
  for (const double value : values)
    if (std::isfinite(value)) sorted.push_back(value);
  Distribution d{.samples = std::ssize(sorted), .infinite = std::ssize(values) - std::ssize(sorted)};
  if (sorted.empty()) return d;
  const auto count = static_cast<double>(sorted.size());
  double sum = 0, squares = 0;
  for (const double value : sorted) {
    sum += value;
    d.positive += value > 0 ? 1 : 0;
  }
  d.mean = sum / count;
  d.positive /= count;
  for (const double value : sorted) squares += (value - d.mean) * (value - d.mean);
  if (sorted.size() > 1) d.deviation = std::sqrt(squares / (count - 1));
  std::sort(sorted.begin(), sorted.end());
  d.least = sorted.front();
  d.largest = sorted.back();
  for (const double share : {0.05, 0.25, 0.5, 0.75, 0.95}) {
    const double place = share * (count - 1);
    const auto below = static_cast<std::size_t>(place);
    const auto above = std::min(below + 1, sorted.size() - 1);
    d.quantiles.emplace_back(
        share, sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]));
  }
  return d;
}

nlohmann::ordered_json json_of(const Distribution& d) {
  nlohmann::ordered_json json{{"samples", d.samples}};
  const auto number = [&](double value) {
    return d.samples > 0 ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
  };
  json["mean"] = number(d.mean);
  json["deviation"] = number(d.deviation);
  json["least"] = number(d.least);
  json["largest"] = number(d.largest);
  json["quantiles"] = nlohmann::ordered_json::object();
  for (const auto& [share, value] : d.quantiles) json["quantiles"][fmt::format("{}", share)] = value;
  json["positive"] = number(d.positive);
  if (d.infinite > 0) json["infinite"] = d.infinite;
  return json;
}

std::vector<double> histogram(std::span<const double> values, double least, double largest, int bins) {
  std::vector<double> counts(static_cast<std::size_t>(bins), 0);
  for (const double value : values) {
    if (!(value >= least && value <= largest)) continue;
    const double place = largest > least ? (value - least) / (largest - least) * bins : 0;
    counts[static_cast<std::size_t>(std::clamp(static_cast<int>(place), 0, bins - 1))] += 1;
  }
  return counts;
}

}  // namespace stoic
