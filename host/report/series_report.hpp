#pragma once
#include <string>

#include "stoic/host/analysis/series.hpp"
#include "stoic/host/report/analysis_report.hpp"

namespace stoic {

/// Keys exponent, interval (both null without a scaling region), unit, verdict, fit_window, delay, dimension,
/// theiler, samples, pairs, distance.
nlohmann::ordered_json series_json(const SeriesExponent& result, double step, const std::string& subject);
AnalysisReport series_report(const SeriesExponent& result, double step, const std::string& subject);

}  // namespace stoic
