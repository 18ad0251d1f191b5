#include "stoic/host/report/comparison_plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "stoic/host/report/comparison_tables.hpp"

namespace stoic {
namespace {

constexpr const char* matrix_products = "products with matrices";
constexpr const char* element_products = "products element by element";

constexpr const char* moves = "moving data, control";

/// What a cycle that multiplies nothing is spent on. There are colours for six parts.
std::string other_part(const InstructionCost& cost) {
  if (cost.mnemonic == "FUNCTION" || cost.mnemonic == "NORMALISE") return cost.mnemonic;
  return cost.ideal_mac_cycles > 0 ? "fetch and latency of products" : moves;
}

BarChart::Part& part_named(BarChart& chart, const std::string& name) {
  for (auto& part : chart.parts)
    if (part.name == name) return part;
  chart.parts.push_back({name, std::vector<double>(chart.names.size(), 0)});
  return chart.parts.back();
}

void add_other_parts(BarChart& chart, const std::vector<PhaseCost>& phases) {
  for (std::size_t p = 0; p < phases.size(); ++p) {
    auto control = phases[p].cycles;
    for (const auto& cost : phases[p].instructions) {
      part_named(chart, other_part(cost)).values[p] += static_cast<double>(cost.other_cycles());
      control -= cost.cycles;
    }
    if (control > 0) part_named(chart, moves).values[p] += static_cast<double>(control);
  }
}

BarChart empty_chart(const std::vector<PhaseCost>& phases, const std::string& title) {
  BarChart chart{.title = title, .value = {.label = "clock cycles of one inference"}};
  for (const auto& phase : phases) chart.names.push_back(phase.name);
  return chart;
}

HeatMap::Cell map_cell(const WordLengthCell& cell, const WordLengthSweep& sweep, const HardwareConfig& hw) {
  const bool given = cell.state_width == hw.state_width && cell.weight_width == hw.weight_width;
  if (!cell.obstacle.empty()) return {.text = "-", .explanation = cell.obstacle, .marked = given};
  return {.value = 100 * cell.accuracy,
          .text = fmt::format("{:.2f}", 100 * cell.accuracy),
          .explanation = fmt::format("{}-bit states, {}-bit weights: {}, 95 % interval {}", cell.state_width,
                                     cell.weight_width, percent(cell.accuracy),
                                     percent_range(wilson_interval(cell.right, sweep.samples))),
          .marked = given};
}

/// m_x(1), m_x(2) ... are one line: "m_x".
std::string without_number(const std::string& name) {
  const auto open = name.find('('), close = name.find(')', open);
  return open == std::string::npos || close == std::string::npos
             ? name
             : name.substr(0, open) + name.substr(close + 1);
}

PlotPoint trial_point(double signal_to_noise, const std::vector<double>& accuracies) {
  if (accuracies.empty()) return {signal_to_noise, std::numeric_limits<double>::quiet_NaN()};
  const auto [low, high] = std::minmax_element(accuracies.begin(), accuracies.end());
  const double sum = std::accumulate(accuracies.begin(), accuracies.end(), 0.0);
  return {signal_to_noise, 100 * sum / static_cast<double>(accuracies.size()), 100 * *low, 100 * *high};
}

}  // namespace

LinePlot deviation_plot(const std::vector<Deviation>& deviations) {
  LinePlot plot{.title = "Signal-to-noise ratio of each vector",
                .x = {.label = "vector, in the order of the program"},
                .y = {.label = "signal-to-noise ratio (dB)"}};
  const auto series_named = [&](const std::string& name) -> PlotSeries& {
    for (auto& series : plot.series)
      if (series.name == name) return series;
    plot.series.push_back({.name = name});
    return plot.series.back();
  };
  for (std::size_t i = 0; i < deviations.size(); ++i) {
    const auto& name = deviations[i].name;
    const double ratio = deviations[i].signal_to_noise_dB();
    plot.x_names.push_back(name);
    series_named(without_number(name)).points.push_back({static_cast<double>(i), ratio, ratio, ratio});
  }
  return plot;
}

BarChart phase_chart(const std::vector<PhaseCost>& phases) {
  auto chart = empty_chart(phases, "Cycles of each phase of the program");
  part_named(chart, matrix_products);
  for (std::size_t p = 0; p < phases.size(); ++p)
    for (const auto& cost : phases[p].instructions)
      if (cost.ideal_mac_cycles > 0)
        part_named(chart, cost.mnemonic == "MATVEC" ? matrix_products : element_products).values[p] +=
            static_cast<double>(cost.ideal_mac_cycles);
  add_other_parts(chart, phases);
  return chart;
}

BarChart other_cycles_chart(const std::vector<PhaseCost>& phases) {
  auto chart = empty_chart(phases, "Cycles without products, of each phase");
  chart.value.label = "clock cycles of one inference without products";
  // Each part keeps the colour that it has in phase_chart.
  part_named(chart, matrix_products);
  for (const auto& phase : phases)
    for (const auto& cost : phase.instructions)
      if (cost.ideal_mac_cycles > 0 && cost.mnemonic != "MATVEC") part_named(chart, element_products);
  add_other_parts(chart, phases);
  return chart;
}

HeatMap word_length_map(const WordLengthSweep& sweep, const HardwareConfig& hw) {
  HeatMap map{.title = "Accuracy by bits of states and weights",
              .x_label = "bits of a weight",
              .y_label = "bits of a state",
              .value_label = "accuracy (%)"};
  for (const auto width : swept_weight_widths) map.x_names.push_back(fmt::format("{}", width));
  for (const auto width : swept_state_widths) map.y_names.push_back(fmt::format("{}", width));
  for (const auto& cell : sweep.cells) map.cells.push_back(map_cell(cell, sweep, hw));
  return map;
}

LinePlot noise_plot(const std::vector<NoiseCurve>& curves, NoiseKind kind) {
  LinePlot plot{.title = fmt::format("Accuracy under {} noise", kind_name(kind)),
                .x = {.label = "variance of the signal / variance of the noise", .logarithmic = true},
                .y = {.label = "accuracy (%)"}};
  for (const auto& curve : curves) {
    if (curve.kind != kind) continue;
    const auto named = [&](const std::string& what) {
      return curve.name.empty() ? what : fmt::format("{}, {}", what, curve.name);
    };
    PlotSeries reference{.name = named("float")};
    PlotSeries fixed{.name = named("fixed point")};
    for (const auto& point : curve.points) {
      reference.points.push_back(trial_point(point.signal_to_noise, point.accuracy_float));
      fixed.points.push_back(trial_point(point.signal_to_noise, point.accuracy_fixed));
    }
    plot.series.push_back(reference);
    plot.series.push_back(fixed);
  }
  return plot;
}

LinePlot noise_difference_plot(const std::vector<NoiseCurve>& curves, NoiseKind kind) {
  LinePlot plot{.title = fmt::format("Fixed point minus float under {} noise", kind_name(kind)),
                .x = {.label = "variance of the signal / variance of the noise", .logarithmic = true},
                .y = {.label = "fixed point minus float (percentage points)"}};
  for (const auto& curve : curves) {
    if (curve.kind != kind) continue;
    PlotSeries series{.name = curve.name.empty() ? "fixed point minus float" : curve.name};
    for (const auto& point : curve.points) {
      const auto difference = pooled(point);
      const auto interval = difference.interval();
      series.points.push_back(
          {point.signal_to_noise, 100 * difference.difference(), 100 * interval.low, 100 * interval.high});
    }
    plot.series.push_back(series);
  }
  return plot;
}

}  // namespace stoic
