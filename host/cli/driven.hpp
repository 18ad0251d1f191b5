#pragma once
#include <string>
#include <vector>

#include "console.hpp"

namespace stoic::cli {

/// What subcommands do when they are given a driven reservoir (a time series) instead of a network that decides on
/// samples.
struct DrivenTrainOptions {
  Console console;
  std::string recipe;       ///< a file or the name of a built-in one
  std::string text, where;  ///< of the recipe
  std::string output;
  std::string data_dir;
  std::vector<std::string> settings;
  std::vector<std::string> refused;  ///< options that were given and mean nothing here: "--epochs"
};
int train_driven(const DrivenTrainOptions& options);

struct DrivenEvalOptions {
  Console console;
  std::string model;
  std::string bytes;  ///< of the model
  std::string backend;
  std::string output;
  std::string data_dir;
  std::vector<std::string> settings;  ///< "data.KEY=VALUE"
  std::vector<std::string> refused;
};
int eval_driven(DrivenEvalOptions options);

}  // namespace stoic::cli
