#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>

#include "commands.hpp"
#include "data_check.hpp"
#include "driven.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "recipes.hpp"
#include "stoic/host/analysis/rate_search.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/data/complete_recipe.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/data/holdout.hpp"
#include "stoic/host/driven/driven_recipe.hpp"
#include "stoic/host/learning/checkpoint.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

struct TrainOptions {
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
void require_no_checkpoint(const TrainOptions& options) {
  const auto remedy =
      fmt::format("{}: is no file, so nothing can be kept beside it; name a place with ", options.output);
  if (options.resume) throw Error(remedy + "--checkpoint FILE");
  if (options.snapshot_every > 0 && options.snapshots.empty()) throw Error(remedy + "--snapshots DIR");
  options.console.warn(remedy + "--checkpoint FILE, or an interruption loses the training");
}

/// Where everything goes, and whether it can, before hours of training.
void choose_places(TrainOptions& options, const Recipe& recipe) {
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
void spare_checkpoint(const TrainOptions& options) {
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

/// What of a training shows while it runs: a bar on a terminal, else a line an epoch, at most every five
/// seconds.
class TrainingDisplay {
 public:
  explicit TrainingDisplay(std::int64_t epochs) : epochs_(epochs), terminal_(::isatty(STDERR_FILENO) == 1) {}

  void batch(const TrainingProgress& p) {
    if (!bar_) bar_.emplace("training", p.batches_per_epoch * p.epochs);
    bar_->show(p.batch, fmt::format("epoch {} of {}, loss {:.4f}",
                                    std::min(p.epochs, (p.batch - 1) / p.batches_per_epoch + 1), p.epochs,
                                    p.epoch_loss));
  }

  void epoch(const EpochRecord& row) {
    const auto now = std::chrono::steady_clock::now();
    if (terminal_ || now - last_ < std::chrono::seconds(5)) return;
    last_ = now;
    std::string line = fmt::format("epoch {} of {}: loss {:.4f}, training accuracy {}", row.epoch, epochs_,
                                   row.loss, percent(row.train_accuracy));
    if (!std::isnan(row.holdout_accuracy)) line += ", held out " + percent(row.holdout_accuracy);
    line += fmt::format(", {:.0f} s an epoch\n", row.seconds);
    std::fputs(line.c_str(), stderr);
  }

  void end() { bar_.reset(); }

 private:
  std::int64_t epochs_;
  bool terminal_;
  std::optional<ProgressBar> bar_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// What a training works with.
struct TrainingInput {
  Dataset data, holdout, test;
  TrainingData known;          ///< of all that was loaded, what is held out included
  std::optional<Model> start;  ///< --init
  std::optional<bool> data_matches;
};

TrainingInput load_input(const TrainOptions& options, const Recipe& recipe) {
  TrainingInput input{.data = load_data(recipe, Split::train, options.data_dir),
                      .test = load_data(recipe, Split::test, options.data_dir)};
  input.known = training_data(recipe, input.data, &input.test);
  if (!options.init.empty()) {
    input.start = read_model(options.init);
    DataCheck check(options.console, options.init, input.start->training_data);
    check.compare(recipe, Split::train, input.data);
    input.data_matches = check.matches();
  }
  if (options.holdout > 0) {
    input.holdout = hold_out(input.data, options.holdout, "--holdout");
    if (const auto* scaling = input.data.samples.standardisation()) {
      input.known.standardisation = *scaling;
      input.test.samples = input.test.samples.standardised(std::make_shared<const Standardisation>(*scaling));
    }
  }
  return input;
}

/// Nothing when stopped. `last` gets the last epoch, if there is one; `trained` how many batches were done.
std::optional<Model> train_shown(const TrainOptions& options, const Recipe& recipe,
                                 const TrainingInput& input, EpochRecord& last, std::int64_t& trained) {
  TrainingDisplay display(recipe.training.epochs);
  std::int64_t batch = 0;
  TrainingOptions training{.threads = options.threads,
                           .checkpoint = options.checkpoint,
                           .resume = options.resume,
                           .stop = &stop_requested(),
                           .start = input.start ? &*input.start : nullptr,
                           .start_name = options.init,
                           .holdout = input.holdout.size() > 0 ? &input.holdout : nullptr,
                           .history = options.history,
                           .training_data = input.known};
  training.notice = [&](const std::string& text) { options.console.print(text); };
  training.warn = [&](const std::string& text) { options.console.warn(text); };
  training.progress = [&](const TrainingProgress& p) {
    batch = p.batch;
    ++trained;
    display.batch(p);
  };
  training.record = [&](const EpochRecord& row) {
    last = row;
    display.epoch(row);
  };
  training.after_epoch = [&](const Model& model, double) {
    if (options.snapshots.empty() || last.epoch % options.snapshot_every != 0) return;
    std::error_code ignored;  // whatever it is, the writing says it
    std::filesystem::create_directories(options.snapshots, ignored);
    write_model(std::filesystem::path(options.snapshots) / fmt::format("epoch-{:04}.npz", last.epoch), model);
  };
  stop_on_signals(options.checkpoint.empty() ? "stopped; nothing was kept"
                                             : "stopped; continue with the same command and --resume");
  auto model = train(recipe, input.data, training);
  exit_on_signals();
  display.end();
  if (!model)
    options.console.print(fmt::format(
        "stopped after batch {}; {}", batch,
        options.checkpoint.empty() ? "nothing was kept" : "continue with the same command and --resume"));
  return model;
}

/// --find-learning-rate: the recipe gets the rate at which trainings begin to part, where there is one.
/// Nothing when stopped.
std::optional<RateSearch> search_rate(const TrainOptions& options, Recipe& recipe,
                                      const TrainingInput& input) {
  check_training_data(recipe, input.data);
  stop_on_signals("stopped; nothing was trained yet");
  try {
    Team team(options.threads, &stop_requested());
    ProgressBar bar("learning rate", 8);
    auto search = find_learning_rate(untrained_model(recipe), input.data,
                                     {.progress = [&](int done, int) { bar.show(done); }}, team);
    recipe.training.learning_rate = search.rate;
    return search;
  } catch (const Stopped&) {
    options.console.print("stopped; nothing was trained yet");
    return std::nullopt;
  }
}

/// Whether classes of few samples are to count as much as others.
bool weighs_classes(const Recipe& recipe) {
  return recipe.training.balanced_classes || !recipe.training.class_weights.empty();
}

/// Options that mean nothing for a driven reservoir, whose read-out is found in one go.
std::vector<std::string> of_epochs(const TrainOptions& options) {
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

int run_train(TrainOptions options) {
  const auto& console = options.console;
  const auto [text, where] = recipe_text_of(options.recipe);
  if (is_driven_recipe(text)) {
    auto settings = options.settings;
    if (options.seed >= 0) settings.push_back(fmt::format("seed={}", options.seed));
    return train_driven({console, options.recipe, text, where, options.output, options.data_dir, settings,
                         of_epochs(options)});
  }
  if (options.epochs >= 0) options.settings.push_back(fmt::format("training.epochs={}", options.epochs));
  if (options.seed >= 0) options.settings.push_back(fmt::format("seed={}", options.seed));
  auto recipe = parse_recipe_for(options.data_dir, text, where, options.settings);
  choose_places(options, recipe);
  spare_checkpoint(options);
  const auto input = load_input(options, recipe);
  const auto& test = input.test;
  std::optional<RateSearch> search;
  if (options.find_rate) {
    search = search_rate(options, recipe, input);
    if (!search) return interrupted;
    console.print(rate_search_text(*search));
    if (!search->found)
      console.warn(fmt::format("no learning rate was found: {}; the recipe's rate is kept", search->why));
  }

  EpochRecord last;
  std::int64_t trained = 0;
  const auto start = std::chrono::steady_clock::now();
  const auto model = train_shown(options, recipe, input, last, trained);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!model) return interrupted;
  write_model(options.output, *model);
  std::error_code ignored;
  if (!options.checkpoint.empty()) std::filesystem::remove(options.checkpoint, ignored);
  const auto samples =
      std::min<std::int64_t>(trained * recipe.training.batch, input.data.size() * recipe.training.epochs);
  const double rate = static_cast<double>(samples) / std::max(seconds, 1e-9);
  const auto evaluation = evaluate_float(*model, test, {.threads = options.threads});
  console.print(fmt::format("{}: {} epochs, {:.1f} s ({} samples/s), test accuracy {} on {} samples",
                            options.output, recipe.training.epochs, seconds,
                            grouped(static_cast<std::int64_t>(rate)), percent(evaluation.accuracy),
                            grouped(test.size())));
  if (weighs_classes(recipe))
    console.print(fmt::format("balanced accuracy {}", percent(evaluation.balanced_accuracy)));
  nlohmann::ordered_json result{{"model", options.output},     {"test_accuracy", evaluation.accuracy},
                                {"test_samples", test.size()}, {"epochs", recipe.training.epochs},
                                {"samples_per_s", rate},       {"seconds", seconds},
                                {"seed", recipe.seed}};
  result["test_balanced_accuracy"] = evaluation.balanced_accuracy;
  if (!options.history.empty()) result["history"] = options.history;
  if (last.epoch > 0) {
    result["loss"] = last.loss;
    result["train_accuracy"] = last.train_accuracy;
    if (input.holdout.size() > 0) result["holdout_accuracy"] = last.holdout_accuracy;
  }
  if (search) result["learning_rate_search"] = rate_search_json(*search);
  result["training_data"] = training_data_json(input.known);
  result["data_matches"] = matches_json(input.data_matches);
  console.result(result);
  return success;
}

}  // namespace

void add_train(CLI::App& app, Body& body) {
  auto options = std::make_shared<TrainOptions>();
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
