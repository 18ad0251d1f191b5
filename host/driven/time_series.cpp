#include "stoic/host/driven/time_series.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cmath>
#include <optional>
#include <utility>

#include "stoic/host/data/column.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/data/files.hpp"
#include "stoic/host/data/number_array.hpp"
#include "stoic/host/driven/measures.hpp"
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
    if (tracks.values.cols() > 1 && tracks.values.row(c).minCoeff() == tracks.values.row(c).maxCoeff())
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

/// A file of one's own: its columns, or arrays of a .npz, by name.
class SeriesFile {
 public:
  explicit SeriesFile(std::string path) : path_(std::move(path)) {
    if (path_.ends_with(".npz")) {
      arrays_.emplace(std::filesystem::path(path_));
      return;
    }
    bytes_ = read_column_file(path_);
    if (bytes_.find_first_not_of(" \t\r\n") == std::string::npos)
      throw Error(fmt::format("{}: is empty; a series has a line for each step", path_));
  }
  Tracks tracks(const Names& names, const std::string& key) const {
    return arrays_ ? npz_tracks(*arrays_, path_, names, key) : tracks_of(columns_in(bytes_, path_, names));
  }
  Names names() const {
    if (arrays_) return arrays_->names();
    Names all;
    for (const auto& column : columns_in(bytes_, path_, {})) all.push_back(column.name);
    return all;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_, bytes_;
  std::optional<NpzReader> arrays_;
};

/// One track of a file; throws Error where the name stands for several.
Eigen::VectorXd single_track(const SeriesFile& file, const std::string& name, const std::string& key) {
  const auto tracks = file.tracks({name}, key);
  if (tracks.values.rows() != 1)
    throw Error(
        fmt::format("{}: \"{}\" has {} columns; {} takes one", file.path(), name, tracks.values.rows(), key));
  require_usable(tracks, file.path());
  return tracks.values.row(0);
}

/// Sequences and targets from the columns that have their classes, and where they begin.
void read_sequences(TimeSeries& series, const SeriesFile& file, const SeriesRecipe& recipe) {
  constexpr std::size_t most_classes = 1000;
  const auto classes = single_track(file, recipe.classes, "data.classes");
  const auto marks =
      recipe.sequences.empty() ? classes : single_track(file, recipe.sequences, "data.sequences");
  if (classes.size() != series.inputs.cols() || marks.size() != classes.size())
    throw Error(fmt::format("{}: inputs have {} steps, \"{}\" {}; give all the same", file.path(),
                            series.inputs.cols(), recipe.classes, classes.size()));
  std::vector<double> values(classes.begin(), classes.end());
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  if (values.size() > most_classes)
    throw Error(
        fmt::format("{}: \"{}\" has {} different values, at most {} can be classes; to predict values, "
                    "name it as data.targets",
                    file.path(), recipe.classes, values.size(), most_classes));
  for (const double value : values) series.target_names.push_back(fmt::format("class {}", value));
  series.targets = MatrixXd::Zero(std::ssize(values), classes.size());
  for (Index t = 0; t < classes.size(); ++t) {
    const Index c = std::lower_bound(values.begin(), values.end(), classes(t)) - values.begin();
    if (t == 0 || marks(t) != marks(t - 1))
      series.sequences.push_back({.begin = t, .of_class = c});
    else if (classes(t) != classes(t - 1))
      throw Error(
          fmt::format("{}: step {} is of class {}, the step before it, of the same sequence, of {}; a "
                      "sequence has one class",
                      file.path(), t + 1, classes(t), classes(t - 1)));
    ++series.sequences.back().steps;
    series.targets(c, t) = 1;
  }
}

TimeSeries read_files(const SeriesRecipe& recipe, const std::filesystem::path& data_dir) {
  const SeriesFile file(find_data_file(recipe.path, data_dir, "data.path").string());
  auto names = recipe.inputs;
  Names others = recipe.targets;
  for (const auto& name : {recipe.classes, recipe.sequences})
    if (!name.empty()) others.push_back(name);
  if (names.empty() && !others.empty()) {
    names = all_but(file.names(), others);
    if (names.empty())
      throw Error(fmt::format("{}: every column is a target; name one as data.inputs", file.path()));
  }
  if (names.empty() && file.path().ends_with(".npz")) names = file.names();
  auto inputs = file.tracks(names, "data.inputs");
  if (!recipe.classifies()) {
    std::optional<Tracks> targets;
    if (!recipe.targets.empty()) targets = file.tracks(recipe.targets, "data.targets");
    return joined(std::move(inputs), targets, recipe.horizon, file.path());
  }
  require_usable(inputs, file.path());
  TimeSeries series{.inputs = std::move(inputs.values), .input_names = inputs.names, .where = file.path()};
  read_sequences(series, file, recipe);
  return series;
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
  if (recipe.set == "waves") return make_waves(recipe.period, steps, seed);
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
  if (parts.validation == 0 && parts.train == 0) parts.validation = steps / 10 < 2 ? 0 : steps / 10;
  const auto others = parts.washout + parts.validation + parts.test;
  if (parts.train == 0) parts.train = std::max<std::int64_t>(steps - others, 0);
  constexpr std::int64_t fewest = 2;
  for (const auto& [name, count] : {std::pair("train", parts.train), std::pair("test", parts.test)})
    if (count == 1)
      throw Error(
          fmt::format("{}: data.{} is 1: one step has no variance; take {} at least, or 0 for what is left",
                      where, name, fewest));
  if (parts.washout + 2 * fewest > steps)
    throw Error(
        fmt::format("{}: has {} steps, and data.washout takes {}; take a shorter washout, or a longer series",
                    where, steps, parts.washout));
  if (parts.train < fewest || parts.test < fewest || parts.steps() > steps)
    throw Error(fmt::format(
        "{}: has {} steps{}, too few for data.washout {}, train {}, validation {} and test {}; "
        "make them shorter, or {}",
        where, steps,
        parts.horizon > 1 ? fmt::format(" with a target data.horizon = {} steps later", parts.horizon) : "",
        parts.washout, std::max(parts.train, fewest), parts.validation, std::max(parts.test, fewest),
        parts.set == "files" ? "0 for all but washout, which then share the series" : "ask for more steps"));
  if (parts.free_run > 0 && parts.free_run + parts.free_runs - 1 > parts.test)
    throw Error(fmt::format(
        "{}: {} of {} steps (data.free_runs, free_run) do not fit into the {} steps of the test; ask "
        "for less",
        where, parts.free_runs == 1 ? "a free run" : fmt::format("{} free runs", parts.free_runs),
        parts.free_run, parts.test));
}

/// An error is measured by how much the truth varies.
void require_varying_test(const TimeSeries& series) {
  if (series.parts.classifies()) return;  // a class may not occur
  const MatrixXd truth = series.test_targets();
  for (Index i = 0; i < truth.rows(); ++i)
    if (!varies(truth.row(i)))
      throw Error(fmt::format(
          "{}: {} does not vary in the {} steps of the test, so that no error can be told; choose "
          "another data.test",
          series.where, series.target_names[static_cast<std::size_t>(i)], truth.cols()));
}

void require_test_sequences(const TimeSeries& series) {
  if (series.parts.classifies() && series.test_sequences().empty())
    throw Error(
        fmt::format("{}: no sequence lies wholly in the {} steps of the test; choose a longer data.test",
                    series.where, series.parts.test));
}

}  // namespace

