#include "stoic/host/learning/trainer.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/learning/checkpoint.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/learner.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/stopwatch.hpp"

namespace stoic {
namespace {

std::uint32_t data_checksum(const Dataset& data) {
  const auto bytes =
      data.samples.are_real() ? std::as_bytes(data.samples.values()) : std::as_bytes(data.samples.bytes());
  const auto crc = ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return static_cast<std::uint32_t>(::crc32_z(crc, data.labels.data(), data.labels.size()));
}

/// Everything that training changes, in a fixed order.
std::vector<Panels<float>*> trained_state(Learner<float>& learner) {
  std::vector<Panels<float>*> result;
  for (auto* part : {&learner.read_in, &learner.read_out})
    for (auto* panels : {&part->weights, &part->first_moment, &part->second_moment}) result.push_back(panels);
  for (auto& layer : learner.convolutions)
    for (auto* panels : {&layer.weights, &layer.first_moment, &layer.second_moment}) result.push_back(panels);
  if (learner.read_in_bias.weights.rows() > 0)
    for (auto* panels : {&learner.read_in_bias.weights, &learner.read_in_bias.first_moment,
                         &learner.read_in_bias.second_moment})
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
    if (!fits)
      throw Error(fmt::format(
          "{}: malformed checkpoint; delete it, or train with --restart (TrainOptions::resume = false)",
          path.string()));
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
    throw Error(
        fmt::format("{}: checkpoint of another recipe or seed; train with that recipe, or anew with "
                    "--restart (TrainOptions::resume = false)",
                    name));
  if (found.data_crc != own.data_crc)
    throw Error(
        fmt::format("{}: checkpoint of a training on other data; use that data, or train anew with --restart "
                    "(TrainOptions::resume = false)",
                    name));
  if (found.start_crc != own.start_crc)
    throw Error(
        fmt::format("{}: checkpoint of a training that started from other weights; give the same --init "
                    "(TrainOptions::start), or train "
                    "anew with --restart (TrainOptions::resume = false)",
                    name));
  say(fmt::format("{}: resuming after {} batches", name, found.batch));
  return found;
}

void require_shape(const std::string& where, const std::string& name, const Eigen::MatrixXd& given,
                   Eigen::Index rows, Eigen::Index columns) {
  if (given.rows() != rows || given.cols() != columns)
    throw Error(fmt::format(
        "{}: {} is [{} x {}], but the recipe needs [{} x {}]; start from a model of the same shapes", where,
        name, given.rows(), given.cols(), rows, columns));
}

/// Throws Error unless the model has every matrix of a network of that recipe.
void require_shapes(const Model& start, const std::string& where, const Recipe& recipe) {
  if (start.recipe.dynamics() != recipe.dynamics())
    throw Error(fmt::format("{}: its dynamics are {}, the recipe's {}; start from a model of the same system",
                            where, start.recipe.dynamics(), recipe.dynamics()));
  const bool read_in = recipe.has_read_in();
  require_shape(where, "W_in", start.W_in, read_in ? recipe.neurons() : 0,
                read_in ? recipe.read_in_columns() : 0);
  require_shape(where, "b_in", start.b_in, recipe.read_in_bias ? recipe.neurons() : 0, 1);
  if (start.convolutions.size() != recipe.convolutions.size())
    throw Error(fmt::format("{}: has {} convolutions, the recipe {}; start from a model of the same shapes",
                            where, start.convolutions.size(), recipe.convolutions.size()));
  for (std::size_t k = 0; k < start.convolutions.size(); ++k)
    require_shape(where, convolution_name(k), start.convolutions[k], recipe.convolutions[k].filters,
                  recipe.convolutions[k].patch() + 1);
  for (const auto& shape : recipe.matrices()) {
    const auto found = start.matrices.find(shape.name);
    if (found == start.matrices.end())
      throw Error(fmt::format("{}: has no {}; start from a model of the same system", where, shape.name));
    require_shape(where, shape.name, found->second, shape.rows, shape.columns);
  }
  require_shape(where, "W_out", start.W_out, recipe.classes, recipe.last_neurons() + 1);
}

/// Trains on from the model's weights; those of the system itself it has from the model already.
void start_from(const Model& start, Learner<float>& learner) {
  if (start.W_in.size() > 0)
    learner.read_in.weights = Panels<float>(Eigen::MatrixXf(start.W_in.cast<float>()));
  if (start.b_in.size() > 0)
    learner.read_in_bias.weights = Panels<float>(Eigen::MatrixXf(start.b_in.cast<float>()));
  for (std::size_t k = 0; k < start.convolutions.size(); ++k)
    learner.convolutions[k].weights = Panels<float>(Eigen::MatrixXf(start.convolutions[k].cast<float>()));
  learner.read_out.weights = Panels<float>(Eigen::MatrixXf(start.W_out.cast<float>()));
  learner.weights_changed();
}

/// Root mean square of all weights that are trained.
double size_of_weights(Learner<float>& learner) {
  double squares = 0, count = 0;
  const auto add = [&](const Panels<float>& weights) {
    const Eigen::MatrixXf dense = weights.dense();
    squares += dense.cast<double>().squaredNorm();
    count += static_cast<double>(dense.size());
  };
  for (const auto* weights :
       {&learner.read_in.weights, &learner.read_in_bias.weights, &learner.read_out.weights})
    if (weights->columns() > 0) add(*weights);
  for (const auto& layer : learner.convolutions) add(layer.weights);
  for (const auto& own : learner.own) add(*own.weights);
  return std::sqrt(squares / std::max(count, 1.0));
}

[[noreturn]] void fail_diverged(const TrainingRecipe& training, std::int64_t epoch, std::int64_t batch,
                                double loss) {
  throw DivergedError(
      fmt::format("training diverged: the loss is {} in epoch {}, batch {}; lower training.learning_rate "
                  "(now {}) or raise training.warmup_batches (now {})",
                  loss, epoch + 1, batch + 1, training.learning_rate, training.warmup_batches));
}

/// A training between its first batch, or the one where it resumes, and its last.
class Training {
 public:
  Training(Model model, const Dataset& data, const TrainingOptions& options, Team& team);
  /// Nothing when stopped.
  std::optional<Model> run();

