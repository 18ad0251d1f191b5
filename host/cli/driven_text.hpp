#pragma once
#include <string>

#include "console.hpp"
#include "outputs.hpp"
#include "stoic/host/driven/driven_scores.hpp"

namespace stoic::cli {

/// What subcommands say of driven reservoirs, for people, programs and NumPy.

/// "washout 100, training 4,000, ..."
std::string parts_text(const SeriesRecipe& parts);
/// Files that a series comes from: what no command may write to.
Inputs series_files(const SeriesRecipe& data, const std::string& data_dir);
void print_scores(const Console& console, const DrivenScores& scores, const TimeSeries& series);
/// Predictions and targets of the test part and of free runs, as a .npz.
void write_predictions(const std::string& path, const DrivenScores& scores);

}  // namespace stoic::cli
