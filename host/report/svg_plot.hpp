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

/// Distributions of one quantity one above the other: of each a row of bars.
struct RidgePlot {
  struct Row {
    std::string name;
    double least = 0, largest = 0;  ///< where its bars begin and end
    std::vector<double> counts;     ///< heights of equally wide bars; each row has a scale of its own
  };
  std::string title;
  std::vector<std::string> heading;  ///< as of a line plot
  Axis x;
  std::string y_label;
  std::vector<Row> rows;  ///< from below
};
std::string svg(const RidgePlot& plot);

/// Many values over two directions, as shades of two colours: one below 0, one above.
struct ImagePlot {
  std::string title;
  std::vector<std::string> heading;  ///< as of a line plot
  Axis x, y;                         ///< with limits: the image reaches from one to the other
  std::string value_label;
  std::size_t columns = 0, rows = 0;
  std::vector<double> values;  ///< row by row from below; what is not finite stays empty
};
std::string svg(const ImagePlot& plot);

/// Points in a plane, each with the colour of its series and, of more than six, its name.
struct ScatterPlot {
  struct Point {
    double x = 0, y = 0;
    std::string explanation;  ///< shown under the pointer
  };
  struct Series {
    std::string name;  ///< short: it may stand in the place of a mark
    std::vector<Point> points;
  };
  std::string title;
  std::vector<std::string> heading;  ///< as of a line plot
  Axis x, y;
  std::vector<Series> series;
};
std::string svg(const ScatterPlot& plot);

}  // namespace stoic
