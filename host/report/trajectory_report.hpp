#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "stoic/host/analysis/trajectories.hpp"
#include "stoic/host/report/analysis_report.hpp"

namespace stoic {

/// The states of one sample as an image, the first three components in time, and the principal components of
/// first and last states coloured by the labels of the samples. `classes` are their names; empty: numbers.
AnalysisReport trajectory_report(const TrajectoryResult& result, std::span<const std::uint8_t> labels,
                                 const std::vector<std::string>& classes, const std::string& subject);

}  // namespace stoic
