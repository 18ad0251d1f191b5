#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "commands.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "recipes.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/contract/error.hpp"

namespace stoic::cli {
namespace {

struct TrainOptions {
  Console console;
  std::string recipe;
  std::string output;
  std::string checkpoint;
  std::string data_dir;
  std::vector<std::string> settings;
  std::int64_t epochs = -1;
  std::int64_t seed = -1;
  int threads = 0;
  bool resume = false;
};

/// Says so before hours of training: the model could not be written.
void require_writable_place(const std::string& output) {
  const auto folder = std::filesystem::absolute(output).parent_path();
  if (!std::filesystem::is_directory(folder))
    throw Error(fmt::format("{}: the folder {} does not exist; create it first", output, folder.string()));
  if (std::filesystem::is_directory(output)) throw Error(fmt::format("{}: is a folder; name a file", output));
}

int run_train(TrainOptions options) {
  const auto& console = options.console;
  if (options.epochs >= 0) options.settings.push_back(fmt::format("training.epochs={}", options.epochs));
  if (options.seed >= 0) options.settings.push_back(fmt::format("seed={}", options.seed));
  const auto recipe = load_recipe(options.recipe, options.settings);
  require_writable_place(options.output);
  if (options.checkpoint.empty()) options.checkpoint = options.output + ".checkpoint";
  const auto data = load_data(recipe, Split::train, options.data_dir);
  const auto test = load_data(recipe, Split::test, options.data_dir);

  stop_on_signals("stopped; continue with the same command and --resume");
  std::int64_t first_batch = -1;
  std::int64_t batches = 0;
  TrainingOptions training{.threads = options.threads,
                           .checkpoint = options.checkpoint,
                           .resume = options.resume,
                           .stop = &stop_requested()};
  training.notice = [&](const std::string& text) { console.print(text); };
  std::optional<ProgressBar> progress;
  training.progress = [&](const TrainingProgress& p) {
    const auto total = p.batches_per_epoch * p.epochs;
    if (!progress) progress.emplace("training", total);
    if (first_batch < 0) first_batch = p.batch - 1;
    batches = p.batch;
    progress->show(p.batch, fmt::format("epoch {} of {}, loss {:.4f}",
                                        std::min(p.epochs, (p.batch - 1) / p.batches_per_epoch + 1), p.epochs,
                                        p.epoch_loss));
  };
  const auto start = std::chrono::steady_clock::now();
  const auto model = train(recipe, data, training);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  progress.reset();
  if (!model) {
    console.print(
        fmt::format("stopped after batch {}; continue with the same command and --resume", batches));
    return interrupted;
  }
  exit_on_signals();
  write_model(options.output, *model);
  std::error_code ignored;
  std::filesystem::remove(options.checkpoint, ignored);
  const auto samples =
      std::min<std::int64_t>((batches - std::max<std::int64_t>(first_batch, 0)) * recipe.training.batch,
                             data.size() * recipe.training.epochs);
  const double rate = static_cast<double>(samples) / std::max(seconds, 1e-9);
  const auto evaluation = evaluate_float(*model, test, {.threads = options.threads});
  console.print(fmt::format("{}: {} epochs, {:.1f} s ({} samples/s), test accuracy {} on {} samples",
                            options.output, recipe.training.epochs, seconds,
                            grouped(static_cast<std::int64_t>(rate)), percent(evaluation.accuracy),
                            grouped(test.size())));
  console.result({{"model", options.output},
                  {"test_accuracy", evaluation.accuracy},
                  {"test_samples", test.size()},
                  {"epochs", recipe.training.epochs},
                  {"samples_per_s", rate},
                  {"seconds", seconds},
                  {"seed", recipe.seed}});
  return success;
}

}  // namespace

void add_train(CLI::App& app, Body& body) {
  auto options = std::make_shared<TrainOptions>();
  auto* command =
      app.add_subcommand("train", "train read-in and read-out around a fixed dynamical system, in float");
  command
      ->add_option("RECIPE", options->recipe,
                   "a .json file, or the name of a built-in recipe: " + recipe_names())
      ->required();
  command->add_option("-o,--output", options->output, "the model to write, a NumPy .npz")
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
  command->add_flag("--resume", options->resume, "continue from the checkpoint of an interrupted training");
  command
      ->add_option("--checkpoint", options->checkpoint,
                   "where to keep it; default: MODEL.npz.checkpoint, removed at the end")
      ->type_name("FILE");
  add_data_dir(*command, options->data_dir);
  add_threads(*command, options->threads);
  add_json(*command, options->console);
  command->footer("Example: stoic train mnist-ffesn -o mnist.npz --data-dir data --seed 2");
  command->callback([options, &body] { body = [options] { return run_train(*options); }; });
}

}  // namespace stoic::cli
