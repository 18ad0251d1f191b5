#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "stoic/host/report/axis.hpp"

namespace stoic {

/// Elements of a drawing, in units of its own; the page scales it.
struct Place {
  double x = 0;
  double y = 0;
};

/// Of every plot: no more than lets its texts be read where a page is 390 pixels wide.
constexpr double svg_width = 480;
/// Room beside a drawing for a label that runs upwards and ticks of seven letters.
constexpr double svg_left = 76;

enum class Anchor { start, middle, end };

std::string svg_line(Place from, Place to, std::string_view css_class);
/// With a text under the pointer, unless it is empty.
std::string svg_box(Place corner, double width, double height, std::string_view css_class,
                    std::string_view explanation = {}, double opacity = 1);
std::string svg_text(Place place, std::string_view text, Anchor anchor = Anchor::start,
                     std::string_view css_class = "");
/// Text that runs upwards, centred on `place`.
std::string svg_upright_text(Place place, std::string_view text);
std::string svg_path(const std::vector<Place>& places, std::string_view css_class);
std::string svg_drawing(double width, double height, std::string_view title, std::string_view content);

/// A class of the n-th colour, which repeat after six.
std::string colour_class(std::string_view prefix, std::size_t n);
/// The same of one of many series: those whose colour was there before have round marks and dotted lines.
std::string series_class(std::string_view prefix, std::size_t n);

struct LegendEntry {
  std::string name;
  std::size_t colour;
};
/// Names beside boxes of their colours from `corner`, in lines of at most `width`; returns the height used.
double svg_legend(std::string& drawing, Place corner, double width, const std::vector<LegendEntry>& entries);

/// Lines one below the other from the top of a drawing, long ones cut between words; returns the height used.
double svg_heading(std::string& drawing, double left, const std::vector<std::string>& lines);

/// Ticks and labels of two directions, below and to the left of a drawing.
std::string svg_axes(const Scale& x, const Scale& y, std::string_view x_label, std::string_view y_label);

/// Room that a text of the size of a tick takes, roughly.
double text_width(std::string_view text);

}  // namespace stoic