 private:
  std::int64_t epochs_done() const { return state_.batch / batches_per_epoch_; }
  /// One batch. Throws Stopped before it has changed anything.
  void step();
  /// Judges the network after an epoch. Throws Stopped before the epoch is on record.
  void finish_epoch();
  void judge(const EpochRecord& row);
  void save();

  Model model_;
  const Dataset& data_;
  const TrainingOptions& options_;
  std::int64_t batch_size_, batches_per_epoch_, batches_;
  Learner<float> learner_;
  double first_size_;  ///< of the weights
  Checkpoint state_;   ///< all but its matrices, which are the learner's
  bool noticed_ = false;
  Stopwatch saved_;  // since the last checkpoint
  std::vector<std::uint32_t> order_;
};

Training::Training(Model model, const Dataset& data, const TrainingOptions& options, Team& team)
    : model_(std::move(model)),
      data_(data),
      options_(options),
      batch_size_(std::min(model_.recipe.training.batch, data.size())),
      batches_per_epoch_((data.size() + batch_size_ - 1) / batch_size_),
      batches_(model_.recipe.training.epochs * batches_per_epoch_),
      learner_(model_.recipe, make_system<float>(in_training(model_.recipe.system), model_.matrices), team) {
  learner_.class_weights = loss_weights(model_.recipe, data);
  if (options.start != nullptr) start_from(*options.start, learner_);
  first_size_ = size_of_weights(learner_);
  state_.recipe = recipe_text(model_.recipe);
  state_.data_crc = data_checksum(data);
  state_.start_crc = weights_checksum(options.start);
  if (std::optional<Checkpoint> found = find_checkpoint(options, state_)) {
    restore_weights(*found, learner_, options.checkpoint);
    found->matrices.clear();
    state_ = std::move(*found);
    if (!options.history.empty()) write_file_atomically(options.history, history_csv(state_.history));
  }
}

void Training::save() {
  if (options_.checkpoint.empty()) return;
  state_.matrices = weights_and_moments(learner_);
  write_checkpoint(options_.checkpoint, state_);
  state_.matrices.clear();
  saved_ = {};
}

void Training::step() {
  const Recipe& recipe = model_.recipe;
  const std::int64_t epoch = epochs_done(), batch = state_.batch % batches_per_epoch_;
  if (batch == 0) {
    state_.epoch_loss = 0;
    state_.epoch_right = 0;
    state_.epoch_seconds = 0;
  }
  if (batch == 0 || order_.empty())
    order_ = random_permutation({recipe.seed, Purpose::shuffle, static_cast<std::uint64_t>(epoch)},
                                data_.labels.size());
  const auto rest = std::span(order_).subspan(static_cast<std::size_t>(batch * batch_size_));
  const auto samples = rest.first(std::min(static_cast<std::size_t>(batch_size_), rest.size()));
  const UpdateRule rule = update_rule(recipe.training, state_.batch, batches_per_epoch_);
  const Stopwatch watch;
  const double loss = learner_.step(data_, samples, static_cast<std::uint64_t>(epoch), rule);
  if (!std::isfinite(loss)) fail_diverged(recipe.training, epoch, batch, loss);
  state_.batch += 1;
  state_.epoch_loss += loss;
  state_.epoch_right += learner_.right();
  state_.epoch_seconds += watch.seconds();
  if (options_.progress)
    options_.progress({state_.batch, batches_per_epoch_, recipe.training.epochs,
                       state_.epoch_loss / static_cast<double>(batch + 1), rule.rate});
}

void Training::finish_epoch() {
  const TrainingRecipe& training = model_.recipe.training;
  EpochRecord row{
      .epoch = epochs_done(),
      .loss = state_.epoch_loss / static_cast<double>(batches_per_epoch_),
      .train_accuracy = static_cast<double>(state_.epoch_right) / static_cast<double>(data_.size()),
      .learning_rate = update_rule(training, state_.batch - 1, batches_per_epoch_).rate,
      .seconds = state_.epoch_seconds};
  if (!take_weights(learner_, model_))
    fail_diverged(training, row.epoch - 1, batches_per_epoch_ - 1, std::nan(""));
  if (options_.holdout != nullptr) {
    const auto decided = decisions(
        logits(model_, options_.holdout->samples, {.threads = options_.threads, .stop = options_.stop}));
    std::int64_t right = 0;
    for (std::size_t i = 0; i < decided.size(); ++i) right += decided[i] == options_.holdout->labels[i];
    row.holdout_accuracy = static_cast<double>(right) / static_cast<double>(decided.size());
  }
  state_.history.push_back(row);
  if (!options_.history.empty()) write_file_atomically(options_.history, history_csv(state_.history));
  judge(row);
  if (options_.record) options_.record(row);
  if (options_.after_epoch) options_.after_epoch(model_, row.loss);
}

/// Says once, while the training goes on, that it may be diverging; at its end, whether it did.
void Training::judge(const EpochRecord& row) {
  const double growth = size_of_weights(learner_) / std::max(first_size_, 1e-30);
  const double first_loss = state_.history.front().loss;
  if (row.epoch == model_.recipe.training.epochs) {
    const auto warning = divergence_warning(model_.recipe, row, growth, first_loss);
    if (options_.warn && !warning.empty()) options_.warn(warning);
  } else if (row.epoch > 1 && !noticed_) {  // the first epoch begins with weights that know nothing
    const auto notice = divergence_notice(model_.recipe, row, growth, first_loss);
    noticed_ = !notice.empty();
    if (options_.notice && noticed_) options_.notice(notice);
  }
}

std::optional<Model> Training::run() {
  save();
  const auto stopped = [&] { return options_.stop != nullptr && options_.stop->load(); };
  try {
    for (;;) {
      if (epochs_done() > static_cast<std::int64_t>(state_.history.size())) finish_epoch();
      if (state_.batch == batches_) break;
      if (stopped()) throw Stopped();
      if (saved_.seconds() > options_.checkpoint_seconds) save();
      step();
    }
  } catch (const Stopped&) {
    save();
    return std::nullopt;
  }
  if (!take_weights(learner_, model_))
    fail_diverged(model_.recipe.training, model_.recipe.training.epochs - 1, batches_per_epoch_ - 1,
                  std::nan(""));
  return model_;
}

}  // namespace

void check_training_data(const Recipe& recipe, const Dataset& data) {
  if (data.size() == 0) throw Error("no training samples; check data.train_samples of the recipe");
  if (data.inputs != recipe.inputs || data.classes > recipe.classes)
    throw Error(
        fmt::format("training data has {} inputs and {} classes, the recipe {} and {}; make them agree",
                    data.inputs, data.classes, recipe.inputs, recipe.classes));
  if (recipe.training.pixel_noise > 0 && data.samples.are_real())
    throw Error(
        "training.pixel_noise replaces bytes by random greys, and this data has real values; remove it, "
        "or take training.input_noise");
}

std::vector<double> loss_weights(const Recipe& recipe, const Dataset& data) {
  if (!recipe.training.balanced_classes) return recipe.training.class_weights;
  std::vector<double> weights(static_cast<std::size_t>(recipe.classes), 0);
  for (const auto label : data.labels) weights[label] += 1;
  const auto mean = static_cast<double>(data.size()) / static_cast<double>(recipe.classes);
  for (double& weight : weights) weight = weight > 0 ? mean / weight : 0;
  return weights;
}

std::optional<Model> train(const Recipe& recipe, const Dataset& data, const TrainingOptions& options) {
  check_training_data(recipe, data);
  if (options.start != nullptr) require_shapes(*options.start, options.start_name, recipe);
  Team team(options.threads, options.stop);
  Model model{.recipe = recipe,
              .matrices = options.start != nullptr ? options.start->matrices : recipe.draw_matrices()};
  model.training_data = options.training_data ? options.training_data : training_data(recipe, data);
  // What the file holds is what is trained around.
  for (auto& [name, matrix] : model.matrices) matrix = matrix.cast<float>().cast<double>();
  try {
    return Training(std::move(model), data, options, team).run();
  } catch (const Stopped&) {  // before the first batch
    return std::nullopt;
  }
}

}  // namespace stoic
