#include "driven_text.hpp"

#include <fmt/format.h>

#include <span>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/host/report/text.hpp"

namespace stoic::cli {
namespace {

nlohmann::ordered_json known_or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

/// Column-major [outputs x steps] is row-major [steps x outputs].
NpzArray steps_array(const std::string& name, const Eigen::MatrixXd& values) {
  return npz_array(name, {values.cols(), values.rows()},
                   std::span<const double>(values.data(), static_cast<std::size_t>(values.size())));
}

}  // namespace

/// Files that the series comes from: what no command may write to.
Inputs series_files(const SeriesRecipe& data, const std::string& data_dir) {
  Inputs files;
  if (data.set == "laser") files.push_back(data_folder(data_dir) / "series/santafe-laser.npy");
  if (data.set == "files") files.insert(files.end(), {data.path, data_folder(data_dir) / data.path});
  return files;
}

std::string parts_text(const SeriesRecipe& p) {
  return fmt::format("washout {}, training {}, validation {}, test {} steps", grouped(p.washout),
                     grouped(p.train), grouped(p.validation), grouped(p.test));
}

void print_scores(const Console& console, const DrivenScores& scores, const TimeSeries& series) {
  const auto& error = scores.error;
  console.print(fmt::format("test of {} steps: NRMSE {:.4g}, NMSE {:.4g}, sMAPE {:.4g} %", series.parts.test,
                            error.nrmse, error.nmse, error.smape));
  if (scores.memory_capacity)
    console.print(fmt::format("memory capacity {:.4g} over delays of 1 to {} steps", *scores.memory_capacity,
                              series.targets.rows()));
  else if (series.targets.rows() > 1)
    for (Eigen::Index i = 0; i < series.targets.rows(); ++i)
      console.print(fmt::format("  {}: NMSE {:.4g}", series.target_names[static_cast<std::size_t>(i)],
                                error.nmse_of(i)));
  if (scores.free.predicted.empty()) return;
  console.print(
      fmt::format("{} free run{} of {} steps: sMAPE {:.4g} %, valid for {:.4g} steps{}{}",
                  scores.free.predicted.size(), scores.free.predicted.size() > 1 ? "s" : "",
                  series.parts.free_run, scores.free.mean_smape, scores.free.median_valid_steps,
                  scores.valid_time ? fmt::format(", {:.4g} Lyapunov times", *scores.valid_time) : "",
                  scores.free.predicted.size() > 1 ? " (mean and median)" : ""));
}

void add_scores(nlohmann::ordered_json& json, const DrivenScores& scores, const TimeSeries& series) {
  json["test_steps"] = series.parts.test;
  json["nrmse"] = scores.error.nrmse;
  json["nmse"] = scores.error.nmse;
  json["smape"] = scores.error.smape;
  json["nmse_of"] = nlohmann::ordered_json::object();
  for (Eigen::Index i = 0; i < series.targets.rows(); ++i)
    json["nmse_of"][series.target_names[static_cast<std::size_t>(i)]] = scores.error.nmse_of(i);
  json["memory_capacity"] = known_or_null(scores.memory_capacity);
  if (scores.memory_capacity)
    json["recalled"] = std::vector<double>(scores.recalled.begin(), scores.recalled.end());
  const bool any = !scores.free.predicted.empty();
  json["valid_time"] = known_or_null(scores.valid_time);
  json["valid_steps"] =
      any ? nlohmann::ordered_json(scores.free.median_valid_steps) : nlohmann::ordered_json();
  json["free_run_smape"] = any ? nlohmann::ordered_json(scores.free.mean_smape) : nlohmann::ordered_json();
  if (any)
    json["free_runs"] = {{"steps", series.parts.free_run},
                         {"smape", scores.free.smape},
                         {"valid_steps", scores.free.valid_steps}};
}

void write_predictions(const std::string& path, const DrivenScores& scores) {
  std::vector<NpzArray> arrays{steps_array("predictions", scores.predicted),
                               steps_array("targets", scores.truth)};
  for (std::size_t i = 0; i < scores.free.predicted.size(); ++i) {
    arrays.push_back(steps_array(fmt::format("free_run_{}", i + 1), scores.free.predicted[i]));
    arrays.push_back(steps_array(fmt::format("free_run_{}_targets", i + 1), scores.free.truth[i]));
  }
  write_npz(path, arrays);
}

}  // namespace stoic::cli
