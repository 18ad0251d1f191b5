#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stoic/host/driven/driven_network.hpp"

namespace stoic::cli {

/// Writes what `names` asks for of a driven reservoir into a folder, each as an .npz whose array "float" is
/// [steps x elements], and vectors.json, which names them: "x", the state behind every time step of the series,
/// from rest and with the true outputs fed back; "features", what the read-out sees then; "all" for both.
/// Returns {"name", "elements", "file"} of each. Throws Error for other names.
nlohmann::ordered_json write_driven_states(const std::string& folder, const std::vector<std::string>& names,
                                           const std::string& where, const DrivenModel& model,
                                           const TimeSeries& series, Team& team);

}  // namespace stoic::cli
