#include "stoic/host/library/train.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>

#include "commands.hpp"
#include "driven.hpp"
#include "interrupt.hpp"
#include "listener.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "stoic/host/data/complete_recipe.hpp"
#include "stoic/host/driven/driven_recipe.hpp"
#include "stoic/host/learning/checkpoint.hpp"
#include "stoic/host/library/recipes.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

struct TrainArguments {
  Console console;
  std::string recipe;
  std::string output;
  std::string checkpoint;
  std::string history;
  std::string init;
  std::string snapshots;
  std::string data_dir;
  std::vector<std::string> settings;
  std::int64_t epochs = -1;
  std::int64_t seed = -1;
  std::int64_t holdout = 0;
  std::int64_t snapshot_every = 0;
  int threads = 0;
  bool resume = false;
  bool restart = false;
  bool find_rate = false;
};

/// The model goes to a device or pipe, and nothing says where a checkpoint could be.
void require_no_checkpoint(const TrainArguments& options) {
  const auto remedy =
      fmt::format("{}: is no file, so nothing can be kept beside it; name a place with ", options.output);
  if (options.resume) throw Error(remedy + "--checkpoint FILE");
  if (options.snapshot_every > 0 && options.snapshots.empty()) throw Error(remedy + "--snapshots DIR");
  options.console.warn(remedy + "--checkpoint FILE, or an interruption loses the training");
}

/// Where everything goes, and whether it can, before hours of training.
void choose_places(TrainArguments& options, const Recipe& recipe) {
  require_writable(options.output);
  const bool file = !is_stream(options.output);  // beside a device or pipe there is no place
  if (options.checkpoint.empty() && file) options.checkpoint = options.output + ".checkpoint";
  if (options.history.empty() && file) options.history = options.output + ".history.csv";
  for (const auto& path : {options.checkpoint, options.history})
    if (!path.empty()) require_writable(path);
  Inputs inputs = files_of(recipe, options.data_dir);
  inputs.insert(inputs.end(), {options.recipe, options.init});
  require_apart("-o", options.output, inputs, options.data_dir);
  require_apart("--checkpoint", options.checkpoint, inputs, options.data_dir);
  require_apart("--history", options.history, inputs, options.data_dir);
  require_different("-o", options.output, "--checkpoint", options.checkpoint);
  require_different("-o", options.output, "--history", options.history);
  require_different("--checkpoint", options.checkpoint, "--history", options.history);
  if (options.checkpoint.empty()) require_no_checkpoint(options);
  if (options.snapshot_every > 0 && options.snapshots.empty())
    options.snapshots = options.output + ".snapshots";
  if (!options.snapshots.empty()) require_writable_folder(options.snapshots);
  options.snapshot_every = std::max<std::int64_t>(options.snapshot_every, 1);
}

/// Hours of training are not thrown away because a flag was forgotten.
void spare_checkpoint(const TrainArguments& options) {
  if (options.resume || options.restart || options.checkpoint.empty()) return;
  if (!std::filesystem::is_regular_file(options.checkpoint)) return;
  std::int64_t batch = 0;
  try {
    batch = read_checkpoint(options.checkpoint).batch;
  } catch (const Error& error) {
    throw Error(fmt::format("{} (nothing was overwritten; --checkpoint names another place)", error.what()));
  }
  if (batch > 0)
    throw Error(fmt::format(
        "{}: holds a training after {} batches; go on with --resume, begin anew with --restart, or "
        "delete it",
        options.checkpoint, grouped(batch)));
}

/// What of a training shows where standard error is no terminal with a bar: a line an epoch, at most every
/// five seconds.
class EpochLines {
 public:
  explicit EpochLines(std::int64_t epochs) : epochs_(epochs), terminal_(::isatty(STDERR_FILENO) == 1) {}

  void show(const EpochRecord& row) {
    const auto now = std::chrono::steady_clock::now();
    if (terminal_ || now - last_ < std::chrono::seconds(5)) return;
    last_ = now;
    std::string line = fmt::format("epoch {} of {}: loss {:.4f}, training accuracy {}", row.epoch, epochs_,
                                   row.loss, percent(row.train_accuracy));
    if (!std::isnan(row.holdout_accuracy)) line += ", held out " + percent(row.holdout_accuracy);
    line += fmt::format(", {:.0f} s an epoch\n", row.seconds);
    std::fputs(line.c_str(), stderr);
  }

