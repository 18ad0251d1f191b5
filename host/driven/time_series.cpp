#include "stoic/host/driven/time_series.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>

#include "stoic/host/data/column.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/data/files.hpp"
#include "stoic/host/data/number_array.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Names = std::vector<std::string>;

/// Series in time, with their names.
struct Tracks {
  MatrixXd values;  ///< [names x steps]
  Names names;
};

Tracks tracks_of(const std::vector<Column>& columns) {
  Tracks tracks;
  const auto steps = columns.empty() ? Index{0} : std::ssize(columns.front().values);
  tracks.values.resize(std::ssize(columns), steps);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    tracks.names.push_back(columns[c].name);
    for (Index t = 0; t < steps; ++t)
      tracks.values(static_cast<Index>(c), t) = columns[c].values[static_cast<std::size_t>(t)];
  }
  return tracks;
}

/// Arrays [steps] or [steps, several] of a .npz, one below the other.
Tracks npz_tracks(const NpzReader& file, const std::string& path, const Names& arrays,
                  const std::string& key) {
  std::vector<Column> columns;
  for (const auto& name : arrays) {
    const auto array = read_numbers(file, path, name, key);
    if (array.shape.empty() || array.shape.size() > 2)
      throw Error(fmt::format("{}: has {} dimensions; a series is [steps] or [steps, columns]", array.where,
                              array.shape.size()));
    const auto width = static_cast<std::size_t>(array.shape.size() == 2 ? array.shape[1] : 1),
               steps = static_cast<std::size_t>(array.shape[0]);
    for (std::size_t c = 0; c < width; ++c) {
      Column column{path, width > 1 ? fmt::format("{}[{}]", name, c) : name, {}};
      for (std::size_t t = 0; t < steps; ++t) column.values.push_back(array[t * width + c]);
      columns.push_back(std::move(column));
    }
  }
  for (const auto& column : columns)
    if (column.values.size() != columns.front().values.size())
      throw Error(fmt::format("{}: \"{}\" has {} steps, \"{}\" {}; give all the same", path, column.name,
                              column.values.size(), columns.front().name, columns.front().values.size()));
  return tracks_of(columns);
}

void require_usable(const Tracks& tracks, const std::string& where) {
  for (Index c = 0; c < tracks.values.rows(); ++c) {
    const auto& name = tracks.names[static_cast<std::size_t>(c)];
    for (Index t = 0; t < tracks.values.cols(); ++t)
      if (!std::isfinite(tracks.values(c, t)))
        throw Error(fmt::format("{}: column \"{}\", value {}: is {}; fill the gap, or cut the series there",
                                where, name, t + 1, tracks.values(c, t)));
    if (tracks.values.cols() > 0 && tracks.values.row(c).minCoeff() == tracks.values.row(c).maxCoeff())
      throw Error(
          fmt::format("{}: column \"{}\" is {} at every step: there is nothing to learn; leave it out", where,
                      name, tracks.values(c, 0)));
  }
}

/// Columns without those that are named.
Names all_but(const Names& all, const Names& without) {
  Names result;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (std::find(without.begin(), without.end(), all[i]) == without.end() &&
        std::find(without.begin(), without.end(), fmt::format("{}", i + 1)) == without.end())
      result.push_back(all[i]);
  return result;
}

/// The rows of both, as many steps as there are.
TimeSeries joined(Tracks inputs, std::optional<Tracks> targets, Index horizon, const std::string& where) {
  require_usable(inputs, where);
  if (inputs.values.rows() == 0)
    throw Error(fmt::format("{}: no column is left as an input; name some as data.inputs", where));
  TimeSeries series{.where = where};
  series.input_names = inputs.names;
  if (targets) {
    require_usable(*targets, where);
    series.inputs = std::move(inputs.values);
    series.targets = std::move(targets->values);
    series.target_names = targets->names;
    if (series.targets.cols() != series.inputs.cols())
      throw Error(fmt::format("{}: inputs have {} steps, targets {}; give both the same", where,
                              series.inputs.cols(), series.targets.cols()));
    return series;
  }
  const Index steps = std::max<Index>(inputs.values.cols() - horizon, 0);
  series.targets = inputs.values.rightCols(steps);
  series.inputs = inputs.values.leftCols(steps);
  series.target_names = inputs.names;
  return series;
}

TimeSeries read_files(const SeriesRecipe& recipe, const std::filesystem::path& data_dir) {
  const auto path = find_data_file(recipe.path, data_dir, "data.path").string();
  std::optional<Tracks> targets;
  if (path.ends_with(".npz")) {
    const NpzReader file{std::filesystem::path(path)};
    if (!recipe.targets.empty()) targets = npz_tracks(file, path, recipe.targets, "data.targets");
    const auto names = recipe.inputs.empty() ? all_but(file.names(), recipe.targets) : recipe.inputs;
    return joined(npz_tracks(file, path, names, "data.inputs"), targets, recipe.horizon, path);
  }
  if (!recipe.targets.empty()) targets = tracks_of(read_columns(path, recipe.targets));
  auto names = recipe.inputs;
  if (names.empty() && targets) {
    Names all;
    for (const auto& column : read_columns(path, {})) all.push_back(column.name);
    names = all_but(all, recipe.targets);
    if (names.empty())
      throw Error(fmt::format("{}: every column is a target; name one as data.inputs", path));
  }
  return joined(tracks_of(read_columns(path, names)), targets, recipe.horizon, path);
}

