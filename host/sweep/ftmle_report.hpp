#pragma once
#include <string>
#include <vector>

#include "stoic/host/analysis/ftmle.hpp"
#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/sweep/curve.hpp"

namespace stoic {

/// The distribution of the exponents of each part. `subject` names the model or recipe, `classes` are the
/// labels of the samples.
AnalysisReport ftmle_report(const FtmleResult& result, const std::string& subject);

/// What a curve or map keeps of a point: the keys of FtmleResult::json() of one part without "per_sample",
/// and "histogram" {"least", "largest", "counts"}.
nlohmann::ordered_json ftmle_point(const FtmleResult& result);
/// Mean and distribution over one key, mean over two.
AnalysisReport ftmle_curve_report(const std::vector<SweepAxis>& axes, const std::vector<CurvePoint>& points,
                                  const std::string& scope, const std::string& subject);

}  // namespace stoic