 private:
  std::int64_t epochs_;
  bool terminal_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// Options that mean nothing for a driven reservoir, whose read-out is found in one go.
std::vector<std::string> of_epochs(const TrainArguments& options) {
  std::vector<std::string> given;
  const auto add = [&](bool is_given, const char* name) {
    if (is_given) given.emplace_back(name);
  };
  add(options.epochs >= 0, "--epochs");
  add(options.resume, "--resume");
  add(options.restart, "--restart");
  add(!options.checkpoint.empty(), "--checkpoint");
  add(!options.history.empty(), "--history");
  add(options.holdout > 0, "--holdout");
  add(!options.init.empty(), "--init");
  add(!options.snapshots.empty(), "--snapshots");
  add(options.snapshot_every > 0, "--snapshot-every");
  add(options.find_rate, "--find-learning-rate");
  return given;
}

int run_train(TrainArguments arguments) {
  const auto& console = arguments.console;
  const auto [text, where] = recipe_text_of(arguments.recipe);
  if (is_driven_recipe(text)) {
    auto settings = arguments.settings;
    if (arguments.seed >= 0) settings.push_back(fmt::format("seed={}", arguments.seed));
    return train_driven({console, arguments.recipe, text, where, arguments.output, arguments.data_dir,
                         settings, of_epochs(arguments)});
  }
  if (arguments.epochs >= 0)
    arguments.settings.push_back(fmt::format("training.epochs={}", arguments.epochs));
  if (arguments.seed >= 0) arguments.settings.push_back(fmt::format("seed={}", arguments.seed));
  const auto recipe = parse_recipe_for(arguments.data_dir, text, where, arguments.settings);
  choose_places(arguments, recipe);
  spare_checkpoint(arguments);
  const bool kept = !arguments.checkpoint.empty();
  EpochLines lines(recipe.training.epochs);
  ConsoleListener listener(console);
  TrainOptions options{.data = {.folder = arguments.data_dir},
                       .holdout = arguments.holdout,
                       .find_learning_rate = arguments.find_rate,
                       .output = arguments.output,
                       .checkpoint = arguments.checkpoint,
                       .resume = arguments.resume,
                       .history = arguments.history,
                       .snapshots = arguments.snapshots,
                       .snapshot_every = arguments.snapshot_every,
                       .threads = arguments.threads,
                       .stop = &stop_requested(),
                       .epoch = [&](const EpochRecord& row) { lines.show(row); },
                       .notice = [&](const std::string& line) { console.print(line); },
                       .loaded =
                           [kept](bool searching) {
                             stop_on_signals(searching ? "stopped; nothing was trained yet"
                                             : kept ? "stopped; continue with the same command and --resume"
                                                    : "stopped; nothing was kept");
                           },
                       .trained = exit_on_signals,
                       .name = arguments.output,
                       .listener = listener.listener()};
  if (!arguments.init.empty()) {
    options.start = Network::read(arguments.init);
    options.start_name = arguments.init;
  }
  const auto result = train(recipe, options);
  if (result.stopped_searching) {
    console.print("stopped; nothing was trained yet");
    return interrupted;
  }
  if (!result.network) {
    console.print(fmt::format("stopped after batch {}; {}", result.batches,
                              kept ? "continue with the same command and --resume" : "nothing was kept"));
    return interrupted;
  }
  console.print(result.print());
  console.result(result.json());
  return success;
}

}  // namespace

void add_train(CLI::App& app, Body& body) {
  auto options = std::make_shared<TrainArguments>();
  auto* command =
      app.add_subcommand("train", "train read-in and read-out around a fixed dynamical system, in float");
  command
      ->add_option("RECIPE", options->recipe,
                   fmt::format("a .json file, or the name of a built-in recipe: {}; of time series: {}",
                               recipe_names(), fmt::join(series_recipe_list(), ", ")))
      ->required();
  command
      ->add_option(
          "-o,--output", options->output,
          "the model to write, a NumPy .npz; \"-\" for standard output, with all text on standard error and "
          "without --json")
      ->required()
      ->type_name("MODEL.npz");
  command
      ->add_option("--set", options->settings,
                   "replaces a key of the recipe, such as training.epochs=3; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_option("--epochs", options->epochs, "the same as --set training.epochs=N")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 30))
      ->type_name("N");
  command->add_option("--seed", options->seed, "the same as --set seed=N")
      ->check(CLI::Range(std::int64_t{0}, INT64_MAX))
      ->type_name("N");
  auto* resume = command->add_flag("--resume", options->resume,
                                   "continue from the checkpoint of an interrupted training");
  command->add_flag("--restart", options->restart, "begin anew although there is a checkpoint, which is lost")
      ->excludes(resume);
  command
      ->add_option("--checkpoint", options->checkpoint,
                   "where to keep it; default: MODEL.npz.checkpoint, removed at the end")
      ->type_name("FILE");
  command
      ->add_option("--history", options->history,
                   "loss, accuracies, rate and seconds of every epoch; default: MODEL.npz.history.csv")
      ->type_name("FILE.csv");
  command
      ->add_option("--holdout", options->holdout,
                   "keep the last N training samples out and judge the network on them after every epoch")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 30))
      ->type_name("N");
  command
      ->add_option("--init", options->init,
                   "start from the weights of a model of the same shapes, around its fixed matrices")
      ->check(CLI::ExistingFile)
      ->type_name("MODEL.npz");
  command
      ->add_option("--snapshots", options->snapshots,
                   "write the model after epochs, as DIR/epoch-0001.npz; default with --snapshot-every: "
                   "MODEL.npz.snapshots")
      ->type_name("DIR");
  command
      ->add_option("--snapshot-every", options->snapshot_every,
                   "after every N epochs; default with --snapshots: 1")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 30))
      ->type_name("N");
  command->add_flag(
      "--find-learning-rate", options->find_rate,
      "before training, find the learning rate at which trainings begin to part as in chaos, with the "
      "recipe's optimiser and batch, for some percent of the training's cost; the model's recipe has it");
  add_data_dir(*command, options->data_dir);
  add_threads(*command, options->threads);
  add_json(*command, options->console);
  command->footer(
      "A recipe of a time series (with the key \"drive\") is a reservoir that an input drives, step by step; "
      "its "
      "read-out is learnt in one go by ridge regression.\n"
      "Example: stoic train mnist-ffesn -o mnist.npz --data-dir data --seed 2 --holdout 5000\n"
      "         stoic train mackey-glass-esn -o mg.npz");
  command->callback([options, &body] {
    take_output(options->output, options->console);
    body = [options] { return run_train(*options); };
  });
}

}  // namespace stoic::cli