TimeSeries itself(const MatrixXd& values, const SeriesRecipe& recipe) {
  Names names{"x", "y", "z"};
  names.resize(static_cast<std::size_t>(values.rows()));
  return joined({values, names}, {}, recipe.horizon, recipe.set);
}

TimeSeries read_laser(const SeriesRecipe& recipe, const std::filesystem::path& data_dir) {
  const auto path = find_data_file("series/santafe-laser.npy", data_dir, "data.set").string();
  auto tracks = tracks_of(read_columns(path, {"1"}));
  tracks.names = {"intensity"};
  return joined(std::move(tracks), {}, recipe.horizon, path);
}

TimeSeries generate(const SeriesRecipe& recipe, std::uint64_t seed) {
  const auto steps = recipe.steps();
  if (recipe.set == "memory") return make_memory(recipe.delays, steps, seed);
  if (recipe.set == "narma2") return make_narma(2, steps, seed);
  if (recipe.set == "narma10") return make_narma(10, steps, seed);
  if (recipe.set == "narma20") return make_narma(20, steps, seed);
  const auto more = steps + recipe.horizon;
  if (recipe.set == "lorenz63") return itself(lorenz63(recipe.step, more, seed), recipe);
  if (recipe.set == "henon") return itself(henon(more, seed), recipe);
  return itself(mackey_glass(recipe.tau, recipe.step, more, seed), recipe);
}

/// What the recipe leaves to the file: a fifth for testing, a tenth for validation, the rest to learn from.
void choose_parts(SeriesRecipe& parts, Index steps, const std::string& where) {
  if (parts.test == 0) parts.test = steps / 5;
  if (parts.validation == 0 && parts.train == 0) parts.validation = steps / 10;
  const auto others = parts.washout + parts.validation + parts.test;
  if (parts.train == 0) parts.train = std::max<std::int64_t>(steps - others, 0);
  constexpr std::int64_t fewest = 2;
  if (parts.train < fewest || parts.test < fewest || parts.steps() > steps)
    throw Error(
        fmt::format("{}: has {} steps, too few for data.washout {}, train {}, validation {} and test {}; "
                    "make them shorter, or "
                    "give a longer series",
                    where, steps, parts.washout, std::max(parts.train, fewest), parts.validation,
                    std::max(parts.test, fewest)));
  if (parts.free_run > 0 && parts.free_run + parts.free_runs - 1 > parts.test)
    throw Error(
        fmt::format("{}: data.free_run {} of {} steps do not fit into the {} steps of the test; ask for less",
                    where, parts.free_runs, parts.free_run, parts.test));
}

/// An error is measured by how much the truth varies.
void require_varying_test(const TimeSeries& series) {
  constexpr double rounding = 1e-13;
  const MatrixXd truth = series.test_targets();
  for (Index i = 0; i < truth.rows(); ++i)
    if (truth.row(i).maxCoeff() - truth.row(i).minCoeff() <= rounding * truth.row(i).cwiseAbs().maxCoeff())
      throw Error(fmt::format(
          "{}: {} does not vary in the {} steps of the test, so that no error can be told; choose "
          "another data.test",
          series.where, series.target_names[static_cast<std::size_t>(i)], truth.cols()));
}

}  // namespace

TimeSeries load_series(const SeriesRecipe& recipe, std::uint64_t seed,
                       const std::filesystem::path& data_dir) {
  const auto folder = data_folder(data_dir);
  auto series = recipe.set == "files"   ? read_files(recipe, folder)
                : recipe.set == "laser" ? read_laser(recipe, folder)
                                        : generate(recipe, recipe.seed == 0 ? seed : recipe.seed);
  if (series.where.empty()) series.where = recipe.set;
  series.parts = recipe;
  choose_parts(series.parts, series.steps(), series.where);
  const auto name = [](Names& names, Index count, const char* stem) {
    for (Index i = std::ssize(names); i < count; ++i) names.push_back(fmt::format("{} {}", stem, i + 1));
  };
  name(series.input_names, series.inputs.rows(), "input");
  name(series.target_names, series.targets.rows(), recipe.set == "memory" ? "delay" : "output");
  // what a longer file holds beyond its parts is left alone
  series.inputs.conservativeResize(Eigen::NoChange, series.parts.steps());
  series.targets.conservativeResize(Eigen::NoChange, series.parts.steps());
  require_varying_test(series);
  return series;
}

}  // namespace stoic
