#pragma once
#include <optional>
#include <string>

#include "console.hpp"
#include "outputs.hpp"
#include "stoic/host/driven/driven_scores.hpp"
#include "stoic/host/model/npz.hpp"

namespace stoic::cli {

/// What subcommands say of driven reservoirs, for people, programs and NumPy.

/// "washout 100, training 4,000, ..."
std::string parts_text(const SeriesRecipe& parts);
/// Whether a model or an image (`where`), learnt from `learnt_from`, was learnt from the series, which its own recipe has
/// given; nothing where that is not known. Warns where it was not.
std::optional<bool> is_series_of(const Console& console, const std::string& where,
                                 const std::string& learnt_from, const TimeSeries& series);
/// Files that a series comes from: what no command may write to.
Inputs series_files(const SeriesRecipe& data, const std::string& data_dir);
void print_scores(const Console& console, const DrivenScores& scores, const TimeSeries& series);
/// [elements x steps] as an array [steps x elements].
NpzArray steps_array(const std::string& name, const Eigen::MatrixXd& values);
/// Predictions and targets of the test part and of free runs, as a .npz.
void write_predictions(const std::string& path, const DrivenScores& scores);

}  // namespace stoic::cli
