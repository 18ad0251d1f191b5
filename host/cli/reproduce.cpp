#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <regex>

#include "commands.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "outcome.hpp"
#include "outputs.hpp"
#include "plan.hpp"
#include "recipes.hpp"
#include "rows.hpp"
#include "shipped.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/learning/checkpoint.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/learning/training_time.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/json.hpp"
#include "stoic/sim/io/part_file.hpp"
#include "stoic/sim/io/printable.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

struct ReproduceOptions {
  Console console;
  std::string rows;
  std::string output;
  std::string data_dir;
  std::string readme;
  std::vector<std::string> only;
  int threads = 0;
  bool plan = false;
};

constexpr const char* begin_mark = "<!-- begin of the table of stoic reproduce -->\n";
constexpr const char* end_mark = "<!-- end of the table of stoic reproduce -->\n";

/// The trained model of a row; that of an earlier run, or of `stoic train`, if there is one of this recipe.
/// Nothing when stopped.
std::optional<Model> trained(const Recipe& recipe, const Dataset& data, const Dataset& test,
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
  TrainingOptions training{.threads = options.threads, .checkpoint = checkpoint, .stop = &stop_requested()};
  // A checkpoint of an earlier form of the row is worth nothing.
  training.resume = std::filesystem::exists(checkpoint) && read_checkpoint(checkpoint).recipe == text;
  plain_progress(fmt::format("training {}", stem.filename().string()));
  std::optional<ProgressBar> progress;
  training.progress = [&](const TrainingProgress& p) {
    if (!progress) progress.emplace(stem.filename().string(), p.batches_per_epoch * p.epochs);
    progress->show(p.batch, fmt::format("loss {:.4f}", p.epoch_loss));
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
std::optional<Outcome> reproduce(const Recipe& recipe, const std::filesystem::path& stem,
                                 const HardwareConfig& hw, const ReproduceOptions& options) {
  const auto train_data = load_data(recipe, Split::train, options.data_dir);
  const auto test = load_data(recipe, Split::test, options.data_dir);
  const auto model = trained(recipe, train_data, test, stem, options);
  if (!model) return std::nullopt;
  const auto reference = evaluate_float(*model, test, {.threads = options.threads});
  const auto compiled = compile(*model, train_data, hw);
  const auto golden = evaluate_golden(compiled.image, test, {.threads = options.threads});
  const Outcome outcome{reference.accuracy, golden.accuracy,           agreement(golden, reference),
                        compiled.cycles,    compiled.ideal_mac_cycles, golden.counters.saturations};
  store_outcome(recipe, stem, hw, training_data(recipe, train_data, &test), outcome);
  return outcome;
}

std::string mean_and_spread(const std::vector<Outcome>& all, double Outcome::*member) {
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

std::string table_row(const Row& row, const std::vector<Outcome>& all) {
  double worst = 1;
  for (const auto& o : all) worst = std::min(worst, o.agreement);
  return fmt::format("| {} | {} | {} | {} | {:.2f} | {} | {} |\n", markdown_cell(row.name),
                     markdown_cell(row.paper), mean_and_spread(all, &Outcome::accuracy),
                     mean_and_spread(all, &Outcome::fixed_accuracy), 100 * worst, grouped(all.front().cycles),
                     grouped(all.front().products));
}

/// Puts the table between its marks.
void write_table(const std::string& readme, const std::string& table) {
  auto text = read_file(readme);
  const auto begin = text.find(begin_mark), end = text.find(end_mark);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    throw Error(fmt::format("{}: has no line \"{}\" and, behind it, \"{}\"; add them where the table belongs",
                            readme,
                            std::string_view(begin_mark).substr(0, std::string_view(begin_mark).size() - 1),
                            std::string_view(end_mark).substr(0, std::string_view(end_mark).size() - 1)));
  text.replace(begin, end - begin, begin_mark + table);
  write_file_atomically(readme, text);
}

/// What is there of one training.
std::string state_of(const Recipe& recipe, const std::filesystem::path& stem, const HardwareConfig& hw,
                     FilesHere& files) {
  if (stored_outcome(recipe, stem, hw, files)) return "done";
  const auto text = recipe_text(recipe);
  const auto model = std::filesystem::path(stem).concat(".npz"),
             checkpoint = std::filesystem::path(stem).concat(".checkpoint");
  if (std::filesystem::exists(model) && recipe_text(read_model(model).recipe) == text) return "trained";
  if (std::filesystem::exists(checkpoint) && read_checkpoint(checkpoint).recipe == text) return "begun";
  return "to train";
}

bool is_wanted(const Row& row, const ReproduceOptions& options) {
  return options.only.empty() ||
         std::find(options.only.begin(), options.only.end(), row.name) != options.only.end();
}

/// What would be done of one row; seconds without a value: not known, for the reason given.
struct RowPlan {
  nlohmann::ordered_json states = nlohmann::ordered_json::object();  ///< of each seed
  std::int64_t done = 0, to_train = 0;
  std::optional<double> seconds = 0;
  std::string unknown;
};

RowPlan plan_row(const Row& row, const std::vector<std::uint64_t>& seeds, const std::vector<Recipe>& recipes,
                 const HardwareConfig& hw, const ReproduceOptions& options) {
  RowPlan plan;
  FilesHere files(options.data_dir);
  for (std::size_t s = 0; s < seeds.size(); ++s) {
    const auto state =
        state_of(recipes[s], std::filesystem::path(options.output) / file_name(row, seeds[s]), hw, files);
    plan.states[fmt::format("{}", seeds[s])] = state;
    plan.done += state == "done";
    plan.to_train += state == "begun" || state == "to train";
  }
  if (plan.to_train == 0) return plan;
  try {
    const auto data = load_data(recipes.front(), Split::train, options.data_dir);
    plan.seconds =
        static_cast<double>(plan.to_train) * estimated_seconds(recipes.front(), data, 0, options.threads);
  } catch (const Error& error) {
    plan.seconds.reset();
    plan.unknown = error.what();
  }
  return plan;
}

/// Prints what the command would train, what is there, and about how long it takes. Nothing is written.
int show_plan(const RowsFile& file, const std::vector<std::vector<Recipe>>& recipes, const HardwareConfig& hw,
              const ReproduceOptions& options) {
  std::vector<std::vector<std::string>> lines{{"row", "recipe", "seeds", "done", "to train", "time"}};
  auto rows = nlohmann::ordered_json::array();
  double sum = 0;
  bool known = true;
  for (std::size_t r = 0; r < file.rows.size(); ++r) {
    const Row& row = file.rows[r];
    if (!is_wanted(row, options)) continue;
    const auto plan = plan_row(row, file.seeds, recipes[r], hw, options);
    sum += plan.seconds.value_or(0);
    known = known && plan.seconds;
    lines.push_back({row.name, row.recipe, fmt::format("{}", file.seeds.size()), fmt::format("{}", plan.done),
                     fmt::format("{}", plan.to_train),
                     !plan.seconds        ? "not known: " + plan.unknown
                     : plan.to_train == 0 ? "-"
                                          : about(*plan.seconds)});
    rows.push_back({{"name", row.name}, {"seeds", plan.states}});
    rows.back()["estimated_s"] = plan.seconds ? nlohmann::ordered_json(*plan.seconds) : nullptr;
  }
  options.console.print(table(lines));
  options.console.print(fmt::format("{}{} of training on this machine as it is now, from short trainings",
                                    known ? "" : "without the rows of unknown time: ", about(sum)));
  nlohmann::ordered_json json{{"rows", rows}};
  json["estimated_s"] = known ? nlohmann::ordered_json(sum) : nullptr;
  options.console.result(json);
  return success;
}

/// Whether a name in the folder is one of a row's files, of this plan or an earlier form of it, or a part of
/// one that a killed run left.
bool is_file_of_row(const std::string& name) {
  static const std::regex pattern(R"(\.?[a-z0-9-]+-seed-[0-9]+\.[a-z0-9.-]+)");
  return std::regex_match(name, pattern);
}

/// Throws Error for a folder with other things in it, and when an output is a file that is read.
void require_place(const RowsFile& plan, const std::string& file, const ReproduceOptions& options) {
  const std::filesystem::path folder = options.output;
  std::error_code missing;
  if (std::filesystem::exists(folder, missing) && !std::filesystem::is_directory(folder))
    throw Error(fmt::format("{}: is no folder; name another", folder.string()));
  bool has_rows = false, has_table = false;
  std::string foreign;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    const auto name = entry.path().filename().string();
    const bool row = is_file_of_row(name), table = name == "table.md";
    has_rows = has_rows || row;
    has_table = has_table || table;
    if (!row && !table && !is_part_of(name, "table.md")) foreign = name;
  }
  if (foreign.empty() && has_table && !has_rows) foreign = "table.md";
  if (!foreign.empty())
    throw Error(fmt::format(
        "{}: holds other things than models and results of this command, such as {}; choose an empty or a "
        "new folder",
        folder.string(), foreign));
  Inputs inputs{file, path_from(file, plan.hw)};
  std::vector<std::string> files{"table.md"};
  for (const auto& row : plan.rows) {
    inputs.emplace_back(path_from(file, row.recipe));
    for (const auto seed : plan.seeds)
      for (const auto* ending : {".npz", ".json", ".checkpoint"})
        files.push_back(file_name(row, seed) + ending);
  }
  require_apart("-o", folder, files, inputs, options.data_dir);
  require_apart("--readme", options.readme, inputs, options.data_dir);
  for (const auto& name : files) require_different("--readme", options.readme, "-o", folder / name);
}

int run_reproduce(const ReproduceOptions& options) {
  const auto& console = options.console;
  FilesHere files(options.data_dir);
  const auto file = shipped_or_file(shipped_tables, options.rows);
  const auto plan = read_rows(file);
  require_rows(plan, file, options.only);
  const auto hw = load_hardware_config(path_from(file, plan.hw));
  const auto recipes = recipes_of(plan, file);
  if (options.plan) return show_plan(plan, recipes, hw, options);
  const std::filesystem::path folder = options.output;
  require_place(plan, file, options);
  require_writable_folder(folder);
  if (!options.readme.empty()) require_writable(options.readme);
  std::filesystem::create_directories(folder);
  stop_on_signals("stopped; the same command goes on where it was");
  std::string lines = fmt::format(
      "| network | paper, mean (best) % | float % | `{}` % | agreement, worst seed % | cycles | products |\n"
      "|---|---|---|---|---|---|---|\n",
      hw.name);
  nlohmann::ordered_json results = nlohmann::ordered_json::array();
  for (std::size_t r = 0; r < plan.rows.size(); ++r) {
    const Row& row = plan.rows[r];
    const bool wanted = is_wanted(row, options);
    std::vector<Outcome> all;
    for (std::size_t s = 0; s < plan.seeds.size(); ++s) {
      const auto stem = folder / file_name(row, plan.seeds[s]);
      auto outcome = stored_outcome(recipes[r][s], stem, hw, files);
      if (!outcome && wanted) {
        outcome = reproduce(recipes[r][s], stem, hw, options);
        if (!outcome) {
          console.print("stopped; the same command goes on where it was");
          return interrupted;
        }
      }
      if (outcome) all.push_back(*outcome);
    }
    if (all.empty()) continue;
    const auto line = table_row(row, all);
    console.print(line.substr(0, line.size() - 1));
    lines += line;
    auto entry = nlohmann::ordered_json{
        {"name", row.name}, {"paper", row.paper}, {"seeds", nlohmann::ordered_json::array()}};
    for (const auto& outcome : all) entry["seeds"].push_back(to_json(outcome));
    results.push_back(std::move(entry));
  }
  write_file_atomically(folder / "table.md", lines);
  if (!options.readme.empty()) write_table(options.readme, lines);
  console.result({{"hw", hw.name}, {"rows", results}});
  return success;
}

}  // namespace

void add_reproduce(CLI::App& app, Body& body) {
  auto options = std::make_shared<ReproduceOptions>();
  auto* command =
      app.add_subcommand("reproduce", "train the rows of a table of results, in float and in fixed point");
  command
      ->add_option("ROWS", options->rows,
                   "a .json file: seeds, instance, rows; or the name of a built-in table (see stoic info)")
      ->required()
      ->type_name("ROWS");
  command
      ->add_option(
          "-o,--output", options->output,
          "the folder of models and results; go on there at any time. One with anything else in it is "
          "refused")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--row", options->only,
                   "train only the row of that name; may be repeated. Of others the table gets what is there")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_flag("--plan", options->plan,
                    "train and write nothing; print what would be trained, what is there, and about how long "
                    "it takes");
  command->add_option("--readme", options->readme, "write the table between its marks in this file")
      ->type_name("FILE.md");
  add_data_dir(*command, options->data_dir);
  add_threads(*command, options->threads);
  add_json(*command, options->console);
  command->footer(
      "Paths in a file of rows are seen from its folder, then from the current one.\n"
      "Example: stoic reproduce mnist -o reproduced --data-dir data --plan");
  command->callback([options, &body] {
    take_output_folder(options->output);
    body = [options] { return run_reproduce(*options); };
  });
}

}  // namespace stoic::cli
