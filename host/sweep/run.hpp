#pragma once
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/sweep/cell.hpp"
#include "stoic/host/sweep/sweep.hpp"

namespace stoic {

struct SweepRun {
  std::filesystem::path folder;  ///< of cells and results; made when it is not there
  std::size_t shard = 0;         ///< which of the `shards` equal parts of the cells to do
  std::size_t shards = 1;
  std::filesystem::path data_dir;
  int threads = 0;
  const std::atomic<bool>* stop =
      nullptr;  ///< leaves after the current batch; the current cell is not written
  RecipeLoader load_recipe;
  /// Called before each training with how many cells of this shard are done, of how many.
  std::function<void(std::size_t done, std::size_t all, const SweepCell& cell)> progress = {};
};

/// Trains the cells of the shard whose files are not there yet, one after the other, and writes each file as
/// a whole when its cell is done: whoever is stopped or killed at any time goes on with the same call. Every
/// recipe is checked before the first training. Returns whether all cells of the shard are done. Throws Error
/// for a folder of another sweep, for one that holds results which no sweep wrote, and when cells that are
/// there were trained on other data than what `data_dir` holds.
bool run_sweep(const Sweep& sweep, const SweepRun& run);

/// What run_sweep() would do, without doing or writing anything.
struct SweepPlan {
  std::vector<SweepCell> there;    ///< cells of the shard whose files are there
  std::vector<SweepCell> missing;  ///< those that would be trained
  std::optional<double> seconds;   ///< that they would take here, from short trainings of some
  std::string unknown;             ///< why there is no estimate
};
SweepPlan plan_sweep(const Sweep& sweep, const SweepRun& run);

/// Copies the cells of other folders of the same sweep to `folder`; those that are there must be equal, and
/// all must come from the same data.
void merge_sweep(const Sweep& sweep, const std::filesystem::path& folder,
                 const std::vector<std::filesystem::path>& from);

/// Cells whose files are missing.
std::size_t missing_cells(const Sweep& sweep, const std::filesystem::path& folder);

/// The files that write_sweep_results() writes for up to two axes.
const std::vector<std::string>& sweep_result_files();
/// Whether a file of this name may be one of them, or of the numbered plots of more axes.
bool is_sweep_result(const std::string& name);

/// Writes table.csv, and accuracy.svg and convergence.svg: line plots of one axis, heat maps of two; of more
/// a pair of heat maps, numbered from 001, for each position on the further axes, up to 200. Cells that are
/// missing leave gaps. Several processes may do so at once in one folder.
void write_sweep_results(const Sweep& sweep, const std::filesystem::path& folder);

}  // namespace stoic
