#include "stoic/host/sweep/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "stoic/host/analysis/ftmle.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/data/holdout.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/learning/training_time.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

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

/// Share of the most frequent class.
double largest_share(const Dataset& data) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(data.classes), 0);
  for (const auto label : data.labels) ++counts[label];
  return static_cast<double>(*std::max_element(counts.begin(), counts.end())) /
         static_cast<double>(std::max<std::int64_t>(data.size(), 1));
}

std::optional<CellFtmle> cell_ftmle(const Sweep& sweep, Model model, const Dataset& judge,
                                    const SweepRun& run) {
  if (sweep.authors) model.recipe.input_offset = 0;
  const auto samples = sweep.ftmle_samples > 0 ? sweep.ftmle_samples : judge.size();
  try {
    const auto found = ftmle(model, judge.part(0, samples).samples,
                             {.threads = run.threads, .stop = run.stop, .progress = {}});
    const auto& part = found.parts.front();
    const auto d = distribution(part.per_sample);
    if (d.samples == 0) return std::nullopt;
    return CellFtmle{d.mean, d.deviation, d.samples, part.largest_residual(), part.unit};
  } catch (const DivergedError&) {
    return std::nullopt;
  }
}

/// Nothing when stopped.
std::optional<CellResult> train_cell(const Sweep& sweep, const Recipe& recipe, const SweepData& data,
                                     const SweepRun& run) {
  CellResult result{.chance = largest_share(data.judge), .judged = data.judge.size()};
  TrainingOptions options{.threads = run.threads, .stop = run.stop};
  options.after_epoch = [&](const Model& model, double loss) {
    result.accuracy.push_back(evaluate_float(model, data.judge, {.threads = run.threads}).accuracy);
    result.loss.push_back(loss);
  };
  try {
    const auto model = train(recipe, data.train, options);
    if (!model) return std::nullopt;
    if (sweep.ftmle) result.ftmle = cell_ftmle(sweep, *model, data.judge, run);
  } catch (const Stopped&) {
    return std::nullopt;
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
  if (!std::filesystem::exists(file)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
      if (const auto name = entry.path().filename().string(); is_sweep_result(name))
        throw Error(fmt::format("{}: holds a {} that no sweep wrote; choose another folder, or move it away",
                                folder.string(), name));
    return write_file_atomically(file, sweep_text(sweep));
  }
  require_same_sweep(sweep, read_file(file), folder.string());
}

CellData data_of(const Recipe& recipe, const SweepData& data) {
  return {data_key(recipe), half_of(data.train), half_of(data.judge)};
}

/// The data of the cells that are there: those of one key must have been trained on the same.
class KnownData {
 public:
  /// Of a cell's file. Throws Error when an earlier cell had other data.
  void add(const CellResult& cell, const std::filesystem::path& file) {
    if (!cell.data) return;
    const auto [known, added] = cells_.emplace(cell.data->key, Known{*cell.data, file});
    if (!added && !(known->second.data == *cell.data))
      refuse(file, *cell.data, fmt::format("that of {}", known->second.file.string()), known->second.data,
             "remove the cells of the wrong data, and run the sweep again");
  }
  /// Throws Error when a cell that is there had other data than what was loaded now.
  void require(const CellData& loaded, const std::string& origin) const {
    const auto known = cells_.find(loaded.key);
    if (known == cells_.end() || known->second.data == loaded) return;
    refuse(
        known->second.file, known->second.data,
        origin.empty() ? "what is generated here" : "that in " + origin, loaded,
        "name the folder of the right files with --data-dir (SweepOptions::data_dir) or STOIC_DATA_DIR, or "
        "another -o (SweepOptions::folder)");
  }
  bool has(const std::string& key) const { return cells_.contains(key); }

 private:
  struct Known {
    CellData data;
    std::filesystem::path file;
  };
  [[noreturn]] static void refuse(const std::filesystem::path& file, const CellData& own,
                                  const std::string& whose, const CellData& other,
                                  const std::string& remedy) {
    const bool training = !(own.training == other.training);
    const auto text = [&](const CellData& data) {
      return half_text(training ? data.training : data.judging);
    };
    throw Error(fmt::format("{}: its {} data ({}) is not {} ({}); {}", file.string(),
                            training ? "training" : "judging", text(own), whose, text(other), remedy));
  }
  std::map<std::string, Known> cells_;
};

KnownData known_data(const Sweep& sweep, const std::filesystem::path& folder) {
  KnownData known;
  for (const auto& cell : sweep_cells(sweep))
    if (const auto file = folder / cell.file_name; std::filesystem::exists(file))
      known.add(read_cell(file, cell, sweep), file);
  return known;
}

/// Throws Error when cells of the shard are there and the files here are not their data. Where there are no
/// such files, nothing can be mixed up: a cell that is missing says so itself.
void require_data_of_files(const Sweep& sweep, const std::vector<SweepCell>& cells, const KnownData& known,
                           const SweepRun& run) {
  std::set<std::string> seen;
  for (const auto& cell : cells) {
    const Recipe recipe = run.load_recipe(sweep.recipe, cell.settings);
    if (is_generated(recipe) || !known.has(data_key(recipe)) || !seen.insert(data_key(recipe)).second)
      continue;
    std::optional<SweepData> data;
    try {
      data = load_sweep_data(recipe, sweep.holdout, run.data_dir);
    } catch (const Error&) {
      continue;
    }
    known.require(data_of(recipe, *data), data->train.origin);
  }
}

/// The cells of the shard, all cells of the sweep being checked.
std::vector<SweepCell> cells_of_shard(const Sweep& sweep, const SweepRun& run) {
  auto cells = sweep_cells(sweep);
  check_cells(sweep, cells, run.load_recipe);
  std::erase_if(cells, [&](const SweepCell& cell) { return cell.index % run.shards != run.shard; });
  return cells;
}

/// Seconds for all of `cells`, from short trainings of some that lie far apart; nothing where none could be
/// measured, with the reason in `why`.
std::optional<double> estimate(const Sweep& sweep, const std::vector<SweepCell>& cells, const SweepRun& run,
                               std::string& why) {
  constexpr std::size_t most_measured = 5;
  const auto count = std::min(cells.size(), most_measured);
  double sum = 0;
  std::size_t measured = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& cell = cells[i * (cells.size() - 1) / std::max<std::size_t>(count - 1, 1)];
    try {
      const Recipe recipe = run.load_recipe(sweep.recipe, cell.settings);
      const auto data = load_sweep_data(recipe, sweep.holdout, run.data_dir);
      sum += estimated_seconds(recipe, data.train, recipe.training.epochs * data.judge.size(), run.threads);
      ++measured;
    } catch (const Error& error) {
      why = error.what();
    }
  }
  if (measured == 0) return std::nullopt;
  return sum / static_cast<double>(measured) * static_cast<double>(cells.size());
}

}  // namespace

