#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "analysis.hpp"

namespace stoic::cli {

/// Networks of PyTorch for `stoic analyze ftmle`.
struct TorchScriptOptions {
  std::vector<std::string> stages;  ///< files; none: a network of this project
  std::string inputs, array;
};

/// --torchscript, --inputs, --array.
void add_torchscript(CLI::App& command, TorchScriptOptions& options);
/// Throws CLI::ValidationError for options that do not go together.
void check_torchscript(const TorchScriptOptions& options, const AnalysisOptions& common);
int run_torchscript(const TorchScriptOptions& options, const AnalysisOptions& common, double tolerance);

}  // namespace stoic::cli
