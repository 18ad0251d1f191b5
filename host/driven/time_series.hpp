#pragma once
#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

#include "stoic/host/driven/series_recipe.hpp"

namespace stoic {

/// Steps that belong together and are of one class.
struct Sequence {
  Eigen::Index begin = 0, steps = 0, of_class = 0;
};

/// Values in time: column t is a time step.
struct TimeSeries {
  Eigen::MatrixXd inputs;   ///< [inputs x steps]
  Eigen::MatrixXd targets;  ///< [outputs x steps]: what is to be known once the input of the step is
  std::vector<std::string> input_names = {}, target_names = {};
  /// Where sequences are to be told apart: one after the other. Row c of the targets is 1 in those of class c.
  std::vector<Sequence> sequences = {};
  SeriesRecipe parts;  ///< how it is cut; without zeros
  std::string where;   ///< for messages
  Eigen::Index steps() const { return inputs.cols(); }
  Eigen::MatrixXd test_targets() const { return targets.rightCols(parts.test); }
  /// Those that lie wholly in the test part.
  std::vector<Sequence> test_sequences() const;
};

/// The series of a recipe, all parts of it, generated from `seed` or read; files are looked for in `data_dir`
/// (empty: $STOIC_DATA_DIR) and then as they are named. Throws Error that names file, row and remedy: missing
/// files and columns, values that are no finite number, ragged rows, a series that never varies, a test
/// part whose targets do not, one that is shorter than its parts.
TimeSeries load_series(const SeriesRecipe& recipe, std::uint64_t seed,
                       const std::filesystem::path& data_dir = {});

/// With the path from here of a file that load_series() would not find, but that is in the folder of `file`: a recipe, a model
/// or an image.
SeriesRecipe seen_beside(SeriesRecipe recipe, const std::filesystem::path& file,
                         const std::filesystem::path& data_dir = {});

/// Tells series apart by all that comes before the test part: "11000 steps, fingerprint 0123456789abcdef", the CRC-32 of
/// the inputs, then of the targets, as float32 step after step: last bits depend on the machine that generates a series.
std::string series_mark(const TimeSeries& series);

/// Each from its own random inputs or start; `steps` of them.
///
/// NARMA, u uniform in [0, 1/2], the target is y(t+1):
///   2:  y(t+1) = 0.4 y(t) + 0.4 y(t) y(t-1) + 0.6 u(t)³ + 0.1   (A. F. Atiya, A. G. Parlos, 2000)
///   10: y(t+1) = 0.3 y(t) + 0.05 y(t) Σ_{i=0..9} y(t-i) + 1.5 u(t-9) u(t) + 0.1
///   20: y(t+1) = tanh(0.3 y(t) + 0.05 y(t) Σ_{i=0..19} y(t-i) + 1.5 u(t-19) u(t) + 0.01)
/// Order 10 diverges for few inputs in a million; where it does, the hundred inputs before are drawn anew.
TimeSeries make_narma(int order, Eigen::Index steps, std::uint64_t seed);
/// Sequences of `period` steps, each a period of sin or of its sign by chance (J. Torrejon and others, Nature 547,
/// 428, 2017; Y. Paquot and others, Sci. Rep. 2, 287, 2012). Values where both are the same, as at the crest, do
/// not tell them apart.
TimeSeries make_waves(Eigen::Index period, Eigen::Index steps, std::uint64_t seed);
/// u uniform in [-1, 1]; target k is u(t-k), k = 1 ... delays.
TimeSeries make_memory(Eigen::Index delays, Eigen::Index steps, std::uint64_t seed);
/// dx/dt = 0.2 x(t-τ) / (1 + x(t-τ)^10) - 0.1 x, [1 x steps], every `step`, after a transient of 1000 from a constant
/// past. By RK4 in steps that divide τ, at most 1/20 long, with cubic interpolation of the past.
Eigen::MatrixXd mackey_glass(double tau, double step, Eigen::Index steps, std::uint64_t seed);
/// Lorenz's system of 1963 with 10, 28, 8/3 by a method of order 8; [3 x steps], after a transient.
Eigen::MatrixXd lorenz63(double step, Eigen::Index steps, std::uint64_t seed);
/// x' = 1 - 1.4 x² + y, y' = 0.3 x: x alone, [1 x steps]
Eigen::MatrixXd henon(Eigen::Index steps, std::uint64_t seed);

}  // namespace stoic
