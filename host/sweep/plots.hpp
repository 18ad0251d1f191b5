#pragma once
#include <string>
#include <vector>

#include "stoic/host/sweep/points.hpp"

namespace stoic {

/// A picture of a sweep's results that stands alone.
struct SweepPlot {
  std::string file_name;
  std::string svg;
};

/// Accuracy, epoch of convergence and, where it is measured, the mean exponent: line plots of one axis, heat
/// maps of two, those of more in sets, one for each position on the further axes; none where these would be
/// more than 200.
std::vector<SweepPlot> sweep_plots(const Sweep& sweep, const std::vector<GridPoint>& points);

}  // namespace stoic
