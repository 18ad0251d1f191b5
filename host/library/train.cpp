#include "stoic/host/library/train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "stoic/host/analysis/rate_search.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/data/holdout.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/library/work.hpp"
#include "stoic/host/report/text.hpp"
#include "stoic/sim/io/json.hpp"
#include "stoic/sim/io/stopwatch.hpp"

namespace stoic {
namespace {

/// What a training works with.
struct TrainingInput {
  Dataset data, holdout, test;
  TrainingData known;  ///< of all that was loaded, what is held out included
};

Dataset training_half(const TrainOptions& options, const Recipe& recipe, Split split) {
  const auto& given = split == Split::train ? options.data.train : options.data.test;
  return given ? *given : load_data(recipe, split, options.data.folder);
}

TrainingInput training_input(const TrainOptions& options, const Recipe& recipe, Warnings& warnings,
                             TrainResult& result) {
  TrainingInput input{.data = training_half(options, recipe, Split::train),
                      .test = training_half(options, recipe, Split::test)};
  input.known = training_data(recipe, input.data, &input.test);
  if (options.start) {
    auto check = data_check(warnings, options.start_name, options.start->model().training_data);
    check.compare(recipe, Split::train, input.data);
    result.data_matches = check.matches();
  }
  if (options.holdout > 0) {
    input.holdout = hold_out(input.data, options.holdout, "--holdout (TrainOptions::holdout)");
    if (const auto* scaling = input.data.samples.standardisation()) {
      input.known.standardisation = *scaling;
      input.test.samples = input.test.samples.standardised(std::make_shared<const Standardisation>(*scaling));
    }
  }
  return input;
}

void write_snapshot(const TrainOptions& options, const Model& model, std::int64_t epoch) {
  if (options.snapshots.empty() || epoch % std::max<std::int64_t>(options.snapshot_every, 1) != 0) return;
  std::error_code ignored;  // whatever it is, the writing says it
  std::filesystem::create_directories(options.snapshots, ignored);
  write_model(options.snapshots / fmt::format("epoch-{:04}.npz", epoch), model);
}

/// Nothing when stopped. `trained` counts the batches of this run, result.batches those of the whole training.
std::optional<Model> train_shown(const Recipe& recipe, const TrainingInput& input,
                                 const TrainOptions& options, Warnings& warnings, TrainResult& result,
                                 std::int64_t& trained) {
  std::unique_ptr<Work> work;  // from the first batch on
  TrainingOptions training{.threads = options.threads,
                           .checkpoint = options.checkpoint,
                           .resume = options.resume,
                           .stop = options.stop,
                           .start = options.start ? &options.start->model() : nullptr,
                           .start_name = options.start_name,
                           .holdout = input.holdout.size() > 0 ? &input.holdout : nullptr,
                           .history = options.history,
                           .notice = options.notice,
                           .warn = [&](const std::string& text) { warnings.add(text); },
                           .training_data = input.known};
  training.progress = [&](const TrainingProgress& p) {
    result.batches = p.batch;
    ++trained;
    if (!work) work = std::make_unique<Work>(options.listener, "training", p.batches_per_epoch * p.epochs);
    work->show(p.batch, fmt::format("epoch {} of {}, loss {:.4f}",
                                    std::min(p.epochs, (p.batch - 1) / p.batches_per_epoch + 1), p.epochs,
                                    p.epoch_loss));
  };
  training.record = [&](const EpochRecord& row) {
    result.history.push_back(row);
    if (options.epoch) options.epoch(row);
  };
  training.after_epoch = [&](const Model& model, double) {
    write_snapshot(options, model, result.history.empty() ? 0 : result.history.back().epoch);
  };
  return train(recipe, input.data, training);
}

/// The recipe gets the rate at which trainings begin to part, where there is one.
void search_rate(Recipe& recipe, const TrainingInput& input, const TrainOptions& options, Warnings& warnings,
                 TrainResult& result) {
  check_training_data(recipe, input.data);
  if (options.loaded) options.loaded(true);
  try {
    Team team(options.threads, options.stop);
    RateSearchTask task;
    Work work(options.listener, "learning rate", task.probes);
    task.progress = [&work](int done, int) { work.show(done); };
    const auto search = find_learning_rate(untrained_model(recipe), input.data, task, team);
    recipe.training.learning_rate = search.rate;
    result.learning_rate_search = json_text(rate_search_json(search));
    if (options.notice) options.notice(rate_search_text(search));
    if (!search.found)
      warnings.add(fmt::format("no learning rate was found: {}; the recipe's rate is kept", search.why));
  } catch (const Stopped&) {
    result.stopped_searching = true;
  }
}

}  // namespace

TrainResult train(std::string_view recipe, const TrainOptions& options) {
  return train(parse_recipe(recipe, "the recipe"), options);
}

TrainResult train(const Recipe& given, const TrainOptions& options) {
  auto recipe = given;
  TrainResult result{.epochs = recipe.training.epochs,
                     .seed = recipe.seed,
                     .balanced = recipe.training.balanced_classes || !recipe.training.class_weights.empty(),
                     .history_file = options.history,
                     .name = options.name};
  Warnings warnings(options.listener);
  const auto input = training_input(options, recipe, warnings, result);
  if (options.find_learning_rate) search_rate(recipe, input, options, warnings, result);
  result.warnings = warnings.all();
  if (result.stopped_searching) return result;
  if (options.loaded) options.loaded(false);
  std::int64_t trained = 0;
  const Stopwatch watch;
  auto model = train_shown(recipe, input, options, warnings, result, trained);
  result.seconds = watch.seconds();
  result.training_data = json_text(training_data_json(input.known));
  if (options.trained) options.trained();
  result.warnings = warnings.all();
  if (!model) return result;
  if (!options.output.empty()) write_model(options.output, *model);
  std::error_code ignored;
  if (!options.output.empty() && !options.checkpoint.empty())
    std::filesystem::remove(options.checkpoint, ignored);
  const auto samples =
      std::min<std::int64_t>(trained * recipe.training.batch, input.data.size() * recipe.training.epochs);
  result.samples_per_s = static_cast<double>(samples) / std::max(result.seconds, 1e-9);
  const auto evaluation = evaluate_float(*model, input.test, {.threads = options.threads});
  result.test_accuracy = evaluation.accuracy;
  result.test_balanced_accuracy = evaluation.balanced_accuracy;
  result.test_samples = input.test.size();
  result.network = Network(std::make_shared<const Model>(*std::move(model)));
  return result;
}

std::string TrainResult::print() const {
  auto text = fmt::format("{}: {} epochs, {:.1f} s ({} samples/s), test accuracy {} on {} samples", name,
                          epochs, seconds, grouped(static_cast<std::int64_t>(samples_per_s)),
                          percent(test_accuracy), grouped(test_samples));
  if (balanced) text += fmt::format("\nbalanced accuracy {}", percent(test_balanced_accuracy));
  return text;
}

nlohmann::ordered_json TrainResult::json() const {
  nlohmann::ordered_json json{
      {"model", name},    {"test_accuracy", test_accuracy}, {"test_samples", test_samples},
      {"epochs", epochs}, {"samples_per_s", samples_per_s}, {"seconds", seconds},
      {"seed", seed}};
  json["test_balanced_accuracy"] = test_balanced_accuracy;
  if (!history_file.empty()) json["history"] = history_file.string();
  if (!history.empty()) {
    const auto& last = history.back();
    json["loss"] = last.loss;
    json["train_accuracy"] = last.train_accuracy;
    if (last.holdout_accuracy == last.holdout_accuracy) json["holdout_accuracy"] = last.holdout_accuracy;
  }
  if (!learning_rate_search.empty())
    json["learning_rate_search"] = parse_ordered_json(learning_rate_search, "learning_rate_search");
  json["training_data"] = parse_ordered_json(training_data, "training_data");
  json["data_matches"] = matches_json(data_matches);
  json["warnings"] = warnings;
  return json;
}

}  // namespace stoic
