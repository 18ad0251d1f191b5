#pragma once
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/report/axis.hpp"

namespace stoic {

/// Plots as SVG elements to stand within an HTML page. All text is escaped. Colours are classes of
/// plot_style(), which follow a dark page; nothing outside the page is referred to.
std::string plot_style();

/// A value with an interval; without one, `low` and `high` are equal to `y`.
struct PlotPoint {
  double x = 0;
  double y = 0;
  double low = 0;
  double high = 0;
};

struct PlotSeries {
  std::string name;
  std::vector<PlotPoint> points;
};

/// Lines with marks, and error bars where points have intervals. A value that the axis cannot show, such as
/// an infinite one, leaves a gap.
struct LinePlot {
  std::string title;                 ///< for screen readers
  std::vector<std::string> heading;  ///< lines above the drawing, for a picture that stands alone
  Axis x;
  Axis y;
  std::vector<std::string> x_names;  ///< of x = 0, 1, ..., instead of ticks
  std::vector<PlotSeries> series;
};
std::string svg(const LinePlot& plot);

/// Horizontal bars, each a stack of parts.
struct BarChart {
  struct Part {
    std::string name;
    std::vector<double> values;  ///< one for each bar, not negative
  };
  std::string title;
  Axis value;
  std::vector<std::string> names;  ///< of the bars, from above
  std::vector<Part> parts;
};
std::string svg(const BarChart& chart);

/// Cells whose shade tells a value, and whose text says it.
struct HeatMap {
  struct Cell {
    std::optional<double> value;  ///< none: hatched
    std::string text;
    std::string explanation;  ///< shown under the pointer
    bool marked = false;      ///< with a frame
  };
  std::string title;
  std::vector<std::string> heading;  ///< as of a line plot
  std::string x_label;
  std::string y_label;
  std::string value_label;
  std::vector<std::string> x_names;
  std::vector<std::string> y_names;
  std::vector<Cell> cells;  ///< row by row from above
};
std::string svg(const HeatMap& map);

}  // namespace stoic
