#pragma once
#include <string>
#include <vector>

#include "stoic/host/analysis/radius_history.hpp"
#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/sweep/curve.hpp"

namespace stoic {

/// Means and deviations over the seeds: "matrices", and arrays by epoch "radius_W_1", "deviation_W_1", ...,
/// "test_loss".
nlohmann::ordered_json radius_json(const std::vector<RadiusHistory>& seeds);

std::string radius_text(const SweepAxis& axis, const std::vector<CurvePoint>& points);
/// Figure 10 of paper 001: radii along the training, a drawing for each value, and the test losses of all.
AnalysisReport radius_report(const SweepAxis& axis, const std::vector<CurvePoint>& points,
                             const std::string& subject, std::int64_t seeds);

}  // namespace stoic
