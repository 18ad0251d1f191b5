#include "stoic/host/library/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "commands.hpp"
#include "interrupt.hpp"
#include "listener.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "plan.hpp"
#include "shipped.hpp"
#include "stoic/host/library/recipes.hpp"
#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/sweep/run.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/writable.hpp"
#include "sweep_series.hpp"

namespace stoic::cli {
namespace {

nlohmann::ordered_json cells_json(const std::vector<SweepCell>& cells) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& cell : cells) rows.push_back({{"file", cell.file_name}, {"settings", cell.settings}});
  return rows;
}

/// What the command would train, what is there, and how long it takes. Nothing is written.
int show_plan(const Sweep& sweep, const SweepRun& run, const Console& console) {
  constexpr std::size_t most_lines = 50;
  const auto plan = plan_sweep(sweep, run);
  const auto all = plan.there.size() + plan.missing.size();
  console.print(fmt::format("{}: {} trainings of {}, {} of them in {}, {} to do", sweep.name, all,
                            sweep.recipe, plan.there.size(), run.folder.string(), plan.missing.size()));
  for (std::size_t i = 0; i < std::min(plan.missing.size(), most_lines); ++i)
    console.print(
        fmt::format("  {}  {}", plan.missing[i].file_name, fmt::join(plan.missing[i].settings, " ")));
  if (plan.missing.size() > most_lines)
    console.print(fmt::format("  and {} more; --json lists them all", plan.missing.size() - most_lines));
  if (!plan.missing.empty()) console.print(time_text(plan.seconds, plan.unknown));
  console.result({{"folder", run.folder.string()},
                  {"cells", all},
                  {"there", cells_json(plan.there)},
                  {"missing", cells_json(plan.missing)},
                  {"estimated_s", plan.missing.empty() ? nlohmann::ordered_json(0.0)
                                  : plan.seconds       ? nlohmann::ordered_json(*plan.seconds)
                                                       : nlohmann::ordered_json()}});
  return success;
}

/// What the command writes; sweep.json is not among it, since one that is there stays as it is.
std::vector<std::string> written_files(const Sweep& sweep) {
  std::vector<std::string> files = sweep_result_files();
  for (const auto& cell : sweep_cells(sweep)) files.push_back(cell.file_name);
  return files;
}

int run_sweep_command(const SweepArguments& options) {
  const auto& console = options.console;
  const auto file = shipped_or_file(shipped_sweeps, options.sweep);
  const auto text = read_file(file);
  if (is_series_sweep(text, file)) return run_series_sweep(options, text, file);
  const auto load = recipe_loader(file, options.data_dir);
  const auto sweep = parse_sweep(text, file, load);
  for (const auto& notice : sweep.notices) console.warn(fmt::format("{}: {}", file, notice));
  const auto [part, parts] = parse_shard(options.shard);
  if (std::filesystem::exists(std::filesystem::path(options.output) / points_file))
    throw Error(fmt::format(
        "-o {}: holds the points of an analysis, or of a sweep of a driven reservoir; name another folder",
        options.output));
  const SweepRun run{.folder = options.output,
                     .shard = part,
                     .shards = parts,
                     .data_dir = options.data_dir,
                     .threads = options.threads,
                     .load_recipe = load};
  if (options.plan) return show_plan(sweep, run, console);
  require_apart("-o", run.folder, written_files(sweep), {file, path_from(file, sweep.recipe)},
                options.data_dir);
  require_writable_folder(run.folder);
  if (options.merge.empty()) stop_on_signals("stopped; the same command goes on where it was");
  ConsoleListener listener(console);
  const auto result = stoic::sweep(
      sweep, file,
      {.folder = run.folder,
       .data_dir = options.data_dir,
       .shard = run.shard,
       .shards = run.shards,
       .merge = {options.merge.begin(), options.merge.end()},
       .threads = options.threads,
       .stop = &stop_requested(),
       .next =
           [](std::size_t done, std::size_t all, const std::string& settings) {
             plain_progress(fmt::format("sweep: {} of {} cells done, now {}", done, all, settings));
           },
       .listener = listener.listener()});
  if (result.stopped) {
    console.print("stopped; the same command goes on where it was");
    return interrupted;
  }
  console.print(result.print());
  console.result(result.json());
  return success;
}

}  // namespace

void add_sweep(CLI::App& app, Body& body) {
  auto options = std::make_shared<SweepArguments>();
  auto* command = app.add_subcommand("sweep", "train a grid of recipes; stop and go on at any time");
  command
      ->add_option("SWEEP", options->sweep,
                   "a .json file: recipe, grid, seeds; or the name of a built-in sweep (see stoic info)")
      ->required()
      ->type_name("SWEEP");
  command->add_option("-o,--output", options->output, "the folder of cells, table and plots")
      ->required()
      ->type_name("DIR");
  auto* shard =
      command->add_option("--shard", options->shard, "do only part I of N equal parts, for array jobs")
          ->type_name("I/N");
  auto* merge =
      command
          ->add_option("--merge", options->merge,
                       "train nothing; take the cells of these folders, and make table and plots of "
                       "what is there, with gaps for cells that are missing")
          ->type_name("DIR...")
          ->excludes(shard);
  command
      ->add_flag("--plan", options->plan,
                 "train and write nothing; print what would be trained, what is there, and about how long it "
                 "takes")
      ->excludes(merge);
  add_data_dir(*command, options->data_dir);
  add_threads(*command, options->threads);
  add_json(*command, options->console);
  command->footer(
      "A path as the recipe is seen from the folder of the sweep's file, then from the current one.\n"
      "Of a driven reservoir the points are judged by their task (NRMSE, memory, free runs), with \"hw\" in "
      "fixed\n"
      "point too; the folder is a report as that of stoic analyze forecast.\n"
      "Example: stoic sweep mnist-ffesn -o sweep --data-dir data --plan\n"
      "         stoic sweep mnist-ffesn -o sweep --data-dir data --shard 1/4");
  command->callback([options, command, &body] {
    take_output_folder(options->output);
    options->command = command_text(*command);
    body = [options] { return run_sweep_command(*options); };
  });
}

}  // namespace stoic::cli
