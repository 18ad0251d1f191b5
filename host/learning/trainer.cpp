#include "stoic/host/learning/trainer.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "stoic/host/data/random.hpp"
#include "stoic/host/learning/checkpoint.hpp"
#include "stoic/host/learning/learner.hpp"
#include "stoic/sim/contract/error.hpp"

namespace stoic {
namespace {

using Clock = std::chrono::steady_clock;

void check_data(const Recipe& recipe, const Dataset& data) {
  if (data.size() == 0) throw Error("no training samples; check data.train_samples of the recipe");
  if (data.inputs != recipe.inputs || data.classes > recipe.classes)
    throw Error(
        fmt::format("training data has {} inputs and {} classes, the recipe {} and {}; make them agree",
                    data.inputs, data.classes, recipe.inputs, recipe.classes));
}

std::uint32_t data_checksum(const Dataset& data) {
  const auto crc = ::crc32_z(0, data.pixels.data(), data.pixels.size());
  return static_cast<std::uint32_t>(::crc32_z(crc, data.labels.data(), data.labels.size()));
}

/// Everything that training changes, in a fixed order.
std::vector<Panels<float>*> trained_state(Learner<float>& learner) {
  std::vector<Panels<float>*> result;
  for (auto* part : {&learner.read_in, &learner.read_out})
    for (auto* panels : {&part->weights, &part->first_moment, &part->second_moment}) result.push_back(panels);
  if (learner.convolution.weights.rows() > 0)
    for (auto* panels : {&learner.convolution.weights, &learner.convolution.first_moment,
                         &learner.convolution.second_moment})
      result.push_back(panels);
  for (auto& part : learner.own)
    for (auto* panels : {part.weights, &part.first_moment, &part.second_moment}) result.push_back(panels);
  return result;
}

std::vector<Eigen::MatrixXf> weights_and_moments(Learner<float>& learner) {
  std::vector<Eigen::MatrixXf> matrices;
  for (const auto* panels : trained_state(learner)) matrices.push_back(panels->dense());
  return matrices;
}

void restore_weights(const Checkpoint& checkpoint, Learner<float>& learner,
                     const std::filesystem::path& path) {
  std::size_t next = 0;
  for (auto* panels : trained_state(learner)) {
    const bool fits = next < checkpoint.matrices.size() &&
                      checkpoint.matrices[next].rows() == panels->rows() &&
                      checkpoint.matrices[next].cols() == panels->columns();
    if (!fits) throw Error(fmt::format("{}: malformed checkpoint; train without --resume", path.string()));
    *panels = Panels<float>(checkpoint.matrices[next++]);
  }
  learner.weights_changed();
}

/// The checkpoint to resume from, if there is one; says on `notice` where the training starts.
std::optional<Checkpoint> find_checkpoint(const TrainingOptions& options, const Checkpoint& own) {
  const auto say = [&](const std::string& line) {
    if (options.notice) options.notice(line);
  };
  if (!options.resume) return std::nullopt;
  const std::string name = options.checkpoint.string();
  if (!std::filesystem::exists(options.checkpoint)) {
    say(fmt::format("{}: no checkpoint there; the training starts from the beginning", name));
    return std::nullopt;
  }
  Checkpoint found = read_checkpoint(options.checkpoint);
  if (found.recipe != own.recipe)
    throw Error(fmt::format(
        "{}: checkpoint of another recipe or seed; train with that recipe, or without --resume", name));
  if (found.data_crc != own.data_crc)
    throw Error(fmt::format(
        "{}: checkpoint of a training on other data; use that data, or train without --resume", name));
  say(fmt::format("{}: resuming after {} batches", name, found.batch));
  return found;
}

[[noreturn]] void fail_diverged(const TrainingRecipe& training, std::int64_t epoch, std::int64_t batch,
                                double loss) {
  throw DivergedError(
      fmt::format("training diverged: the loss is {} in epoch {}, batch {}; lower training.learning_rate "
                  "(now {}) or raise training.warmup_batches (now {})",
                  loss, epoch + 1, batch + 1, training.learning_rate, training.warmup_batches));
}

/// Copies the weights to the model; returns whether all are finite.
bool take_weights(const Learner<float>& learner, Model& model) {
  model.W_in = learner.read_in.weights.dense().cast<double>();
  model.W_out = learner.read_out.weights.dense().cast<double>();
  model.W_convolution = learner.convolution.weights.dense().cast<double>();
  bool finite = model.W_in.allFinite() && model.W_out.allFinite() && model.W_convolution.allFinite();
  std::size_t next = 0;
  for (const auto& shape : model.recipe.matrices()) {
    if (!shape.trained) continue;
    auto& matrix = model.matrices.at(shape.name);
    matrix = learner.own[next++].weights->dense().cast<double>();
    finite = finite && matrix.allFinite();
  }
  return finite;
}

std::optional<Model> train_around(Model model, const Dataset& data, const TrainingOptions& options,
                                  Team& team) {
  const Recipe& recipe = model.recipe;
  const TrainingRecipe& training = recipe.training;
  const std::int64_t batch_size = std::min(training.batch, data.size());
  const std::int64_t batches_per_epoch = (data.size() + batch_size - 1) / batch_size;

  Learner<float> learner(recipe, make_system<float>(in_training(recipe.system), model.matrices), team);

  Checkpoint own;
  own.recipe = recipe_text(recipe);
  own.data_crc = data_checksum(data);
  if (const std::optional<Checkpoint> found = find_checkpoint(options, own)) {
    restore_weights(*found, learner, options.checkpoint);
    own.batch = found->batch;
    own.epoch_loss = found->epoch_loss;
  }
  const std::int64_t batches = training.epochs * batches_per_epoch;
  Clock::time_point saved;
  const auto save = [&] {
    if (options.checkpoint.empty()) return;
    own.matrices = weights_and_moments(learner);
    write_checkpoint(options.checkpoint, own);
    saved = Clock::now();
  };
  save();

  std::vector<std::uint32_t> order;
  while (own.batch < batches) {
    const std::int64_t epoch = own.batch / batches_per_epoch;
    const std::int64_t batch = own.batch % batches_per_epoch;
    if (batch == 0) own.epoch_loss = 0;
    if (batch == 0 || order.empty())
      order = random_permutation({recipe.seed, Purpose::shuffle, static_cast<std::uint64_t>(epoch)},
                                 data.labels.size());
    const auto rest = std::span(order).subspan(static_cast<std::size_t>(batch * batch_size));
    const auto samples = rest.first(std::min(static_cast<std::size_t>(batch_size), rest.size()));
    const UpdateRule rule = update_rule(training, own.batch, batches_per_epoch);
    double loss = 0;
    try {
      loss = learner.step(data, samples, static_cast<std::uint64_t>(epoch), rule);
    } catch (const Stopped&) {  // before it changed anything
      save();
      return std::nullopt;
    }
    if (!std::isfinite(loss)) fail_diverged(training, epoch, batch, loss);
    own.batch += 1;
    own.epoch_loss += loss;
    if (options.after_epoch && batch + 1 == batches_per_epoch) {
      if (!take_weights(learner, model)) fail_diverged(training, epoch, batch, std::nan(""));
      options.after_epoch(model, own.epoch_loss / static_cast<double>(batches_per_epoch));
    }
    if (options.progress)
      options.progress({own.batch, batches_per_epoch, training.epochs,
                        own.epoch_loss / static_cast<double>(batch + 1), rule.rate});
    const bool stop = options.stop != nullptr && options.stop->load();
    if (stop || Clock::now() - saved > std::chrono::duration<double>(options.checkpoint_seconds)) save();
    if (stop && own.batch < batches) return std::nullopt;
  }
  if (!take_weights(learner, model))
    fail_diverged(training, training.epochs - 1, batches_per_epoch - 1, std::nan(""));
  return model;
}

}  // namespace

std::optional<Model> train(const Recipe& recipe, const Dataset& data, const TrainingOptions& options) {
  check_data(recipe, data);
  Team team(options.threads, options.stop);
  Model model{.recipe = recipe, .matrices = recipe.draw_matrices()};
  // What the file holds is what is trained around.
  for (auto& [name, matrix] : model.matrices) matrix = matrix.cast<float>().cast<double>();
  try {
    return train_around(std::move(model), data, options, team);
  } catch (const Stopped&) {  // before the first batch
    return std::nullopt;
  }
}

}  // namespace stoic
