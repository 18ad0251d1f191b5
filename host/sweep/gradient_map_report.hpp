#pragma once
#include <string>
#include <vector>

#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/sweep/curve.hpp"

namespace stoic {

/// A line for every tenth learning rate, and where the exponent first is above 0.
std::string gradient_map_text(const std::vector<CurvePoint>& points);

/// The bifurcation diagram and the exponent over the learning rate (paper 000, figures 6 and 7); of a
/// parabola of `quadratic` weights the exponent alone. Points have "exponent", "closed_form" and "values".
AnalysisReport gradient_map_report(const SweepAxis& axis, const std::vector<CurvePoint>& points,
                                   std::int64_t quadratic);

}  // namespace stoic
