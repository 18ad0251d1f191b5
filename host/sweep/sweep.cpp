#include "stoic/host/sweep/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/sim/contract/error.hpp"
#include "stoic/sim/contract/file.hpp"
#include "stoic/sim/contract/json.hpp"

namespace stoic {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t most_cells = 100'000;

/// {"from", "to", "count", "scale"}: equal steps, or equal ratios. Values are rounded to 12 digits, so that
/// 0.1 + 0.2 reads 0.3.
std::vector<json> read_range(JsonReader range) {
  const double from = range.number("from", -1e12, 1e12), to = range.number("to", -1e12, 1e12);
  const auto count = range.integer("count", 2, 10'000);
  const bool logarithmic = range.choice_or("scale", "linear", {"linear", "logarithmic"}) == "logarithmic";
  if (logarithmic && !(from > 0 && to > 0))
    range.fail("scale", "is logarithmic, so \"from\" and \"to\" must be positive");
  range.finish();
  std::vector<json> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(count - 1);
    const double value = logarithmic ? from * std::pow(to / from, share) : from + share * (to - from);
    values.emplace_back(std::stod(fmt::format("{:.12g}", value)));
  }
  return values;
}

std::vector<SweepAxis> read_grid(const json& grid, const std::string& where) {
  if (!grid.is_object() || grid.empty() || grid.size() > 2)
    throw Error(
        fmt::format("{}: \"grid\" must have one or two keys of the recipe, each with its values", where));
  std::vector<SweepAxis> axes;
  for (const auto& [key, values] : grid.items()) {
    const auto place = fmt::format("{}: \"grid\": \"{}\"", where, key);
    SweepAxis axis{key, {}};
    if (values.is_object())
      axis.values = read_range(JsonReader(values, place));
    else if (values.is_array())
      axis.values.assign(values.begin(), values.end());
    if (axis.values.empty())
      throw Error(
          fmt::format("{} must be a list of values, or {{\"from\": 0.2, \"to\": 2, \"count\": 10}}", place));
    for (std::size_t i = 0; i < axis.values.size(); ++i)
      if (std::find(axis.values.begin(), axis.values.begin() + static_cast<std::ptrdiff_t>(i),
                    axis.values[i]) != axis.values.begin() + static_cast<std::ptrdiff_t>(i))
        throw Error(fmt::format("{} has the value {} twice; remove one", place, axis.values[i].dump()));
    axes.push_back(std::move(axis));
  }
  return axes;
}

std::string setting(const std::string& key, const json& value) {
  return fmt::format("{}={}", key, value.is_string() ? value.get<std::string>() : value.dump());
}

}  // namespace

Sweep parse_sweep(std::string_view json_text, const std::string& where) {
  const auto object = parse_json(json_text, where);
  JsonReader reader(object, where);
  Sweep sweep;
  sweep.recipe = reader.text("recipe");
  sweep.name = reader.text_or("name", sweep.recipe);
  sweep.holdout = reader.integer_or("holdout", 0, 0, 1'000'000);
  sweep.convergence_margin = reader.number_or("convergence_margin", sweep.convergence_margin, 0, 1);
  if (reader.has("set")) {
    reader.object("set");  // says so when it is none
    for (const auto& [key, value] : object.at("set").items()) sweep.settings.push_back(setting(key, value));
  }
  if (reader.has("seeds")) {
    for (const auto& seed : reader.array("seeds")) {
      if (!seed.is_number_unsigned())
        reader.fail("seeds", "must be a list of whole numbers from 0, such as [1, 2, 3]");
      sweep.seeds.push_back(seed.get<std::uint64_t>());
    }
    if (sweep.seeds.empty()) reader.fail("seeds", "must not be empty");
  } else {
    sweep.seeds = {1};
  }
  if (!reader.has("grid"))
    reader.fail("grid", "is missing: the keys of the recipe that vary, each with its values");
  sweep.axes = read_grid(object.at("grid"), where);
  reader.finish();
  std::size_t cells = sweep.seeds.size();
  for (const auto& axis : sweep.axes) cells *= axis.values.size();
  if (cells > most_cells)
    reader.fail("grid", fmt::format("makes {} trainings; at most {} are taken", cells, most_cells));
  return sweep;
}

std::string sweep_text(const Sweep& sweep) {
  ordered_json grid = ordered_json::array();
  for (const auto& axis : sweep.axes) grid.push_back({{"key", axis.key}, {"values", axis.values}});
  const ordered_json text{{"name", sweep.name},
                          {"recipe", sweep.recipe},
                          {"settings", sweep.settings},
                          {"axes", grid},
                          {"seeds", sweep.seeds},
                          {"holdout", sweep.holdout},
                          {"convergence_margin", sweep.convergence_margin}};
  return text.dump(2) + "\n";
}

std::vector<SweepCell> sweep_cells(const Sweep& sweep) {
  std::vector<SweepCell> cells;
  std::vector<std::size_t> position(sweep.axes.size(), 0);
  for (bool more = true; more;) {
    for (const std::uint64_t seed : sweep.seeds) {
      SweepCell cell{cells.size(), position, seed, sweep.settings,
                     fmt::format("cell-{:05}.json", cells.size())};
      for (std::size_t a = 0; a < position.size(); ++a)
        cell.settings.push_back(setting(sweep.axes[a].key, sweep.axes[a].values[position[a]]));
      cell.settings.push_back(fmt::format("seed={}", seed));
      cells.push_back(std::move(cell));
    }
    std::size_t axis = 0;
    while (axis < position.size() && ++position[axis] == sweep.axes[axis].values.size()) position[axis++] = 0;
    more = axis < position.size();
  }
  return cells;
}

std::int64_t CellResult::epoch_of_convergence(double margin) const {
  if (accuracy.empty()) return 0;
  const double best = *std::max_element(accuracy.begin(), accuracy.end());
  const auto first =
      std::find_if(accuracy.begin(), accuracy.end(), [&](double a) { return a >= best - margin; });
  return first - accuracy.begin() + 1;
}

std::string cell_text(const SweepCell& cell, const Sweep& sweep, const CellResult& result) {
  ordered_json text{{"recipe", sweep.recipe}, {"settings", cell.settings}, {"holdout", sweep.holdout}};
  text["accuracy"] = result.accuracy;
  text["loss"] = result.loss;
  text["epoch_of_convergence"] = result.epoch_of_convergence(sweep.convergence_margin);
  if (!result.diverged.empty()) text["diverged"] = result.diverged;
  return text.dump(2) + "\n";
}

CellResult read_cell(const std::filesystem::path& file, const SweepCell& cell, const Sweep& sweep) {
  const auto bytes = read_file(file);
  const auto object = parse_json(bytes, file.string());
  CellResult result;
  try {
    result.accuracy = object.at("accuracy").get<std::vector<double>>();
    result.loss = object.at("loss").get<std::vector<double>>();
    result.diverged = object.value("diverged", "");
  } catch (const json::exception&) {
    result.accuracy.clear();
  }
  if (cell_text(cell, sweep, result) != bytes)
    throw Error(fmt::format("{}: is not the cell \"{}\" of this sweep; remove it, or name another folder",
                            file.string(), fmt::join(cell.settings, " ")));
  return result;
}

}  // namespace stoic
