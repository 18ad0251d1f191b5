#include "stoic/host/report/svg_element.hpp"

#include <fmt/format.h>

#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/report/text.hpp"

namespace stoic {
namespace {

constexpr std::size_t colours = 6;
constexpr double character_width = 7;
constexpr double legend_line = 20;
constexpr double legend_box = 11;

/// A text cut between words where it would be wider.
std::vector<std::string> lines_of(std::string_view text, double width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!lines.back().empty() && text_width(lines.back()) + text_width(word) > width) lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + std::string(word);
  }
  return lines;
}

const char* anchor_name(Anchor anchor) {
  return anchor == Anchor::start ? "start" : anchor == Anchor::middle ? "middle" : "end";
}

}  // namespace

std::string svg_line(Place from, Place to, std::string_view css_class) {
  return fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
                     css_class, from.x, from.y, to.x, to.y);
}

std::string svg_box(Place corner, double width, double height, std::string_view css_class,
                    std::string_view explanation, double opacity) {
  const auto shade = opacity < 1 ? fmt::format(" fill-opacity=\"{:.3f}\"", opacity) : "";
  const auto inside = explanation.empty() ? "" : fmt::format("<title>{}</title>", escaped(explanation));
  return fmt::format(
      "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"{}>{}</rect>\n",
      css_class, corner.x, corner.y, width, height, shade, inside);
}

std::string svg_text(Place place, std::string_view text, Anchor anchor, std::string_view css_class) {
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", css_class,
                     place.x, place.y, anchor_name(anchor), escaped(text));
}

std::string svg_upright_text(Place place, std::string_view text) {
  return fmt::format(
      "<text class=\"label\" transform=\"translate({:.1f} {:.1f}) rotate(-90)\" "
      "text-anchor=\"middle\">{}</text>\n",
      place.x, place.y, escaped(text));
}

std::string svg_path(const std::vector<Place>& places, std::string_view css_class) {
  std::string steps;
  for (const auto& place : places)
    steps += fmt::format("{}{:.1f} {:.1f}", steps.empty() ? "M" : " L", place.x, place.y);
  return fmt::format("<path class=\"{}\" d=\"{}\"/>\n", css_class, steps);
}

std::string svg_drawing(double width, double height, std::string_view title, std::string_view content) {
  return fmt::format(
      "<svg class=\"plot\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n{}</svg>\n", width,
      height, escaped(title), content);
}

std::string colour_class(std::string_view prefix, std::size_t n) {
  return fmt::format("{}{}", prefix, n % colours);
}

std::string series_class(std::string_view prefix, std::size_t n) {
  return colour_class(prefix, n) + (n < colours ? "" : " again");
}

double text_width(std::string_view text) { return character_width * static_cast<double>(characters(text)); }

double svg_legend(std::string& drawing, Place corner, double width, const std::vector<LegendEntry>& entries) {
  auto place = corner;
  for (const auto& entry : entries) {
    const double needed = legend_box + 6 + text_width(entry.name) + 16;
    if (place.x > corner.x && place.x + needed > corner.x + width) place = {corner.x, place.y + legend_line};
    drawing += svg_box(place, legend_box, legend_box, series_class("fill", entry.colour));
    drawing += svg_text({place.x + legend_box + 6, place.y + 10}, entry.name);
    place.x += needed;
  }
  return place.y - corner.y + legend_line;
}

double svg_heading(std::string& drawing, double left, const std::vector<std::string>& lines) {
  constexpr double line_height = 19, wider[] = {1.25, 1.08};  // than a tick: bold, and a label
  double bottom = 0;
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (const auto& line : lines_of(lines[i], (svg_width - left) / wider[i > 0])) {
      bottom += line_height;
      drawing += svg_text({left, bottom}, line, Anchor::start, i == 0 ? "heading" : "label");
    }
  return lines.empty() ? 0 : bottom + 8;
}

std::string svg_axes(const Scale& x, const Scale& y, std::string_view x_label, std::string_view y_label) {
  std::string drawing;
  for (const double tick : ticks(y, 6))
    drawing += svg_text({x.from - 8, y(tick) + 4}, tick_text(tick), Anchor::end);
  for (const double tick : ticks(x, 6))
    drawing += svg_text({x(tick), y.from + 18}, tick_text(tick), Anchor::middle);
  drawing += svg_path({{x.from, y.to}, {x.from, y.from}, {x.to, y.from}}, "axis");
  drawing += svg_text({(x.from + x.to) / 2, y.from + 40}, x_label, Anchor::middle, "label");
  return drawing + svg_upright_text({13, (y.from + y.to) / 2}, y_label);
}

std::string plot_style() {
  // The colours of Okabe and Ito, which colour-blind readers tell apart.
  return R"(svg.plot { display: block; width: 100%; max-width: 38rem; height: auto; }
svg.plot text { font: 12px sans-serif; fill: var(--text); }
svg.plot text.label { font-size: 13px; fill: var(--faint); }
svg.plot text.heading { font-size: 14px; font-weight: bold; }
svg.plot text.cell { font-size: 13px; }
svg.plot .grid { stroke: var(--grid); stroke-width: 1; }
svg.plot .axis { stroke: var(--faint); stroke-width: 1; fill: none; }
svg.plot .heat { fill: var(--heat); }
svg.plot .frame { fill: none; stroke: var(--text); stroke-width: 2.5; }
svg.plot .none { fill: none; stroke: var(--grid); stroke-width: 1; }
svg.plot .fill0 { fill: #0072b2; } svg.plot .fill1 { fill: #e69f00; } svg.plot .fill2 { fill: #009e73; }
svg.plot .fill3 { fill: #cc79a7; } svg.plot .fill4 { fill: #56b4e9; } svg.plot .fill5 { fill: #d55e00; }
svg.plot [class^="line"] { fill: none; stroke-width: 2; }
svg.plot .line0 { stroke: #0072b2; } svg.plot .line1 { stroke: #e69f00; stroke-dasharray: 6 3; }
svg.plot .line2 { stroke: #009e73; } svg.plot .line3 { stroke: #cc79a7; stroke-dasharray: 6 3; }
svg.plot .line4 { stroke: #56b4e9; } svg.plot .line5 { stroke: #d55e00; stroke-dasharray: 6 3; }
svg.plot rect.again { rx: 50%; }
svg.plot path.again { stroke-dasharray: 1 3; }
svg.plot [class^="bar"] { stroke-width: 1.5; }
svg.plot .bar0 { stroke: #0072b2; } svg.plot .bar1 { stroke: #e69f00; } svg.plot .bar2 { stroke: #009e73; }
svg.plot .bar3 { stroke: #cc79a7; } svg.plot .bar4 { stroke: #56b4e9; } svg.plot .bar5 { stroke: #d55e00; }
@media (prefers-color-scheme: dark) { svg.plot .fill0 { fill: #3a9be0; } svg.plot .line0, svg.plot .bar0 { stroke: #3a9be0; } }
)";
}

}  // namespace stoic
