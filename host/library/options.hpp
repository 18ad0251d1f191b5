#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "stoic/host/data/dataset.hpp"

// What the functions of the library have in common: train(), compile(), evaluate(), compare(), cosim().
namespace stoic {

/// Where the data that the recipe of a network names comes from.
struct DataSource {
  std::filesystem::path folder = {};  ///< of data files; empty: $STOIC_DATA_DIR. Generated data needs none
  /// Instead of what the recipe names. Calibration takes samples of the training half.
  std::optional<Dataset> train = {}, test = {};
};

/// Gaussian noise by ratios of variances, signal over noise; nothing: no such noise.
struct NoiseOptions {
  std::optional<double> observation = {};  ///< on what the network reads in, before its dynamics
  std::optional<double> dynamic = {};      ///< on the state after its dynamics, before the read-out
  std::int64_t trial = 0;                  ///< each gives other draws

  bool any() const { return observation || dynamic; }
};

/// What the state that is read out may be off by, root mean square, compared with the continuous system. For
/// dynamics that are integrated in steps.
struct BudgetOptions {
  double budget = 0;         ///< 0: anything
  bool choose_step = false;  ///< take the longest step within the budget, whatever the recipe says
};

/// How far a piece of long work is.
struct WorkProgress {
  std::string name;  ///< of the work: "training", "golden", "word lengths"
  std::int64_t done = 0, all = 0;
  std::string note;   ///< for people; may be empty
  bool over = false;  ///< whether this piece ends with it, well or not
};

/// What functions that take long tell meanwhile. Either may be empty. Both are called by one thread at a time.
struct WorkListener {
  std::function<void(const WorkProgress&)> progress = {};
  /// What the user should know though the work goes on; `warnings` of the result hold the same lines.
  std::function<void(const std::string&)> warn = {};
};

}  // namespace stoic
