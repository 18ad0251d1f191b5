#include "stoic/host/library/reproduce.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string_view>

#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/learning/checkpoint.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/library/outcome.hpp"
#include "stoic/host/library/recipes.hpp"
#include "stoic/host/library/rows.hpp"
#include "stoic/host/library/work.hpp"
#include "stoic/host/report/text.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic {
namespace {

/// The trained model of a row; that of an earlier run, or of `stoic train`, if there is one of this recipe.
/// Nothing when stopped.
std::optional<Model> trained_row(const Recipe& recipe, const Dataset& data, const Dataset& test,
                                 const std::filesystem::path& stem, const ReproduceOptions& options) {
  const auto text = recipe_text(recipe);
  const auto model_file = std::filesystem::path(stem).concat(".npz");
  if (std::filesystem::exists(model_file)) {
    auto model = read_model(model_file);
    if (recipe_text(model.recipe) == text) {
      if (model.training_data) require_data(model_file, *model.training_data, recipe, data, test);
      return model;
    }
  }
  const auto checkpoint = std::filesystem::path(stem).concat(".checkpoint");
  TrainingOptions training{.threads = options.threads, .checkpoint = checkpoint, .stop = options.stop};
  // A checkpoint of an earlier form of the row is worth nothing.
  training.resume = std::filesystem::exists(checkpoint) && read_checkpoint(checkpoint).recipe == text;
  if (options.next) options.next(stem.filename().string());
  std::unique_ptr<Work> work;  // from the first batch on
  training.progress = [&](const TrainingProgress& p) {
    if (!work)
      work =
          std::make_unique<Work>(options.listener, stem.filename().string(), p.batches_per_epoch * p.epochs);
    work->show(p.batch, fmt::format("loss {:.4f}", p.epoch_loss));
  };
  auto model = train(recipe, data, training);
  if (!model) return std::nullopt;
  model->training_data = training_data(recipe, data, &test);
  write_model(model_file, *model);
  std::error_code ignored;
  std::filesystem::remove(checkpoint, ignored);
  return model;
}

/// Trains, or takes the model that is there, and judges it in float and in fixed point. Nothing when stopped.
std::optional<ReproducedTraining> reproduce_training(const Recipe& recipe, const std::filesystem::path& stem,
                                                     const HardwareConfig& hw,
                                                     const ReproduceOptions& options) {
  const auto train_data = load_data(recipe, Split::train, options.data_dir);
  const auto test = load_data(recipe, Split::test, options.data_dir);
  const auto model = trained_row(recipe, train_data, test, stem, options);
  if (!model) return std::nullopt;
  const auto reference = evaluate_float(*model, test, {.threads = options.threads});
  const auto compiled = compile(*model, train_data, hw);
  const auto golden = evaluate_golden(compiled.image, test, {.threads = options.threads});
  const ReproducedTraining outcome{reference.accuracy,           golden.accuracy,
                                   agreement(golden, reference), compiled.cycles,
                                   compiled.ideal_mac_cycles,    golden.counters.saturations};
  store_outcome(recipe, stem, hw, training_data(recipe, train_data, &test), outcome);
  return outcome;
}

std::string mean_and_spread(const std::vector<ReproducedTraining>& all, double ReproducedTraining::*member) {
  double sum = 0, squares = 0;
  for (const auto& o : all) sum += o.*member;
  const double mean = sum / static_cast<double>(all.size());
  for (const auto& o : all) squares += (o.*member - mean) * (o.*member - mean);
  if (all.size() < 2) return fmt::format("{:.2f}", 100 * mean);
  return fmt::format("{:.2f} ± {:.2f}", 100 * mean,
                     100 * std::sqrt(squares / static_cast<double>(all.size() - 1)));
}

/// A text as a cell of a Markdown table, which neither ends the cell nor is markup.
std::string markdown_cell(const std::string& text) {
  std::string cell;
  for (const char c : printable(text)) {
    if (c == '<')
      cell += "&lt;";
    else if (c == '&')
      cell += "&amp;";
    else if (std::string_view("|\\`*[").find(c) != std::string_view::npos)
      cell += {'\\', c};
    else
      cell += c;
  }
  return cell;
}

/// Nothing when it was stopped.
std::optional<ReproducedRow> reproduce_row(const RowsFile& plan, const TableRow& row,
                                           const std::vector<Recipe>& recipes, const HardwareConfig& hw,
                                           FilesHere& files, const ReproduceOptions& options) {
  const bool wanted = options.only.empty() ||
                      std::find(options.only.begin(), options.only.end(), row.name) != options.only.end();
  ReproducedRow result{.name = row.name, .paper = row.paper};
  for (std::size_t s = 0; s < plan.seeds.size(); ++s) {
    const auto stem = options.folder / file_name(row, plan.seeds[s]);
    auto outcome = stored_outcome(recipes[s], stem, hw, files);
    if (!outcome && wanted) {
      outcome = reproduce_training(recipes[s], stem, hw, options);
      if (!outcome) return std::nullopt;
    }
    if (outcome) result.seeds.push_back(*outcome);
  }
  return result;
}

}  // namespace

