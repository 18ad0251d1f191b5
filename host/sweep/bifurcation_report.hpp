#pragma once
#include <string>
#include <vector>

#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/sweep/curve.hpp"

namespace stoic {

/// Points with "values", what one component visits at each value of the key; `what` names them: "maxima of
/// x_0".
AnalysisReport bifurcation_report(const SweepAxis& axis, const std::vector<CurvePoint>& points,
                                  const std::string& what, const std::string& subject);

}  // namespace stoic
