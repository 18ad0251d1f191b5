#include "stoic/host/sweep/cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {

using nlohmann::json;
using nlohmann::ordered_json;

double CellResult::learned_above() const {
  constexpr double points = 0.05;
  const double error = judged > 0 ? std::sqrt(chance * (1 - chance) / static_cast<double>(judged)) : 0;
  return chance + std::min(std::max(points, 3 * error), (1 - chance) / 2);
}

double CellResult::accuracy_by(bool authors) const {
  return authors ? *std::max_element(accuracy.begin(), accuracy.end()) : accuracy.back();
}

std::optional<std::int64_t> CellResult::epoch_of_convergence(double margin, bool last) const {
  if (accuracy.empty() || !diverged.empty()) return std::nullopt;
  const double best = *std::max_element(accuracy.begin(), accuracy.end());
  if (!(best > learned_above())) return std::nullopt;
  const auto near = [&](double a) { return a >= best - margin; };
  if (last) return accuracy.rend() - std::find_if(accuracy.rbegin(), accuracy.rend(), near);
  const auto first = std::find_if(accuracy.begin(), accuracy.end(), near);
  return first - accuracy.begin() + 1;
}

namespace {

ordered_json half_json(const DataHalf& half) {
  return {{"samples", half.samples}, {"fingerprint", half.fingerprint}};
}

/// nlohmann turns 1e300 into whatever the processor makes of it; here it is as wrong as a text.
std::int64_t whole(const json& number) {
  return number.is_number_integer() ? number.get<std::int64_t>() : json("none").get<std::int64_t>();
}

DataHalf half_from(const json& object) { return {whole(object.at("samples")), object.at("fingerprint")}; }

}  // namespace

std::string cell_text(const SweepCell& cell, const Sweep& sweep, const CellResult& result) {
  ordered_json text{{"recipe", sweep.recipe}, {"settings", cell.settings}, {"holdout", sweep.holdout}};
  text["accuracy"] = result.accuracy;
  text["loss"] = result.loss;
  text["judged_samples"] = result.judged;
  text["chance"] = result.chance;
  const auto epoch = result.epoch_of_convergence(sweep.convergence_margin, sweep.authors);
  text["epoch_of_convergence"] = epoch ? ordered_json(*epoch) : ordered_json();
  if (!result.diverged.empty()) text["diverged"] = result.diverged;
  if (result.ftmle)
    text["ftmle"] = {{"mean", result.ftmle->mean},
                     {"deviation", result.ftmle->deviation},
                     {"samples", result.ftmle->samples},
                     {"largest_residual", result.ftmle->largest_residual},
                     {"unit", result.ftmle->unit}};
  if (result.data)
    text["data"] = {{"key", result.data->key},
                    {"training", half_json(result.data->training)},
                    {"judging", half_json(result.data->judging)}};
  return text.dump(2) + "\n";
}

CellResult read_cell(const std::filesystem::path& file, const SweepCell& cell, const Sweep& sweep) {
  const auto object = parse_json(read_file(file), file.string());
  const auto refuse = [&](const std::string& why) {
    throw Error(fmt::format("{}: {} the cell \"{}\" of this sweep; remove it, or name another folder",
                            file.string(), why, fmt::join(cell.settings, " ")));
  };
  CellResult result;
  try {
    if (object.at("recipe") != sweep.recipe || object.at("settings") != json(cell.settings) ||
        object.at("holdout") != sweep.holdout)
      refuse("is not");
    result.accuracy = object.at("accuracy").get<std::vector<double>>();
    result.loss = object.at("loss").get<std::vector<double>>();
    result.diverged = object.value("diverged", "");
    result.judged = whole(object.value("judged_samples", json(0)));
    result.chance =
        object.value("chance", 1.0 / static_cast<double>(std::max<std::int64_t>(sweep.classes, 1)));
    if (object.contains("ftmle")) {
      const auto& ftmle = object.at("ftmle");
      result.ftmle = CellFtmle{ftmle.at("mean"), ftmle.at("deviation"), whole(ftmle.at("samples")),
                               ftmle.at("largest_residual"), ftmle.at("unit")};
    }
    if (object.contains("data")) {
      const auto& data = object.at("data");
      result.data = CellData{data.at("key"), half_from(data.at("training")), half_from(data.at("judging"))};
    }
  } catch (const json::exception&) {
    refuse("does not hold what belongs into");
  }
  const bool whole =
      result.accuracy.size() == result.loss.size() &&
      (!result.accuracy.empty() || !result.diverged.empty()) && result.chance >= 0 && result.chance <= 1 &&
      result.judged >= 0 &&
      std::all_of(result.accuracy.begin(), result.accuracy.end(), [](double a) { return a >= 0 && a <= 1; });
  if (!whole) refuse("does not hold what belongs into");
  return result;
}

}  // namespace stoic
