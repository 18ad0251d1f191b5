#pragma once
#include <string>
#include <vector>

#include "console.hpp"

namespace stoic::cli {

/// What `stoic sweep` was given.
struct SweepArguments {
  Console console;
  std::string sweep;
  std::string output;
  std::string data_dir;
  std::string shard;
  std::vector<std::string> merge;
  int threads = 0;
  bool plan = false;
  std::string command;  ///< as it was given
};

/// Whether a sweep is of a driven reservoir; `file` is its name, from which paths are seen. Throws Error.
bool is_series_sweep(const std::string& text, const std::string& file);
/// A sweep of a driven reservoir: its points are measured as `stoic analyze forecast` does. An exit code.
int run_series_sweep(const SweepArguments& arguments, const std::string& text, const std::string& file);

}  // namespace stoic::cli
