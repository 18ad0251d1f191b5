#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/learning/diverged_error.hpp"
#include "stoic/host/learning/history.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {

/// Throws Error unless a training of this recipe can use the data.
void check_training_data(const Recipe& recipe, const Dataset& data);

/// Factors of the loss of a sample of each class; empty where all are 1.
std::vector<double> loss_weights(const Recipe& recipe, const Dataset& data);

/// Where a training is, after a batch.
struct TrainingProgress {
  std::int64_t batch;              ///< batches done, over the whole training
  std::int64_t batches_per_epoch;  ///< the last batch of an epoch may be smaller
  std::int64_t epochs;
  double epoch_loss;     ///< mean loss over this epoch's batches so far
  double learning_rate;  ///< of this batch
};

struct TrainingOptions {
  int threads = 0;                        ///< 0: all cores; never changes a bit of the result
  std::filesystem::path checkpoint = {};  ///< empty: none
  double checkpoint_seconds = 5;          ///< at the start, then that often, and when stopped
  bool resume = false;                    ///< continue from the checkpoint if there is one
  /// When it becomes true (a signal handler may do that), the training stops within the current batch, or
  /// after it where weights change already.
  const std::atomic<bool>* stop = nullptr;
  std::function<void(const TrainingProgress&)> progress = {};  ///< called after every batch
  /// Starts from this model's weights instead of drawn ones, around its fixed matrices; `start_name` is what
  /// messages call it.
  const Model* start = nullptr;
  std::string start_name = "model";
  const Dataset* holdout = nullptr;                     ///< judged after every epoch
  std::filesystem::path history = {};                   ///< gets history_csv() after every epoch; empty: none
  std::function<void(const EpochRecord&)> record = {};  ///< called after every epoch
  /// Called after that with the network as it is then, and the mean loss of the epoch.
  std::function<void(const Model& model, double loss)> after_epoch = {};
  std::function<void(const std::string&)> notice =
      {};  ///< gets a line where the training starts or resumes, or may be diverging
  std::function<void(const std::string&)> warn = {};  ///< gets a line at the end of a training that diverged
  /// What the model says of its data; nothing: what `data` is, without test data.
  std::optional<TrainingData> training_data = {};
};

/// Trains the recipe's read-in and read-out on `data`, in single precision. The same recipe and data give the
/// same bits, with any number of threads, and whether interrupted and resumed or not.
///
/// Returns nothing when stopped by `options.stop`; the checkpoint then lets `resume` continue. The checkpoint
/// is left where it is: whoever calls removes it once the model is safe. Throws DivergedError when the loss
/// is no longer finite (epoch, batch, remedy), Error when data or `start` do not fit the recipe, and when the
/// checkpoint is damaged or belongs to another recipe, other data or another start. When a checkpoint cannot
/// be written or memory is short, the one before stays.
std::optional<Model> train(const Recipe& recipe, const Dataset& data, const TrainingOptions& options = {});

}  // namespace stoic
