#pragma once
#include <optional>
#include <string>
#include <vector>

namespace stoic {

/// One direction of a plot. Without limits of its own it reaches over all values that it is given.
struct Axis {
  std::string label;  ///< with the unit
  bool logarithmic = false;
  std::optional<double> least;
  std::optional<double> most;
};

/// Maps values to a place on the drawing.
struct Scale {
  double least = 0;
  double most = 1;
  bool logarithmic = false;
  double from = 0;  ///< place of `least`
  double to = 1;    ///< place of `most`

  double operator()(double value) const;
  /// Whether a value has a place at all: finite, and positive on a logarithmic scale.
  bool holds(double value) const;
};

/// A scale between two places for the values (those that cannot be shown do not count), widened to whole
/// ticks where the axis sets no limit.
Scale scale_for(const Axis& axis, const std::vector<double>& values, double from, double to);

/// About `count` round values within the scale: multiples of 1, 2 or 5 times a power of ten; on a logarithmic
/// scale powers of ten, with 2 and 5 times them where there are few.
std::vector<double> ticks(const Scale& scale, int count);

/// "0.25", "1,000", "1e-05"
std::string tick_text(double value);

}  // namespace stoic