std::string ReproducedRow::markdown() const {
  double worst = 1;
  for (const auto& seed : seeds) worst = std::min(worst, seed.agreement);
  return fmt::format("| {} | {} | {} | {} | {:.2f} | {} | {} |\n", markdown_cell(name), markdown_cell(paper),
                     mean_and_spread(seeds, &ReproducedTraining::accuracy),
                     mean_and_spread(seeds, &ReproducedTraining::fixed_accuracy), 100 * worst,
                     grouped(seeds.front().cycles), grouped(seeds.front().products));
}

nlohmann::ordered_json ReproducedTraining::json() const {
  return {{"accuracy", accuracy},   {"fixed_accuracy", fixed_accuracy},
          {"agreement", agreement}, {"cycles", cycles},
          {"products", products},   {"saturations", saturations}};
}

ReproduceResult reproduce(const std::string& file, const ReproduceOptions& options) {
  return reproduce(read_rows(file), file, options);
}

ReproduceResult reproduce(const RowsFile& plan, const std::string& file, const ReproduceOptions& options) {
  FilesHere files(options.data_dir.string());
  require_rows(plan, file, options.only);
  const auto hw = load_hardware_config(path_from(file, plan.hw));
  const auto recipes = recipes_of(plan, file);
  std::filesystem::create_directories(options.folder);
  ReproduceResult result{.hw = hw.name};
  for (std::size_t r = 0; r < plan.rows.size(); ++r) {
    auto row = reproduce_row(plan, plan.rows[r], recipes[r], hw, files, options);
    result.stopped = !row;
    if (!row) return result;
    if (row->seeds.empty()) continue;
    if (options.row) options.row(*row);
    result.rows.push_back(std::move(*row));
  }
  write_file_atomically(options.folder / "table.md", result.print());
  return result;
}

std::string ReproduceResult::print() const {
  auto text = fmt::format(
      "| network | paper, mean (best) % | float % | `{}` % | agreement, worst seed % | cycles | products |\n"
      "|---|---|---|---|---|---|---|\n",
      hw);
  for (const auto& row : rows) text += row.markdown();
  return text;
}

nlohmann::ordered_json ReproduceResult::json() const {
  auto results = nlohmann::ordered_json::array();
  for (const auto& row : rows) {
    nlohmann::ordered_json entry{
        {"name", row.name}, {"paper", row.paper}, {"seeds", nlohmann::ordered_json::array()}};
    for (const auto& seed : row.seeds) entry["seeds"].push_back(seed.json());
    results.push_back(std::move(entry));
  }
  return {{"hw", hw}, {"rows", results}};
}

}  // namespace stoic
