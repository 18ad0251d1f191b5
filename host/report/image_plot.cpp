#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/report/svg_element.hpp"
#include "stoic/host/report/svg_plot.hpp"

namespace stoic {
namespace {

constexpr double image_left = svg_left, image_right = svg_width - 110, image_height = 300;
constexpr double faintest = 0.03;

std::string colour_of(double value) { return colour_class("fill", value < 0 ? 0 : 5); }

/// Runs of equal shade are one box: a third of the size where much is alike.
void draw_image_row(std::string& drawing, const ImagePlot& plot, std::size_t row, double most, Place corner,
                    double column, double high) {
  constexpr double shades = 50;
  const auto shade = [&](std::size_t c) {
    const double value = plot.values[row * plot.columns + c];
    return std::isfinite(value) ? std::round(value / most * shades) : NAN;
  };
  for (std::size_t c = 0; c < plot.columns;) {
    const double here = shade(c);
    auto end = c + 1;
    while (end < plot.columns && shade(end) == here) ++end;
    if (std::isfinite(here))
      drawing += svg_box({corner.x + column * static_cast<double>(c), corner.y},
                         column * static_cast<double>(end - c) + 0.3, high + 0.3, colour_of(here), {},
                         std::max(std::abs(here) / shades, faintest));
    c = end;
  }
}

void draw_image_legend(std::string& drawing, const ImagePlot& plot, double least, double largest, double most,
                       double top) {
  constexpr int steps = 24;
  const double x = image_right + 44;
  for (int i = 0; i < steps; ++i) {
    const double value = least + (largest - least) * (i + 0.5) / steps;
    drawing += svg_box({x, top + image_height * (1 - (i + 1.0) / steps)}, 14, image_height / steps,
                       colour_of(value), {}, std::max(std::abs(value) / most, faintest));
  }
  drawing += svg_text({x + 20, top + 10}, fmt::format("{:.3g}", largest));
  drawing += svg_text({x + 20, top + image_height}, fmt::format("{:.3g}", least));
  drawing += svg_upright_text({x - 12, top + image_height / 2}, plot.value_label);
}

}  // namespace

std::string svg(const ImagePlot& plot) {
  double least = INFINITY, largest = -INFINITY;
  for (const double value : plot.values)
    if (std::isfinite(value)) {
      least = std::min(least, value);
      largest = std::max(largest, value);
    }
  std::string drawing;
  const double top = svg_heading(drawing, image_left, plot.heading) + 10;
  const auto x = scale_for(plot.x, {}, image_left, image_right),
             y = scale_for(plot.y, {}, top + image_height, top);
  if (least <= largest) {
    const double most = std::max({std::abs(least), std::abs(largest), 1e-300});
    const double column = (image_right - image_left) / static_cast<double>(plot.columns),
                 high = image_height / static_cast<double>(plot.rows);
    for (std::size_t row = 0; row < plot.rows; ++row)
      draw_image_row(drawing, plot, row, most,
                     {image_left, top + image_height - high * static_cast<double>(row + 1)}, column, high);
    draw_image_legend(drawing, plot, least, largest, most, top);
  }
  drawing += svg_axes(x, y, plot.x.label, plot.y.label);
  return svg_drawing(svg_width, top + image_height + 52, plot.title, drawing);
}

}  // namespace stoic
