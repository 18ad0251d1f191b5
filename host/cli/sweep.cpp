#include <fmt/format.h>

#include "commands.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "recipes.hpp"
#include "shipped.hpp"
#include "stoic/host/sweep/run.hpp"
#include "stoic/sim/contract/error.hpp"
#include "stoic/sim/contract/file.hpp"
#include "stoic/sim/contract/writable.hpp"

namespace stoic::cli {
namespace {

struct SweepOptions {
  Console console;
  std::string sweep;
  std::string output;
  std::string data_dir;
  std::string shard;
  std::vector<std::string> merge;
  int threads = 0;
};

/// "2/5" as the second of five parts.
std::pair<std::size_t, std::size_t> parse_shard(const std::string& text) {
  if (text.empty()) return {0, 1};
  std::size_t part = 0, parts = 0;
  int used = 0;
  const bool good = std::sscanf(text.c_str(), "%zu/%zu%n", &part, &parts, &used) == 2 &&
                    used == static_cast<int>(text.size()) && part >= 1 && part <= parts && parts <= 100'000;
  if (!good) throw Error(fmt::format("--shard {}: must read I/N with I from 1 to N, such as 2/5", text));
  return {part - 1, parts};
}

int run_sweep_command(const SweepOptions& options) {
  const auto& console = options.console;
  const auto file = shipped_or_file(shipped_sweeps, options.sweep);
  const auto sweep = parse_sweep(read_file(file), file);
  const std::filesystem::path folder = options.output;
  require_writable_folder(folder);
  if (!options.merge.empty()) {
    merge_sweep(sweep, folder, {options.merge.begin(), options.merge.end()});
  } else {
    const auto [part, parts] = parse_shard(options.shard);
    stop_on_signals("stopped; the same command goes on where it was");
    SweepRun run{
        .folder = folder,
        .shard = part,
        .shards = parts,
        .data_dir = options.data_dir,
        .threads = options.threads,
        .stop = &stop_requested(),
        .load_recipe = [](const auto& name, const auto& settings) { return load_recipe(name, settings); }};
    std::optional<ProgressBar> progress;
    run.progress = [&](std::size_t done, std::size_t all, const SweepCell& cell) {
      if (!progress) progress.emplace("sweep", static_cast<std::int64_t>(all));
      progress->show(static_cast<std::int64_t>(done), fmt::format("{}", fmt::join(cell.settings, " ")));
    };
    const bool finished = run_sweep(sweep, run);
    progress.reset();
    if (!finished) {
      console.print("stopped; the same command goes on where it was");
      return interrupted;
    }
  }
  const auto missing = missing_cells(sweep, folder), all = sweep_cells(sweep).size();
  if (missing == 0) write_sweep_results(sweep, folder);
  console.print(missing == 0 ? fmt::format("{}: all {} cells; see table.csv", folder.string(), all)
                             : fmt::format("{}: {} of {} cells are missing; run their shards, then --merge",
                                           folder.string(), missing, all));
  console.result({{"folder", folder.string()}, {"cells", all}, {"missing", missing}});
  return success;
}

}  // namespace

void add_sweep(CLI::App& app, Body& body) {
  auto options = std::make_shared<SweepOptions>();
  auto* command = app.add_subcommand("sweep", "train a grid of recipes; stop and go on at any time");
  command
      ->add_option("SWEEP", options->sweep,
                   "a .json file: recipe, grid, seeds; or the name of a built-in sweep (see stoic info)")
      ->required()
      ->type_name("SWEEP");
  command->add_option("-o,--output", options->output, "the folder of cells, table and heat maps")
      ->required()
      ->type_name("DIR");
  auto* shard =
      command->add_option("--shard", options->shard, "do only part I of N equal parts, for array jobs")
          ->type_name("I/N");
  command->add_option("--merge", options->merge, "train nothing; take the cells of these folders")
      ->type_name("DIR...")
      ->excludes(shard);
  add_data_dir(*command, options->data_dir);
  add_threads(*command, options->threads);
  add_json(*command, options->console);
  command->footer("Example: stoic sweep mnist-ffesn -o sweep --data-dir data --shard 1/4");
  command->callback([options, &body] { body = [options] { return run_sweep_command(*options); }; });
}

}  // namespace stoic::cli
