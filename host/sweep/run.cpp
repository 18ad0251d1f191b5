#include "stoic/host/sweep/run.hpp"

#include <fmt/format.h>

#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/data/holdout.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/sim/contract/error.hpp"
#include "stoic/sim/contract/file.hpp"

namespace stoic {
namespace {

/// Training and judging samples of a sweep.
struct SweepData {
  Dataset train, judge;
};

SweepData load_sweep_data(const Recipe& recipe, std::int64_t holdout, const std::filesystem::path& data_dir) {
  SweepData data{load_data(recipe, Split::train, data_dir), {}};
  if (holdout == 0) {
    data.judge = load_data(recipe, Split::test, data_dir);
    return data;
  }
  data.judge = hold_out(data.train, holdout, "\"holdout\"");
  return data;
}

/// Nothing when stopped.
std::optional<CellResult> train_cell(const Recipe& recipe, const SweepData& data, const SweepRun& run) {
  CellResult result;
  TrainingOptions options{.threads = run.threads, .stop = run.stop};
  options.after_epoch = [&](const Model& model, double loss) {
    result.accuracy.push_back(evaluate_float(model, data.judge, {.threads = run.threads}).accuracy);
    result.loss.push_back(loss);
  };
  try {
    if (!train(recipe, data.train, options)) return std::nullopt;
  } catch (const DivergedError& error) {
    result.diverged = error.what();
  }
  return result;
}

/// The folder of a sweep holds its text, so that two sweeps are never mixed.
void claim(const Sweep& sweep, const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  const auto file = folder / "sweep.json";
  if (!std::filesystem::exists(file)) return write_file_atomically(file, sweep_text(sweep));
  if (read_file(file) != sweep_text(sweep))
    throw Error(
        fmt::format("{}: belongs to another sweep, or to an earlier form of this one; name another folder",
                    folder.string()));
}

/// What decides the data: cells that agree in it share one copy.
std::string data_key(const Recipe& recipe) {
  const auto& data = recipe.data;
  const bool generated = data.set == "letters" || data.set == "digits" || data.set == "random";
  return fmt::format("{} {} {} {} {} {} {}", data.set, data.train_samples, data.test_samples,
                     data.pixel_noise, recipe.inputs, recipe.classes, generated ? recipe.seed : 0);
}

}  // namespace

bool run_sweep(const Sweep& sweep, const SweepRun& run) {
  std::vector<SweepCell> cells;
  for (auto& cell : sweep_cells(sweep)) {
    if (run.load_recipe(sweep.recipe, cell.settings).training.epochs == 0)
      throw Error(
          fmt::format("cell \"{}\": \"training.epochs\" is 0, which shows nothing; train for 1 or more",
                      fmt::join(cell.settings, " ")));
    if (cell.index % run.shards == run.shard) cells.push_back(std::move(cell));
  }
  claim(sweep, run.folder);
  std::string key;
  SweepData data;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const SweepCell& cell = cells[i];
    const auto file = run.folder / cell.file_name;
    if (std::filesystem::exists(file)) {
      read_cell(file, cell, sweep);
      continue;
    }
    const Recipe recipe = run.load_recipe(sweep.recipe, cell.settings);
    if (run.progress) run.progress(i, cells.size(), cell);
    if (const auto needed = data_key(recipe); needed != key) {
      data = load_sweep_data(recipe, sweep.holdout, run.data_dir);
      key = needed;
    }
    const auto result = train_cell(recipe, data, run);
    if (!result) return false;
    write_file_atomically(file, cell_text(cell, sweep, *result));
  }
  return true;
}

void merge_sweep(const Sweep& sweep, const std::filesystem::path& folder,
                 const std::vector<std::filesystem::path>& from) {
  claim(sweep, folder);
  for (const auto& source : from) {
    if (!std::filesystem::exists(source / "sweep.json"))
      throw Error(
          fmt::format("{}: is no folder of a sweep; name those that \"stoic sweep\" wrote", source.string()));
    claim(sweep, source);
    for (const auto& cell : sweep_cells(sweep)) {
      const auto file = source / cell.file_name, target = folder / cell.file_name;
      if (!std::filesystem::exists(file)) continue;
      read_cell(file, cell, sweep);
      const auto bytes = read_file(file);
      if (std::filesystem::exists(target) && read_file(target) != bytes)
        throw Error(fmt::format("{}: differs from {}; the two were trained by different builds or machines",
                                file.string(), target.string()));
      write_file_atomically(target, bytes);
    }
  }
}

std::size_t missing_cells(const Sweep& sweep, const std::filesystem::path& folder) {
  std::size_t missing = 0;
  for (const auto& cell : sweep_cells(sweep)) missing += !std::filesystem::exists(folder / cell.file_name);
  return missing;
}

}  // namespace stoic
