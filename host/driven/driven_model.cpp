#include "stoic/host/driven/driven_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "stoic/host/model/npz.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Uniform in ±1, or only their signs.
MatrixXd draw_uniform(const RandomKey& key, Index rows, Index columns, bool signs = false) {
  MatrixXd result(rows, columns);
  for (Index r = 0; r < rows; ++r)
    for (Index c = 0; c < columns; ++c) {
      const double u = 2 * random_uniform(key, static_cast<std::uint64_t>(r * columns + c)) - 1;
      result(r, c) = signs ? (u < 0 ? -1 : 1) : u;
    }
  return result;
}

NpzArray float64_array(const std::string& name, const MatrixXd& matrix, bool vector = false) {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const RowMajor values = matrix;
  const std::span<const double> all(values.data(), static_cast<std::size_t>(values.size()));
  if (vector) return npz_array(name, {values.rows()}, all);
  return npz_array(name, {values.rows(), values.cols()}, all);
}

Scaling as_it_is(Index count) { return {VectorXd::Zero(count), VectorXd::Ones(count)}; }

Scaling scaling_of(const MatrixXd& values, const std::vector<std::string>& names, const std::string& where) {
  Scaling result{values.rowwise().mean(), {}};
  result.deviation =
      ((values.colwise() - result.mean).rowwise().squaredNorm() / static_cast<double>(values.cols()))
          .cwiseSqrt();
  for (Index i = 0; i < result.deviation.size(); ++i)
    if (!std::isfinite(result.deviation(i)))
      throw Error(
          fmt::format("{}: \"{}\" has values of {:.3g}, too large to be standardised; scale them down", where,
                      names[static_cast<std::size_t>(i)], values.row(i).cwiseAbs().maxCoeff()));
    else if (!(result.deviation(i) > 1e-12 * std::abs(result.mean(i))))
      throw Error(
          fmt::format("{}: \"{}\" does not vary before the test part: it cannot be standardised; leave it "
                      "out, or set data.standardise=false",
                      where, names[static_cast<std::size_t>(i)]));
  return result;
}

Scaling read_scaling(const NpzReader& file, const std::string& name, Index count, const std::string& where) {
  Scaling result{file.read_vector(name + "_mean", count), file.read_vector(name + "_deviation", count)};
  if (!(result.deviation.minCoeff() > 0))
    throw Error(fmt::format("{}: array \"{}_deviation\" holds a number that is not above 0; deviations are",
                            where, name));
  return result;
}

/// Numbers of a vector that says how many there are.
Index length_of(const NpzReader& file, const std::string& name, const std::string& where) {
  const auto shape = file.header(name).shape;
  constexpr Index most = 4096;
  if (shape.size() != 1 || shape[0] < 1 || shape[0] > most)
    throw Error(fmt::format(
        "{}: array \"{}\" has the shape ({}); it is a vector of 1 to {} numbers, one for each {}", where,
        name, fmt::join(shape, ", "), most, name.starts_with("input") ? "input" : "output"));
  return shape[0];
}

void refuse_unknown(const NpzReader& file, const std::vector<std::string>& used, const std::string& where) {
  for (const auto& name : file.names())
    if (std::find(used.begin(), used.end(), name) == used.end() &&
        (name.starts_with("W_") || name.starts_with("b_") || file.header(name).kind() == 'f'))
      throw Error(
          fmt::format("{}: array \"{}\" is none that this driven reservoir uses ({}); rename or remove it",
                      where, name, fmt::join(used, ", ")));
}

}  // namespace

