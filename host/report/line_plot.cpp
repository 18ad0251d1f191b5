#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/report/svg_element.hpp"
#include "stoic/host/report/svg_plot.hpp"

namespace stoic {
namespace {

constexpr double left = svg_left;
constexpr double right = svg_width - 20;
constexpr double inner_height = 260;
constexpr double mark = 3.5;

/// Where the values of a plot are drawn.
struct Frame {
  Scale x;
  Scale y;
  double top() const { return y.to; }
  double bottom() const { return y.from; }
};

Frame frame_of(const LinePlot& plot, double top) {
  std::vector<double> xs;
  std::vector<double> ys;
  for (const auto& series : plot.series)
    for (const auto& point : series.points) {
      xs.push_back(point.x);
      ys.insert(ys.end(), {point.y, point.low, point.high});
    }
  auto x = plot.x;
  if (!plot.x_names.empty()) {
    x.least = -0.5;
    x.most = static_cast<double>(plot.x_names.size()) - 0.5;
  }
  return {scale_for(x, xs, left, right), scale_for(plot.y, ys, top + inner_height, top)};
}

/// Names of x = 0, 1, ...: all of them, or every k-th where they would run into each other.
void draw_names(std::string& drawing, const LinePlot& plot, const Frame& frame) {
  double longest = 0;
  for (const auto& name : plot.x_names) longest = std::max(longest, text_width(name) + 8);
  const auto fitting = std::max<std::size_t>(1, static_cast<std::size_t>((right - left) / longest));
  const auto stride = (plot.x_names.size() + fitting - 1) / fitting;
  for (std::size_t i = 0; i < plot.x_names.size(); i += stride) {
    const double x = frame.x(static_cast<double>(i));
    drawing += svg_line({x, frame.bottom()}, {x, frame.bottom() + 4}, "axis");
    drawing += svg_text({x, frame.bottom() + 18}, plot.x_names[i], Anchor::middle);
  }
}

void draw_axes(std::string& drawing, const LinePlot& plot, const Frame& frame) {
  for (const double tick : ticks(frame.y, 6)) {
    const double y = frame.y(tick);
    drawing += svg_line({left, y}, {right, y}, "grid");
    drawing += svg_text({left - 8, y + 4}, tick_text(tick), Anchor::end);
  }
  if (!plot.x_names.empty()) {
    draw_names(drawing, plot, frame);
  } else {
    for (const double tick : ticks(frame.x, 6)) {
      const double x = frame.x(tick);
      drawing += svg_line({x, frame.top()}, {x, frame.bottom()}, "grid");
      drawing += svg_text({x, frame.bottom() + 18}, tick_text(tick), Anchor::middle);
    }
  }
  drawing += svg_path({{left, frame.top()}, {left, frame.bottom()}, {right, frame.bottom()}}, "axis");
  drawing += svg_text({(left + right) / 2, frame.bottom() + 40}, plot.x.label, Anchor::middle, "label");
  drawing += svg_upright_text({13, (frame.top() + frame.bottom()) / 2}, plot.y.label);
}

void draw_interval(std::string& drawing, const PlotPoint& point, const Frame& frame,
                   const std::string& css_class) {
  if (point.low == point.high || !frame.y.holds(point.low) || !frame.y.holds(point.high)) return;
  const double x = frame.x(point.x);
  const double low = frame.y(point.low);
  const double high = frame.y(point.high);
  drawing += svg_line({x, low}, {x, high}, css_class);
  for (const double y : {low, high}) drawing += svg_line({x - mark, y}, {x + mark, y}, css_class);
}

std::string what(const LinePlot& plot, const PlotSeries& series, const PlotPoint& point) {
  const auto index = static_cast<std::size_t>(std::max(point.x, 0.0));
  const auto at = index < plot.x_names.size() ? plot.x_names[index] : tick_text(point.x);
  return fmt::format("{}, {}: {:.5g}", series.name, at, point.y);
}

void draw_series(std::string& drawing, const LinePlot& plot, const Frame& frame, std::size_t n) {
  std::vector<std::vector<Place>> lines(1);
  std::string marks;
  for (const auto& point : plot.series[n].points) {
    if (!frame.x.holds(point.x) || !frame.y.holds(point.y)) {
      lines.emplace_back();
      continue;
    }
    const Place place{frame.x(point.x), frame.y(point.y)};
    lines.back().push_back(place);
    draw_interval(marks, point, frame, colour_class("bar", n));
    marks += svg_box({place.x - mark, place.y - mark}, 2 * mark, 2 * mark, series_class("fill", n),
                     what(plot, plot.series[n], point));
  }
  for (const auto& line : lines)
    if (line.size() > 1) drawing += svg_path(line, series_class("line", n));
  drawing += marks;
}

}  // namespace

std::string svg(const LinePlot& plot) {
  std::string drawing;
  std::vector<LegendEntry> legend;
  for (std::size_t n = 0; n < plot.series.size(); ++n) legend.push_back({plot.series[n].name, n});
  const double above = svg_heading(drawing, left, plot.heading);
  const double top = above + 6 + svg_legend(drawing, {left, above + 4}, right - left, legend);
  const auto frame = frame_of(plot, top);
  draw_axes(drawing, plot, frame);
  for (std::size_t n = 0; n < plot.series.size(); ++n) draw_series(drawing, plot, frame, n);
  return svg_drawing(svg_width, frame.bottom() + 52, plot.title, drawing);
}

}  // namespace stoic
