#include <algorithm>

#include "stoic/host/report/svg_element.hpp"
#include "stoic/host/report/svg_plot.hpp"

namespace stoic {
namespace {

constexpr double width = 680, left = 70, right = width - 20, height = 460, mark = 2.5;
constexpr std::size_t colours = 6;

void draw_axes(std::string& drawing, const Scale& x, const Scale& y, const Axis& x_axis, const Axis& y_axis) {
  for (const double tick : ticks(y, 6))
    drawing += svg_text({left - 8, y(tick) + 4}, tick_text(tick), Anchor::end);
  for (const double tick : ticks(x, 8))
    drawing += svg_text({x(tick), y.from + 18}, tick_text(tick), Anchor::middle);
  drawing += svg_path({{left, y.to}, {left, y.from}, {right, y.from}}, "axis");
  drawing += svg_text({(left + right) / 2, y.from + 40}, x_axis.label, Anchor::middle, "label");
  drawing += svg_upright_text({16, (y.from + y.to) / 2}, y_axis.label);
}

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
  const double above = svg_heading(drawing, left, plot.heading);
  const double top = above + 6 + svg_legend(drawing, {left, above + 4}, right - left, legend);
  const auto x = scale_for(plot.x, xs, left, right), y = scale_for(plot.y, ys, top + height, top);
  draw_axes(drawing, x, y, plot.x, plot.y);
  for (std::size_t n = 0; n < plot.series.size(); ++n)
    for (const auto& point : plot.series[n].points) {
      if (!x.holds(point.x) || !y.holds(point.y)) continue;
      const Place place{x(point.x), y(point.y)};
      if (plot.series.size() > colours)
        drawing +=
            svg_text({place.x, place.y + 4}, plot.series[n].name, Anchor::middle, colour_class("fill", n));
      else
        drawing += svg_box({place.x - mark, place.y - mark}, 2 * mark, 2 * mark, colour_class("fill", n),
                           point.explanation);
    }
  return svg_drawing(width, top + height + 52, plot.title, drawing);
}

}  // namespace stoic
