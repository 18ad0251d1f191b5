#include "driven_states.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "driven_text.hpp"
#include "stoic/host/library/vectors.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/folder.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic::cli {
namespace {

bool asks_for(const std::vector<std::string>& names, const std::string& vector) {
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& name) { return name == vector || name == "all"; });
}

}  // namespace

void require_states(const std::vector<std::string>& names, const std::string& where) {
  for (const auto& name : names)
    if (name != "x" && name != "features" && name != "all")
      throw Error(fmt::format("{}: no vector of a driven reservoir is called {}; there are x and features",
                              where, name));
}

nlohmann::ordered_json write_driven_states(const std::string& folder, const std::vector<std::string>& names,
                                           const std::string& where, const DrivenModel& model,
                                           const TimeSeries& series, Team& team) {
  require_states(names, where);
  DrivenNetwork network(model, team);
  const ScaledSeries scaled(model, series);
  const Eigen::Index elements[] = {asks_for(names, "x") ? network.state().size() : 0,
                                   asks_for(names, "features") ? network.features().size() : 0};
  constexpr std::int64_t most_bytes = std::int64_t{1} << 31;
  if ((elements[0] + elements[1]) * scaled.steps() * static_cast<std::int64_t>(sizeof(double)) > most_bytes)
    throw Error(fmt::format("{}: the vectors of {} steps take more than 2 GiB; name one, or take fewer steps",
                            where, scaled.steps()));
  Eigen::MatrixXd states(elements[0], scaled.steps()), features(elements[1], scaled.steps());
  follow_series(network, scaled, scaled.steps(), team, [&](Eigen::Index t) {
    if (elements[0] > 0) states.col(t) = network.state();
    if (elements[1] > 0) features.col(t) = network.features();
  });
  auto rows = nlohmann::ordered_json::array();
  std::vector<NamedFile> files;
  const auto add = [&](const char* name, const Eigen::MatrixXd& values) {
    if (values.rows() == 0) return;
    const auto file = fmt::format("{}.npz", name);
    const NpzArray arrays[] = {steps_array("float", values)};
    files.push_back({file, npz_bytes(arrays, file)});
    rows.push_back({{"name", name}, {"elements", values.rows()}, {"file", file}});
  };
  add("x", states);
  add("features", features);
  const nlohmann::ordered_json list{{"steps", series.steps()}, {"vectors", rows}};
  files.insert(files.begin(), {vectors_list, json_text(list, 2) + "\n"});
  write_folder(folder, files, listed_vectors(folder));
  return rows;
}

}  // namespace stoic::cli
