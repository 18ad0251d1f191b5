#include "stoic/host/report/series_scores.hpp"

#include <fmt/format.h>

#include "stoic/host/report/text.hpp"

namespace stoic {

using nlohmann::ordered_json;

namespace {

ordered_json known_or_null(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

std::string free_runs_text(const DrivenScores& scores, const TimeSeries& series) {
  const bool several = scores.free.predicted.size() > 1;
  return fmt::format("\n{} free run{} of {} steps: sMAPE {:.4g} %, valid for {:.4g} steps{}{}",
                     scores.free.predicted.size(), several ? "s" : "", series.parts.free_run,
                     scores.free.mean_smape, scores.free.median_valid_steps,
                     scores.valid_time ? fmt::format(", {:.4g} Lyapunov times", *scores.valid_time) : "",
                     several ? " (mean and median)" : "");
}

}  // namespace

std::string scores_text(const DrivenScores& scores, const TimeSeries& series) {
  const auto& error = scores.error;
  auto text = fmt::format("test of {} steps: NRMSE {:.4g}, NMSE {:.4g}, sMAPE {:.4g} %", series.parts.test,
                          error.nrmse, error.nmse, error.smape);
  if (scores.accuracy)
    text += fmt::format("\n{:.4g} % of {} sequences are told right, by the mean of their outputs",
                        100 * *scores.accuracy, grouped(scores.sequences));
  if (scores.memory_capacity)
    text += fmt::format("\nmemory capacity {:.4g} over delays of 1 to {} steps", *scores.memory_capacity,
                        series.targets.rows());
  else if (series.targets.rows() > 1)
    for (Eigen::Index i = 0; i < series.targets.rows(); ++i)
      text += fmt::format("\n  {}: NMSE {:.4g}", series.target_names[static_cast<std::size_t>(i)],
                          error.nmse_of(i));
  if (!scores.free.predicted.empty()) text += free_runs_text(scores, series);
  return text;
}

ordered_json scores_json(const DrivenScores& scores, const TimeSeries& series) {
  ordered_json json{{"test_steps", series.parts.test},
                    {"nrmse", scores.error.nrmse},
                    {"nmse", scores.error.nmse},
                    {"smape", scores.error.smape}};
  json["nmse_of"] = ordered_json::object();
  for (Eigen::Index i = 0; i < series.targets.rows(); ++i)
    json["nmse_of"][series.target_names[static_cast<std::size_t>(i)]] = scores.error.nmse_of(i);
  json["memory_capacity"] = known_or_null(scores.memory_capacity);
  if (scores.memory_capacity)
    json["recalled"] = std::vector<double>(scores.recalled.begin(), scores.recalled.end());
  json["accuracy"] = known_or_null(scores.accuracy);
  json["sequences"] = scores.sequences;
  const bool any = !scores.free.predicted.empty();
  json["valid_time"] = known_or_null(scores.valid_time);
  json["valid_steps"] = any ? ordered_json(scores.free.median_valid_steps) : ordered_json();
  json["free_run_smape"] = any ? ordered_json(scores.free.mean_smape) : ordered_json();
  if (any)
    json["free_runs"] = {{"steps", series.parts.free_run},
                         {"smape", scores.free.smape},
                         {"valid_steps", scores.free.valid_steps}};
  return json;
}

}  // namespace stoic
