#include <algorithm>

#include "stoic/host/report/svg_element.hpp"
#include "stoic/host/report/svg_plot.hpp"

namespace stoic {
namespace {

constexpr double scatter_left = svg_left, scatter_right = svg_width - 20, scatter_height = 390, dot = 2.5;
constexpr std::size_t most_colours = 6;

}  // namespace

std::string svg(const ScatterPlot& plot) {
  std::vector<double> xs, ys;
  std::vector<LegendEntry> legend;
  for (std::size_t n = 0; n < plot.series.size(); ++n) {
    legend.push_back({plot.series[n].name, n});
    for (const auto& point : plot.series[n].points) {
      xs.push_back(point.x);
      ys.push_back(point.y);
    }
  }
  std::string drawing;
  const double above = svg_heading(drawing, scatter_left, plot.heading);
  const double top =
      above + 6 + svg_legend(drawing, {scatter_left, above + 4}, scatter_right - scatter_left, legend);
  const auto x = scale_for(plot.x, xs, scatter_left, scatter_right),
             y = scale_for(plot.y, ys, top + scatter_height, top);
  drawing += svg_axes(x, y, plot.x.label, plot.y.label);
  for (std::size_t n = 0; n < plot.series.size(); ++n)
    for (const auto& point : plot.series[n].points) {
      if (!x.holds(point.x) || !y.holds(point.y)) continue;
      const Place place{x(point.x), y(point.y)};
      if (plot.series.size() > most_colours)
        drawing +=
            svg_text({place.x, place.y + 4}, plot.series[n].name, Anchor::middle, colour_class("fill", n));
      else
        drawing += svg_box({place.x - dot, place.y - dot}, 2 * dot, 2 * dot, colour_class("fill", n),
                           point.explanation);
    }
  return svg_drawing(svg_width, top + scatter_height + 52, plot.title, drawing);
}

}  // namespace stoic
