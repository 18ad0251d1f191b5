#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stoic {

/// One key of the recipe and the values that it takes.
struct SweepAxis {
  std::string key;                     ///< dotted, as in --set
  std::vector<nlohmann::json> values;  ///< numbers, texts or lists
};

/// A grid of trainings over any keys of a recipe.
struct Sweep {
  std::string name;
  std::string recipe;                 ///< name of a built-in recipe, or a path
  std::vector<std::string> settings;  ///< "key=value", the same for all cells
  std::vector<SweepAxis> axes;        ///< the first runs from left to right in heat maps, the second upwards
  std::vector<std::uint64_t> seeds;   ///< each cell of the grid is trained with each of them
  std::int64_t holdout = 0;           ///< last training samples that judge instead of the test set; 0: none
  double convergence_margin = 5e-4;   ///< of accuracy: an epoch within it of the best one has converged
};

/// Reads a sweep. Throws Error that names the key and the reason.
///
///     {"recipe": "mnist-ffesn", "seeds": [1, 2, 3], "set": {"training.epochs": 10}, "holdout": 0,
///      "grid": {"spectral_radius": {"from": 0.2, "to": 2.0, "count": 10}, "steps": [1, 2, 5, 10]}}
Sweep parse_sweep(std::string_view json_text, const std::string& where);

/// The same text for equal sweeps, whatever the order and spelling of the file; the folder of a sweep keeps
/// it.
std::string sweep_text(const Sweep& sweep);

/// One training of a sweep.
struct SweepCell {
  std::size_t index;                  ///< counts seeds fastest, then the first axis
  std::vector<std::size_t> position;  ///< on each axis
  std::uint64_t seed;
  std::vector<std::string> settings;  ///< of all: those of the sweep, of the position, the seed
  std::string file_name;              ///< "cell-00012.json"
};
std::vector<SweepCell> sweep_cells(const Sweep& sweep);

/// What a cell's file holds. Nothing in it depends on time or machine load, so that equal cells are equal
/// files.
struct CellResult {
  std::vector<double> accuracy;  ///< after each epoch, on the judging samples
  std::vector<double> loss;      ///< mean of each epoch
  std::string diverged;          ///< the message, when the training did; then there may be fewer epochs
  /// The first epoch, from 1, whose accuracy is within `margin` of the best one; 0 without any.
  std::int64_t epoch_of_convergence(double margin) const;
};
std::string cell_text(const SweepCell& cell, const Sweep& sweep, const CellResult& result);
/// Throws Error when the file is not that of this cell.
CellResult read_cell(const std::filesystem::path& file, const SweepCell& cell, const Sweep& sweep);

}  // namespace stoic
