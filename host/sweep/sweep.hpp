#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "stoic/host/model/recipe.hpp"
#include "stoic/host/sweep/grid.hpp"

namespace stoic {

/// The recipe of a name or path as a sweep's file gives it, after "key=value" settings. Throws Error.
using RecipeLoader = std::function<Recipe(const std::string& name, const std::vector<std::string>& settings)>;

/// A grid over any keys of a recipe, of whatever kind that is.
struct SweepGrid {
  std::string name;
  std::string recipe;                 ///< name of a built-in recipe, or a path
  std::vector<std::string> settings;  ///< "key=value", the same for all cells
  std::vector<SweepAxis> axes;        ///< the first runs from left to right in plots, the second upwards
  std::vector<std::uint64_t> seeds;   ///< each cell of the grid is trained with each; none: an axis has them
  std::string base;                   ///< text of the recipe after the settings
  std::vector<std::string> notices;   ///< what was made of the file's values, for people; a line each
};

/// A grid of trainings of a network.
struct Sweep : SweepGrid {
  std::int64_t holdout = 0;          ///< last training samples that judge instead of the test set; 0: none
  double convergence_margin = 5e-4;  ///< of accuracy: an epoch within it of the best one has converged
  /// What an accuracy is read from: "plain", the last epoch and the first one within the margin of the best;
  /// "authors", as the released code of paper 001 has it, the best epoch and the last one within it, and
  /// exponents of inputs without the recipe's input_offset.
  bool authors = false;
  bool ftmle = false;                ///< also finite-time Lyapunov exponents of every trained cell
  std::int64_t ftmle_samples = 500;  ///< of the first judging samples; 0: all
  std::int64_t classes = 0;          ///< of `base`
};

/// A grid of driven reservoirs: each is judged by the measures of its task.
struct SeriesSweep : SweepGrid {
  std::string hw;  ///< the instance that computes the task in fixed point too, a name or a path; empty: none
};

/// The name or path of the recipe that a sweep is of, nothing else being looked at. Throws Error.
std::string swept_recipe(std::string_view json_text, const std::string& where);

/// Reads a sweep. Whatever "grid" and "set" name takes effect or is refused: no key is given twice, in
/// whatever form, and "seed" is an axis, a setting or the list "seeds". Throws Error that names the key and
/// the reason.
///
///     {"recipe": "mnist-ffesn", "seeds": [1, 2, 3], "set": {"training.epochs": 10}, "holdout": 0,
///      "measure": "ftmle", "ftmle_samples": 500, "convention": "plain",
///      "grid": {"spectral_radius": {"from": 0.2, "to": 2.0, "count": 10}, "steps": [1, 2, 5, 10]}}
Sweep parse_sweep(std::string_view json_text, const std::string& where, const RecipeLoader& load);

/// The text, with every key, of a recipe of a name or path after "key=value" settings. Throws Error.
using RecipeTextLoader =
    std::function<std::string(const std::string& name, const std::vector<std::string>& settings)>;

/// The same of a recipe of a driven reservoir. Recipes of all cells are checked, though not whether their series are
/// long enough.
///
///     {"recipe": "narma10-esn", "seeds": [1, 2, 3], "set": {"neurons": 200}, "hw": "default",
///      "grid": {"spectral_radius": [0.6, 0.9, 1.2], "leak": [0.5, 1]}}
SeriesSweep parse_series_sweep(std::string_view json_text, const std::string& where,
                               const RecipeTextLoader& load);

/// The same text for equal sweeps of equal recipes, whatever the order and spelling of the file; the folder
/// of a sweep keeps it.
std::string sweep_text(const Sweep& sweep);

/// Throws Error unless `text`, which a folder keeps, is of this sweep. Texts without a recipe, of earlier
/// versions, are taken. `where` names the folder.
void require_same_sweep(const Sweep& sweep, const std::string& text, const std::string& where);

/// One training of a sweep.
struct SweepCell {
  std::size_t index;                  ///< counts seeds fastest, then the first axis
  std::vector<std::size_t> position;  ///< on each axis
  std::vector<std::string> settings;  ///< of all: those of the sweep, of the position, the seed
  std::string file_name;              ///< "cell-00012.json"
};
std::vector<SweepCell> sweep_cells(const SweepGrid& sweep);

/// Throws Error for the first cell whose recipe is refused, or that names what does not change a training.
void check_cells(const Sweep& sweep, const std::vector<SweepCell>& cells, const RecipeLoader& load);

}  // namespace stoic
