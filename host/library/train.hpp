#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stoic/host/learning/epoch_record.hpp"
#include "stoic/host/library/network.hpp"
#include "stoic/host/library/options.hpp"

namespace stoic {

/// What `stoic train` takes. Files that are not named are not written.
struct TrainOptions {
  DataSource data = {};
  std::int64_t holdout = 0;  ///< last training samples that judge after every epoch and train nothing
  /// Before training, look for the learning rate at which trainings begin to part, and take it.
  bool find_learning_rate = false;
  std::optional<Network> start = {};      ///< its weights instead of drawn ones, around its fixed matrices
  std::string start_name = "network";     ///< in messages
  std::filesystem::path output = {};      ///< gets the network as .npz, before anything is judged
  std::filesystem::path checkpoint = {};  ///< kept while training; removed when `output` is written
  bool resume = false;                    ///< go on from the checkpoint, if there is one
  std::filesystem::path history = {};     ///< gets a row of CSV for every epoch
  std::filesystem::path snapshots = {};   ///< a folder that gets the network after epochs
  std::int64_t snapshot_every = 1;
  int threads = 0;  ///< 0: all cores; changes no bit
  /// When it becomes true, the training stops within the current batch.
  const std::atomic<bool>* stop = nullptr;
  std::function<void(const EpochRecord&)> epoch = {};  ///< called after every epoch
  /// Gets a line where the training starts or resumes, or may be diverging.
  std::function<void(const std::string&)> notice = {};
  std::function<void(bool searching)> loaded =
      {};  ///< called when the training begins, and before it when a rate is looked for
  std::function<void()> trained = {};  ///< called when it is over, stopped or not
  std::string name = "the network";    ///< in what is printed
  WorkListener listener = {};
};

/// A trained network, judged on its test data.
struct TrainResult {
  std::optional<Network> network;  ///< nothing when it was stopped; then most of what follows is empty
  std::int64_t batches = 0;        ///< done, of the whole training
  std::vector<EpochRecord> history;
  double test_accuracy = 0, test_balanced_accuracy = 0;
  std::int64_t test_samples = 0;
  std::int64_t epochs = 0;  ///< of the recipe
  double seconds = 0, samples_per_s = 0;
  std::uint64_t seed = 0;          ///< of the recipe
  bool stopped_searching = false;  ///< while a learning rate was looked for; nothing was trained then
  std::string
      learning_rate_search;  ///< of find_learning_rate, what was found, as JSON text; empty: not asked
  bool balanced = false;     ///< whether classes of few samples count as much as others
  std::filesystem::path history_file;
  std::string training_data;         ///< what it was trained on, with fingerprints, as JSON text
  std::optional<bool> data_matches;  ///< whether that is the data of `start`; nothing: not known
  std::string name;
  std::vector<std::string> warnings;

  /// For people, as `stoic train` prints it.
  std::string print() const;
  /// As `stoic train --json` has it.
  nlohmann::ordered_json json() const;
};

/// Trains a recipe (JSON text, see read_recipe()) on the data that it names. The same recipe and data give
/// the same bits, with any number of threads, and whether interrupted and resumed or not. Throws Error for
/// a training that diverges, and as load_data() does.
TrainResult train(std::string_view recipe, const TrainOptions& options = {});
/// The same of a recipe in the library's own form; its header is not installed.
TrainResult train(const Recipe& recipe, const TrainOptions& options = {});

}  // namespace stoic
