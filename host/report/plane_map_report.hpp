#pragma once
#include <string>

#include "stoic/host/analysis/plane_map.hpp"
#include "stoic/host/report/analysis_report.hpp"

namespace stoic {

/// A picture of the plane for the network and for each layer, and the numbers. `subject` names the model or
/// recipe.
AnalysisReport plane_map_report(const PlaneMap& map, const std::string& subject);

}  // namespace stoic
