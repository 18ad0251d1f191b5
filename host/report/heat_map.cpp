#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "stoic/host/report/svg_element.hpp"
#include "stoic/host/report/svg_plot.hpp"

namespace stoic {
namespace {

constexpr double map_left = svg_left;
constexpr double margin = 8;
constexpr double legend_width = 96;
constexpr double map_row = 40;
constexpr double palest = 0.04;
constexpr double darkest = 0.85;

struct Span {
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
};

double shade(const Span& span, double value) {
  const double share = span.most > span.least ? (value - span.least) / (span.most - span.least) : 0.5;
  return palest + share * (darkest - palest);
}

void draw_cell(std::string& drawing, const HeatMap::Cell& cell, const Span& span, Place corner,
               double column) {
  const double inset = cell.marked ? 2 : 1;
  const Place inner{corner.x + inset, corner.y + inset};
  const double inner_width = column - 2 * inset;
  const double inner_height = map_row - 2 * inset;
  const bool fits = text_width(cell.text) <= inner_width;
  const auto& explanation = fits || !cell.explanation.empty() ? cell.explanation : cell.text;
  drawing += cell.value
                 ? svg_box(inner, inner_width, inner_height, "heat", explanation, shade(span, *cell.value))
                 : svg_box(inner, inner_width, inner_height, "none", explanation);
  if (cell.marked) drawing += svg_box(inner, inner_width, inner_height, "frame");
  if (fits)
    drawing +=
        svg_text({corner.x + column / 2, corner.y + map_row / 2 + 5}, cell.text, Anchor::middle, "cell");
}

/// A column of shades with the least and the largest value.
void draw_legend(std::string& drawing, const HeatMap& map, const Span& span, double top, double height) {
  constexpr int steps = 24;
  if (!(span.least < span.most)) return;  // all cells have one shade
  const double x = svg_width - legend_width + 34;
  for (int i = 0; i < steps; ++i) {
    const double share = (i + 0.5) / steps;
    drawing += svg_box({x, top + height * (1 - (i + 1.0) / steps)}, 14, height / steps, "heat", {},
                       palest + share * (darkest - palest));
  }
  drawing += svg_text({x + 20, top + 10}, fmt::format("{:.4g}", span.most));
  drawing += svg_text({x + 20, top + height}, fmt::format("{:.4g}", span.least));
  drawing += svg_upright_text({x - 12, top + height / 2}, map.value_label);
}

}  // namespace

std::string svg(const HeatMap& map) {
  Span span;
  for (const auto& cell : map.cells)
    if (cell.value) {
      span.least = std::min(span.least, *cell.value);
      span.most = std::max(span.most, *cell.value);
    }
  const auto columns = map.x_names.size();
  const double column =
      (svg_width - legend_width - map_left) / static_cast<double>(std::max<std::size_t>(columns, 1));
  const double height = map_row * static_cast<double>(map.y_names.size());
  std::string drawing;
  const double top = margin + svg_heading(drawing, map_left, map.heading);
  for (std::size_t i = 0; i < map.cells.size(); ++i) {
    const auto row = i / columns;
    draw_cell(
        drawing, map.cells[i], span,
        {map_left + column * static_cast<double>(i % columns), top + map_row * static_cast<double>(row)},
        column);
  }
  // Every k-th name where all of them would run into each other.
  double longest = 0;
  for (const auto& name : map.x_names) longest = std::max(longest, text_width(name) + 6);
  const auto stride = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(longest / column)));
  for (std::size_t c = 0; c < columns; c += stride)
    drawing += svg_text({map_left + column * (static_cast<double>(c) + 0.5), top + height + 18},
                        map.x_names[c], Anchor::middle);
  for (std::size_t r = 0; r < map.y_names.size(); ++r)
    drawing += svg_text({map_left - 8, top + map_row * (static_cast<double>(r) + 0.5) + 4}, map.y_names[r],
                        Anchor::end);
  drawing += svg_text({map_left + column * static_cast<double>(columns) / 2, top + height + 40}, map.x_label,
                      Anchor::middle, "label");
  drawing += svg_upright_text({13, top + height / 2}, map.y_label);
  draw_legend(drawing, map, span, top, height);
  return svg_drawing(svg_width, top + height + 52, map.title, drawing);
}

}  // namespace stoic
