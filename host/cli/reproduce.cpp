#include "stoic/host/library/reproduce.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "commands.hpp"
#include "interrupt.hpp"
#include "listener.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "plan.hpp"
#include "shipped.hpp"
#include "stoic/host/learning/checkpoint.hpp"
#include "stoic/host/learning/training_time.hpp"
#include "stoic/host/library/outcome.hpp"
#include "stoic/host/library/recipes.hpp"
#include "stoic/host/library/rows.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/part_file.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

struct ReproduceArguments {
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

bool is_wanted(const TableRow& row, const ReproduceArguments& options) {
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

RowPlan plan_row(const TableRow& row, const std::vector<std::uint64_t>& seeds,
                 const std::vector<Recipe>& recipes, const HardwareConfig& hw,
                 const ReproduceArguments& options) {
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
              const ReproduceArguments& options) {
  std::vector<std::vector<std::string>> lines{{"row", "recipe", "seeds", "done", "to train", "time"}};
  auto rows = nlohmann::ordered_json::array();
  double sum = 0;
  bool known = true;
  for (std::size_t r = 0; r < file.rows.size(); ++r) {
    const TableRow& row = file.rows[r];
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
void require_place(const RowsFile& plan, const std::string& file, const ReproduceArguments& options) {
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

int run_reproduce(const ReproduceArguments& arguments) {
  const auto& console = arguments.console;
  const auto file = shipped_or_file(shipped_tables, arguments.rows);
  const auto plan = read_rows(file);
  require_rows(plan, file, arguments.only);
  const auto hw = load_hardware_config(path_from(file, plan.hw));
  const auto recipes = recipes_of(plan, file);
  if (arguments.plan) return show_plan(plan, recipes, hw, arguments);
  require_place(plan, file, arguments);
  require_writable_folder(arguments.output);
  if (!arguments.readme.empty()) require_writable(arguments.readme);
  std::filesystem::create_directories(arguments.output);
  stop_on_signals("stopped; the same command goes on where it was");
  ConsoleListener listener(console);
  const auto result = reproduce(plan, file,
                                {.folder = arguments.output,
                                 .data_dir = arguments.data_dir,
                                 .only = arguments.only,
                                 .threads = arguments.threads,
                                 .stop = &stop_requested(),
                                 .next = [](const std::string& name) { plain_progress("training " + name); },
                                 .row =
                                     [&](const ReproducedRow& row) {
                                       const auto line = row.markdown();
                                       console.print(line.substr(0, line.size() - 1));
                                     },
                                 .listener = listener.listener()});
  if (result.stopped) {
    console.print("stopped; the same command goes on where it was");
    return interrupted;
  }
  if (!arguments.readme.empty()) write_table(arguments.readme, result.print());
  console.result(result.json());
  return success;
}

}  // namespace

void add_reproduce(CLI::App& app, Body& body) {
  auto options = std::make_shared<ReproduceArguments>();
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