DrivenModel draw_driven_model(const DrivenRecipe& recipe, const TimeSeries& series) {
  const Index inputs = series.inputs.rows(), outputs = series.targets.rows(), drives = recipe.drives();
  const auto& drive = recipe.drive;
  DrivenModel model{.recipe = recipe};
  model.recipe.data = series.parts;
  model.learnt_from = series_mark(series);
  model.W_in = drive.input_scale * draw_uniform({recipe.seed, Purpose::read_in_weights}, drives, inputs,
                                                drive.distribution == "signs");
  const RandomKey mask{recipe.seed, Purpose::read_in_mask};
  for (Index r = 0; r < drives && drive.density < 1; ++r)
    for (Index c = 0; c < inputs; ++c)
      if (!(random_uniform(mask, static_cast<std::uint64_t>(r * inputs + c)) < drive.density))
        model.W_in(r, c) = 0;
  model.b_in = drive.bias * draw_uniform({recipe.seed, Purpose::read_in_bias}, drives, 1);
  if (drive.feedback > 0)
    model.W_feedback =
        drive.feedback * draw_uniform({recipe.seed, Purpose::feedback_weights}, drives, outputs);
  model.matrix = recipe.draw_matrix();
  model.W_out = MatrixXd::Zero(outputs, recipe.features(inputs) + 1);
  model.input = as_it_is(inputs);
  model.output = as_it_is(outputs);
  if (series.parts.standardise) {
    const Index known = series.parts.steps() - series.parts.test;
    model.input = scaling_of(series.inputs.leftCols(known), series.input_names, series.where);
    // of a series that predicts itself both are one, so that outputs can be fed back
    model.output = series.parts.predicts_itself()
                       ? model.input
                       : scaling_of(series.targets.leftCols(known), series.target_names, series.where);
  }
  return model;
}

bool is_driven_model(const std::string& bytes, const std::string& where) {
  if (!bytes.starts_with("PK")) return false;
  const NpzReader file(bytes, where);
  return file.has("recipe") && is_driven_recipe(file.read_text("recipe"));
}

DrivenModel parse_driven_model(std::string bytes, const std::string& where) {
  const NpzReader file(std::move(bytes), where);
  DrivenModel model;
  model.recipe = parse_driven_recipe(file.read_text("recipe"), fmt::format("{}: recipe", where));
  const auto& recipe = model.recipe;
  const Index drives = recipe.drives();
  std::vector<std::string> used{
      "W_in", "b_in", "W_out", "recipe", "input_mean", "input_deviation", "output_mean", "output_deviation"};
  for (const char* name : {"W_in", "W_out"})
    if (!file.has(name)) static_cast<void>(file.header(name));  // says that it is missing
  const Index inputs = length_of(file, "input_mean", where), outputs = length_of(file, "output_mean", where);
  model.W_in = file.read_matrix("W_in", drives, inputs);
  model.b_in = file.read_vector("b_in", drives);
  if (recipe.drive.feedback > 0) {
    model.W_feedback = file.read_matrix("W_feedback", drives, outputs);
    used.push_back("W_feedback");
  }
  if (const auto name = recipe.matrix_name(); !name.empty()) {
    model.matrix = file.read_matrix(name, recipe.sites(), recipe.sites());
    used.push_back(name);
  }
  model.W_out = file.read_matrix("W_out", outputs, recipe.features(inputs) + 1);
  model.input = read_scaling(file, "input", inputs, where);
  model.output = read_scaling(file, "output", outputs, where);
  refuse_unknown(file, used, where);
  if (file.has("training_data")) model.learnt_from = file.read_text("training_data");
  return model;
}

void write_driven_model(const std::filesystem::path& path, const DrivenModel& model) {
  std::vector<NpzArray> arrays{float64_array("W_in", model.W_in), float64_array("b_in", model.b_in, true)};
  if (model.W_feedback.size() > 0) arrays.push_back(float64_array("W_feedback", model.W_feedback));
  if (const auto name = model.recipe.matrix_name(); !name.empty())
    arrays.push_back(float64_array(name, model.matrix));
  arrays.push_back(float64_array("W_out", model.W_out));
  arrays.push_back(float64_array("input_mean", model.input.mean, true));
  arrays.push_back(float64_array("input_deviation", model.input.deviation, true));
  arrays.push_back(float64_array("output_mean", model.output.mean, true));
  arrays.push_back(float64_array("output_deviation", model.output.deviation, true));
  arrays.push_back(npz_text("recipe", driven_recipe_text(model.recipe)));
  if (!model.learnt_from.empty()) arrays.push_back(npz_text("training_data", model.learnt_from));
  write_npz(path, arrays);
}

}  // namespace stoic
