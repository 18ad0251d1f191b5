#include "driven_text.hpp"

#include <fmt/format.h>

#include <span>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/report/series_scores.hpp"
#include "stoic/host/report/text.hpp"

namespace stoic::cli {

/// Column-major becomes row-major.
NpzArray steps_array(const std::string& name, const Eigen::MatrixXd& values) {
  return npz_array(name, {values.cols(), values.rows()},
                   std::span<const double>(values.data(), static_cast<std::size_t>(values.size())));
}

std::optional<bool> is_series_of(const Console& console, const std::string& where,
                                 const std::string& learnt_from, const TimeSeries& series) {
  if (learnt_from.empty()) return {};
  const auto here = series_mark(series);
  if (here == learnt_from) return true;
  console.warn(fmt::format(
      "{}: was learnt from another series ({}) than that of {} ({}); give it the one of its training", where,
      learnt_from, series.where, here));
  return false;
}

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
  console.print(scores_text(scores, series));
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