std::string series_mark(const TimeSeries& series) {
  const auto known = series.parts.steps() - series.parts.test;
  const auto sum = [&](const MatrixXd& values) {
    const Eigen::MatrixXf part = values.leftCols(known).cast<float>();
    return ::crc32_z(0, reinterpret_cast<const unsigned char*>(part.data()),
                     static_cast<std::size_t>(part.size()) * sizeof(float));
  };
  return fmt::format("{} steps, fingerprint {:08x}{:08x}", known, sum(series.inputs), sum(series.targets));
}

std::vector<Sequence> TimeSeries::test_sequences() const {
  std::vector<Sequence> result;
  for (const auto& sequence : sequences)
    if (sequence.begin >= steps() - parts.test && sequence.begin + sequence.steps <= steps())
      result.push_back(sequence);
  return result;
}

SeriesRecipe seen_beside(SeriesRecipe recipe, const std::filesystem::path& file,
                         const std::filesystem::path& data_dir) {
  const std::filesystem::path path = recipe.path, folder = file.parent_path();
  const auto found = [](const std::filesystem::path& name, const std::filesystem::path& in) {
    try {
      return !find_data_file(name.string(), in, "data.path").empty();
    } catch (const Error&) {
      return false;
    }
  };
  if (recipe.set != "files" || found(path, data_folder(data_dir))) return recipe;
  for (const auto& name : {path, path.filename()})
    if (const auto beside = (folder / name).lexically_normal(); found(beside, {})) {
      recipe.path = beside.string();
      break;
    }
  return recipe;
}

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
  require_test_sequences(series);
  require_varying_test(series);
  return series;
}

}  // namespace stoic
