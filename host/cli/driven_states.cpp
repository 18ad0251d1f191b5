#include "driven_states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "stoic/host/library/vectors.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/folder.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic::cli {
namespace {

/// Column-major [elements x steps] is row-major [steps x elements].
NamedFile states_file(const std::string& name, const Eigen::MatrixXd& values) {
  const NpzArray arrays[] = {
      npz_array("float", {values.cols(), values.rows()},
                std::span<const double>(values.data(), static_cast<std::size_t>(values.size())))};
  return {name, npz_bytes(arrays, name)};
}

void require_names(const std::vector<std::string>& names, const std::string& where) {
  for (const auto& name : names)
    if (name != "x" && name != "features" && name != "all")
      throw Error(fmt::format("{}: no vector of a driven reservoir is called {}; there are x and features",
                              where, name));
}

}  // namespace

nlohmann::ordered_json write_driven_states(const std::string& folder, const std::vector<std::string>& names,
                                           const std::string& where, const DrivenModel& model,
                                           const TimeSeries& series, Team& team) {
  require_names(names, where);
  DrivenNetwork network(model, team);
  const ScaledSeries scaled(model, series);
  Eigen::MatrixXd states(network.state().size(), scaled.steps()),
      features(network.features().size(), scaled.steps());
  follow_series(network, scaled, scaled.steps(), team, [&](Eigen::Index t) {
    states.col(t) = network.state();
    features.col(t) = network.features();
  });
  auto rows = nlohmann::ordered_json::array();
  std::vector<NamedFile> files;
  const auto add = [&](const char* name, const Eigen::MatrixXd& values) {
    const auto asked = [&](const std::string& given) { return given == name || given == "all"; };
    if (std::none_of(names.begin(), names.end(), asked)) return;
    files.push_back(states_file(fmt::format("{}.npz", name), values));
    rows.push_back({{"name", name}, {"elements", values.rows()}, {"file", files.back().name}});
  };
  add("x", states);
  add("features", features);
  const nlohmann::ordered_json list{{"steps", series.steps()}, {"vectors", rows}};
  files.insert(files.begin(), {vectors_list, json_text(list, 2) + "\n"});
  write_folder(folder, files, listed_vectors(folder));
  return rows;
}

}  // namespace stoic::cli
