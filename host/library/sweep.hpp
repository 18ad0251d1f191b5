#pragma once
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stoic/host/library/options.hpp"

namespace stoic {

struct Sweep;

/// What `stoic sweep` takes.
struct SweepOptions {
  std::filesystem::path folder;         ///< of cells, table and plots; made when it is not there
  std::filesystem::path data_dir = {};  ///< of data files; empty: $STOIC_DATA_DIR
  std::size_t shard = 0, shards = 1;    ///< which of the equal parts of the cells to do
  /// Train nothing; take the cells of these folders, and make table and plots of what is there.
  std::vector<std::filesystem::path> merge = {};
  int threads = 0;  ///< 0: all cores; changes no bit
  /// When it becomes true, the training stops within the current batch; the same call goes on there.
  const std::atomic<bool>* stop = nullptr;
  /// Called before each training: cells of this shard that are done, of how many, settings of the next.
  std::function<void(std::size_t done, std::size_t all, const std::string& settings)> next = {};
  WorkListener listener = {};
};

struct SweepResult {
  std::filesystem::path folder;
  std::size_t cells = 0;    ///< of the whole sweep
  std::size_t missing = 0;  ///< of these, not yet trained
  bool merged = false;
  bool stopped = false;
  std::vector<std::string> warnings;

  /// For people, as `stoic sweep` prints it.
  std::string print() const;
  /// As `stoic sweep --json` has it.
  nlohmann::ordered_json json() const;
};

/// Trains the cells of a grid of recipes (a .json file: recipe, grid, seeds) that are not in the folder yet,
/// and writes table and plots when none is missing. Whoever is stopped goes on with the same call. Throws
/// Error for a folder of another sweep, or of other data.
SweepResult sweep(const std::string& file, const SweepOptions& options);
/// The same of a sweep that was read, for who has; `file` is its name, from which paths are seen.
SweepResult sweep(const Sweep& sweep, const std::string& file, const SweepOptions& options);

}  // namespace stoic
