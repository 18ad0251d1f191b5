#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stoic/host/driven/driven_network.hpp"

namespace stoic::cli {

/// Throws Error unless `names` are "x", the state behind every time step of a series from rest with the true outputs
/// fed back; "features", what the read-out sees then; or "all".
void require_states(const std::vector<std::string>& names, const std::string& where);
/// Writes what `names` asks for of a driven reservoir into a folder, each as an .npz whose array "float" is
/// [steps x elements], and vectors.json, which names them. Returns {"name", "elements", "file"} of each. Throws Error for
/// other names, and for more than 2 GiB.
nlohmann::ordered_json write_driven_states(const std::string& folder, const std::vector<std::string>& names,
                                           const std::string& where, const DrivenModel& model,
                                           const TimeSeries& series, Team& team);

}  // namespace stoic::cli
