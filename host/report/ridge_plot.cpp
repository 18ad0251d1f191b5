#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/report/svg_element.hpp"
#include "stoic/host/report/svg_plot.hpp"

namespace stoic {
namespace {

constexpr double ridge_right = svg_width - 20;

void draw_ridge(std::string& drawing, const RidgePlot::Row& row, const Scale& x, double baseline,
                double height) {
  drawing += svg_line({x.from, baseline}, {x.to, baseline}, "grid");
  if (row.counts.empty()) return;
  const double highest = *std::max_element(row.counts.begin(), row.counts.end());
  if (!(highest > 0) || !x.holds(row.least) || !x.holds(row.largest)) return;
  const auto bars = static_cast<double>(row.counts.size());
  const double from = x(row.least), bar = std::max((x(row.largest) - from) / bars, 1.0);
  for (std::size_t i = 0; i < row.counts.size(); ++i) {
    if (!(row.counts[i] > 0)) continue;
    const double up = row.counts[i] / highest * height, share = static_cast<double>(i) / bars;
    drawing += svg_box({from + static_cast<double>(i) * bar, baseline - up}, bar, up, colour_class("fill", 0),
                       fmt::format("{}: {} from {:.5g}", row.name, row.counts[i],
                                   row.least + share * (row.largest - row.least)));
  }
}

}  // namespace

std::string svg(const RidgePlot& plot) {
  std::string drawing;
  std::vector<double> values;
  double names = 0;
  for (const auto& row : plot.rows) {
    values.insert(values.end(), {row.least, row.largest});
    names = std::max(names, text_width(row.name));
  }
  const double left = std::min(40 + names, svg_width / 2), height = plot.rows.size() == 1 ? 200 : 30;
  const double top = svg_heading(drawing, left, plot.heading) + 10;
  const double bottom = top + (height + 4) * static_cast<double>(plot.rows.size());
  const auto x = scale_for(plot.x, values, left, ridge_right);
  for (const double tick : ticks(x, 6)) {
    drawing += svg_line({x(tick), top}, {x(tick), bottom}, "grid");
    drawing += svg_text({x(tick), bottom + 18}, tick_text(tick), Anchor::middle);
  }
  if (x.holds(0) && !x.logarithmic && x.least < 0 && x.most > 0)
    drawing += svg_line({x(0), top}, {x(0), bottom}, "axis");
  for (std::size_t i = 0; i < plot.rows.size(); ++i) {
    const double baseline = bottom - (height + 4) * static_cast<double>(i);
    draw_ridge(drawing, plot.rows[i], x, baseline, height);
    drawing += svg_text({left - 8, baseline - 4}, plot.rows[i].name, Anchor::end);
  }
  drawing += svg_path({{left, bottom}, {ridge_right, bottom}}, "axis");
  drawing += svg_text({(left + ridge_right) / 2, bottom + 40}, plot.x.label, Anchor::middle, "label");
  if (!plot.y_label.empty()) drawing += svg_upright_text({13, (top + bottom) / 2}, plot.y_label);
  return svg_drawing(svg_width, bottom + 52, plot.title, drawing);
}

}  // namespace stoic
