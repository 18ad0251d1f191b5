#pragma once
#include <string>
#include <vector>

#include "stoic/host/compare/series_comparison.hpp"
#include "stoic/host/report/analysis_report.hpp"

namespace stoic {

/// Over the draws of the noise.
double mean_nrmse(const std::vector<double>& values);
/// NRMSE by bits of states (down) and weights (across); the instance's own in brackets.
std::string word_length_table(const std::vector<SeriesWordLengths>& cells, const HardwareConfig& hw);
/// Where there are free runs: how long they are valid in float and in fixed point, and how they are distributed.
std::string free_runs_comparison(const SeriesComparison& comparison);
/// drift, free_run_statistics, word_lengths, noise, devices: those that have rows.
std::vector<AnalysisTable> comparison_tables(const ComparedSeries& result);
/// The page; its `result`, and a first sentence that says what was compared, are left to the caller.
AnalysisReport series_comparison_report(const ComparedSeries& result);

}  // namespace stoic
