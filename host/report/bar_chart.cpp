#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "stoic/host/report/svg_element.hpp"
#include "stoic/host/report/svg_plot.hpp"

namespace stoic {
namespace {

constexpr double row = 30;
constexpr double thickness = 20;

double sum_of_bar(const BarChart& chart, std::size_t bar) {
  return std::accumulate(chart.parts.begin(), chart.parts.end(), 0.0,
                         [&](double sum, const BarChart::Part& part) { return sum + part.values.at(bar); });
}

/// Parts that can be seen; a part that is 0 everywhere only takes a colour.
std::vector<LegendEntry> legend_of(const BarChart& chart) {
  std::vector<LegendEntry> entries;
  for (std::size_t p = 0; p < chart.parts.size(); ++p) {
    const auto& values = chart.parts[p].values;
    if (std::any_of(values.begin(), values.end(), [](double value) { return value > 0; }))
      entries.push_back({chart.parts[p].name, p});
  }
  return entries;
}

void draw_bar(std::string& drawing, const BarChart& chart, std::size_t bar, double y, const Scale& scale) {
  double sum = 0;
  for (std::size_t p = 0; p < chart.parts.size(); ++p) {
    const double value = chart.parts[p].values[bar];
    if (value > 0)
      drawing += svg_box({scale(sum), y}, scale(sum + value) - scale(sum), thickness, colour_class("fill", p),
                         fmt::format("{}, {}: {}", chart.names[bar], chart.parts[p].name, tick_text(value)));
    sum += value;
  }
  drawing += svg_text({scale.from - 8, y + thickness - 6}, chart.names[bar], Anchor::end);
  drawing += svg_text({scale(sum) + 6, y + thickness - 6}, tick_text(sum));
}

}  // namespace

std::string svg(const BarChart& chart) {
  double longest = 0;
  for (const auto& name : chart.names) longest = std::max(longest, text_width(name));
  std::vector<double> sums;
  for (std::size_t bar = 0; bar < chart.names.size(); ++bar) sums.push_back(sum_of_bar(chart, bar));
  auto axis = chart.value;
  axis.least = 0;
  // The sum stands behind the end of its bar.
  const auto scale = scale_for(axis, sums, std::min(longest + 16, svg_width / 2), svg_width - 70);

  std::string drawing;
  const double top = 6 + svg_legend(drawing, {scale.from, 4}, svg_width - scale.from - 8, legend_of(chart));
  const double bottom = top + row * static_cast<double>(chart.names.size());
  for (const double tick : ticks(scale, 6)) {
    drawing += svg_line({scale(tick), top}, {scale(tick), bottom}, "grid");
    drawing += svg_text({scale(tick), bottom + 18}, tick_text(tick), Anchor::middle);
  }
  for (std::size_t bar = 0; bar < chart.names.size(); ++bar)
    draw_bar(drawing, chart, bar, top + row * static_cast<double>(bar) + (row - thickness) / 2, scale);
  drawing += svg_path({{scale.from, top}, {scale.from, bottom}, {scale.to, bottom}}, "axis");
  drawing += svg_text({(scale.from + scale.to) / 2, bottom + 40}, axis.label, Anchor::middle, "label");
  return svg_drawing(svg_width, bottom + 52, chart.title, drawing);
}

}  // namespace stoic
