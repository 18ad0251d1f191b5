#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stoic/sim/io/json.hpp"

namespace stoic {

/// A task on a time series, and how the series is cut: washout, training, validation (for the choice of the
/// regularisation) and test follow each other in time.
struct SeriesRecipe {
  /// "narma2", "narma10", "narma20": an output that a formula makes of random inputs.
  /// "memory": the inputs of 1 to `delays` steps before.
  /// "mackey-glass", "lorenz63", "henon": the values `horizon` steps ahead; with 1 a free run is possible.
  /// "laser": the same of a measured one, series/santafe-laser.npy in the data folder.
  /// "waves": sequences that are one period of a sine or of a square wave, by chance; which, is to be told.
  /// "files": the columns of files of one's own.
  std::string set;
  std::int64_t washout = 100;   ///< steps that are run before anything is learnt
  std::int64_t train = 0;       ///< steps to learn from; 0 of files: all but the others
  std::int64_t validation = 0;  ///< steps behind them that choose the regularisation; then learnt from too
  std::int64_t test = 0;        ///< steps behind those
  std::int64_t horizon = 1;
  std::int64_t delays = 100;         ///< memory
  double tau = 17;                   ///< mackey-glass
  double step = 1;                   ///< mackey-glass, lorenz63: time from value to value
  bool standardise = false;          ///< values to mean 0 and deviation 1 of washout, training and validation
  std::string path;                  ///< files: a .csv, .npy or .npz
  std::vector<std::string> inputs;   ///< columns (or arrays of the .npz); none: all, but the targets
  std::vector<std::string> targets;  ///< none: the inputs, `horizon` steps ahead
  /// files: the column that has the class of each step's sequence, a number; instead of targets, and then there is
  /// an output for each class, 1 in its sequences and 0 in others.
  std::string classes;
  std::string sequences;       ///< files: the column whose changes begin a sequence; none: the classes'
  std::int64_t period = 8;     ///< waves: steps of a sequence
  std::int64_t free_run = 0;   ///< steps of a run that is fed its own outputs, at the begin of the test part
  std::int64_t free_runs = 1;  ///< how many, evenly from the begin of the test part
  double lyapunov_time = 0;    ///< in values, for times of free runs; 0: unknown
  std::uint64_t seed = 0;      ///< of what is generated; 0: that of the recipe

  /// Whether the outputs are the next inputs.
  bool predicts_itself() const;
  /// Whether sequences are to be told apart.
  bool classifies() const { return set == "waves" || !classes.empty(); }
  std::int64_t steps() const { return washout + train + validation + test; }
};

/// Throws Error.
SeriesRecipe read_series(JsonReader json);
nlohmann::ordered_json series_json(const SeriesRecipe& series);

}  // namespace stoic
