#pragma once
#include "stoic/host/compare/comparison.hpp"
#include "stoic/host/report/svg_plot.hpp"

namespace stoic {

/// Signal-to-noise ratio of each vector in the order of the program.
LinePlot deviation_plot(const std::vector<Deviation>& deviations);

/// Cycles of each phase: those that multiply, and the others by instruction.
BarChart phase_chart(const std::vector<PhaseCost>& phases);
/// Only the cycles without products.
BarChart other_cycles_chart(const std::vector<PhaseCost>& phases);

/// Accuracy by word lengths; the widths of `hw` are framed.
HeatMap word_length_map(const WordLengthSweep& sweep, const HardwareConfig& hw);

/// Accuracy of float and fixed point over the signal-to-noise ratio: means of the trials, bars from the worst
/// to the best. All curves of `kind`.
LinePlot noise_plot(const std::vector<NoiseCurve>& curves, NoiseKind kind);
/// Fixed point minus float in percentage points: all trials of a point together, with their interval.
LinePlot noise_difference_plot(const std::vector<NoiseCurve>& curves, NoiseKind kind);

}  // namespace stoic
