#include "stoic/host/library/sweep.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "stoic/host/library/recipes.hpp"
#include "stoic/host/library/work.hpp"
#include "stoic/host/sweep/run.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace {

/// Whether all cells of the shard are done.
bool train_cells(const Sweep& sweep, const std::string& file, const SweepOptions& options) {
  std::unique_ptr<Work> work;  // from the first training on
  return run_sweep(sweep, {.folder = options.folder,
                           .shard = options.shard,
                           .shards = options.shards,
                           .data_dir = options.data_dir,
                           .threads = options.threads,
                           .stop = options.stop,
                           .load_recipe = recipe_loader(file, options.data_dir.string()),
                           .progress = [&](std::size_t done, std::size_t all, const SweepCell& cell) {
                             const auto settings = fmt::format("{}", fmt::join(cell.settings, " "));
                             if (!work) work = std::make_unique<Work>(options.listener, "sweep", all);
                             work->show(static_cast<std::int64_t>(done), settings);
                             if (options.next) options.next(done, all, settings);
                           }});
}

}  // namespace

SweepResult sweep(const std::string& file, const SweepOptions& options) {
  const auto read = parse_sweep(read_file(file), file, recipe_loader(file, options.data_dir.string()));
  Warnings warnings(options.listener);
  for (const auto& notice : read.notices) warnings.add(fmt::format("{}: {}", file, notice));
  auto result = sweep(read, file, options);
  result.warnings = warnings.all();
  return result;
}

SweepResult sweep(const Sweep& sweep, const std::string& file, const SweepOptions& options) {
  SweepResult result{.folder = options.folder, .merged = !options.merge.empty()};
  if (result.merged)
    merge_sweep(sweep, options.folder, options.merge);
  else
    result.stopped = !train_cells(sweep, file, options);
  result.cells = sweep_cells(sweep).size();
  result.missing = missing_cells(sweep, options.folder);
  // Of shards that run at the same time, the last writes; an earlier one could put a table with gaps over it.
  if (!result.stopped && (result.missing == 0 || result.merged)) write_sweep_results(sweep, options.folder);
  return result;
}

std::string SweepResult::print() const {
  if (missing == 0) return fmt::format("{}: all {} cells; see table.csv", folder.string(), cells);
  return merged ? fmt::format("{}: {} of {} cells are missing; table.csv and the plots have gaps there",
                              folder.string(), missing, cells)
                : fmt::format("{}: {} of {} cells are missing; run their shards, then --merge",
                              folder.string(), missing, cells);
}

nlohmann::ordered_json SweepResult::json() const {
  return {{"folder", folder.string()}, {"cells", cells}, {"missing", missing}, {"warnings", warnings}};
}

}  // namespace stoic