bool run_sweep(const Sweep& sweep, const SweepRun& run) {
  const auto cells = cells_of_shard(sweep, run);
  claim(sweep, run.folder);
  const auto known = known_data(sweep, run.folder);
  require_data_of_files(sweep, cells, known, run);
  std::optional<CellData> loaded;
  SweepData data;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const SweepCell& cell = cells[i];
    const auto file = run.folder / cell.file_name;
    if (std::filesystem::exists(file)) {
      read_cell(file, cell, sweep);
      continue;
    }
    const Recipe recipe = run.load_recipe(sweep.recipe, cell.settings);
    if (!loaded || loaded->key != data_key(recipe)) {
      data = load_sweep_data(recipe, sweep.holdout, run.data_dir);
      loaded = data_of(recipe, data);
      known.require(*loaded, data.train.origin);
    }
    if (run.progress) run.progress(i, cells.size(), cell);
    auto result = train_cell(sweep, recipe, data, run);
    if (!result) return false;
    result->data = loaded;
    write_file_atomically(file, cell_text(cell, sweep, *result));
  }
  return true;
}

SweepPlan plan_sweep(const Sweep& sweep, const SweepRun& run) {
  SweepPlan plan;
  if (const auto file = run.folder / "sweep.json"; std::filesystem::exists(file))
    require_same_sweep(sweep, read_file(file), run.folder.string());
  auto cells = cells_of_shard(sweep, run);
  require_data_of_files(sweep, cells, known_data(sweep, run.folder), run);
  for (auto& cell : cells) {
    const auto file = run.folder / cell.file_name;
    const bool there = std::filesystem::exists(file);
    if (there) read_cell(file, cell, sweep);
    (there ? plan.there : plan.missing).push_back(std::move(cell));
  }
  if (!plan.missing.empty()) plan.seconds = estimate(sweep, plan.missing, run, plan.unknown);
  return plan;
}

namespace {

/// Earlier versions did not write down the data.
bool have_equal_results(CellResult a, CellResult b) {
  if (!a.data || !b.data) a.data = b.data = {};
  return a == b;
}

}  // namespace

void merge_sweep(const Sweep& sweep, const std::filesystem::path& folder,
                 const std::vector<std::filesystem::path>& from) {
  claim(sweep, folder);
  auto known = known_data(sweep, folder);
  for (const auto& source : from) {
    if (!std::filesystem::exists(source / "sweep.json"))
      throw Error(
          fmt::format("{}: is no folder of a sweep; name those that \"stoic sweep\" wrote", source.string()));
    claim(sweep, source);
    for (const auto& cell : sweep_cells(sweep)) {
      const auto file = source / cell.file_name, target = folder / cell.file_name;
      if (!std::filesystem::exists(file)) continue;
      const auto found = read_cell(file, cell, sweep);
      known.add(found, file);
      const auto bytes = read_file(file);
      if (!std::filesystem::exists(target))
        write_file_atomically(target, bytes);
      else if (!have_equal_results(read_cell(target, cell, sweep), found))
        throw Error(fmt::format("{}: differs from {}; the two were trained by different builds or machines",
                                file.string(), target.string()));
    }
  }
}

std::size_t missing_cells(const Sweep& sweep, const std::filesystem::path& folder) {
  std::size_t missing = 0;
  for (const auto& cell : sweep_cells(sweep)) missing += !std::filesystem::exists(folder / cell.file_name);
  return missing;
}

}  // namespace stoic
