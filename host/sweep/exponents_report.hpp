#pragma once
#include <string>
#include <vector>

#include "stoic/host/analysis/exponents.hpp"
#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/sweep/curve.hpp"

namespace stoic {

/// Lyapunov exponents of one system, or of several that differ by a seed.
struct ExponentsResult {
  std::string subject, unit, time_unit, method, start;
  std::uint64_t seed = 1;
  std::vector<LyapunovSpectrum> seeds;  ///< one for each
};

/// Of each exponent its value and interval: of a single seed what was measured, of several the mean over
/// them.
std::vector<Estimate> exponents_of(const ExponentsResult& result);
/// Whether all seeds are, and why not.
bool all_converged(const ExponentsResult& result);
std::string verdict_of(const ExponentsResult& result);

/// The keys exponents, intervals [low, high], converged, verdict, sum, expected_sum, kaplan_yorke, unit and
/// how they were found.
nlohmann::ordered_json exponents_json(const ExponentsResult& result);
/// Text for people.
std::string exponents_text(const ExponentsResult& result);
AnalysisReport exponents_report(const ExponentsResult& result);
AnalysisReport exponents_curve_report(const std::vector<SweepAxis>& axes,
                                      const std::vector<CurvePoint>& points, const std::string& subject);

}  // namespace stoic
