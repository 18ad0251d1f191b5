#include "stoic/host/model/model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {

namespace {

template <class Scalar>
NpzArray matrix_array(const std::string& name, const Eigen::MatrixXd& matrix) {
  using RowMajor = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const RowMajor values = matrix.cast<Scalar>();
  return npz_array(name, {values.rows(), values.cols()},
                   std::span<const Scalar>(values.data(), static_cast<std::size_t>(values.size())));
}

template <class Scalar>
std::vector<NpzArray> arrays_of(const Model& model) {
  std::vector<NpzArray> arrays;
  for (std::size_t k = 0; k < model.convolutions.size(); ++k)
    arrays.push_back(matrix_array<Scalar>(convolution_name(k), model.convolutions[k]));
  if (model.recipe.has_read_in()) arrays.push_back(matrix_array<Scalar>("W_in", model.W_in));
  if (model.recipe.read_in_bias) {
    const Eigen::Vector<Scalar, Eigen::Dynamic> bias = model.b_in.cast<Scalar>();
    arrays.push_back(npz_array("b_in", {bias.size()},
                               std::span<const Scalar>(bias.data(), static_cast<std::size_t>(bias.size()))));
  }
  for (const auto& shape : model.recipe.matrices())
    arrays.push_back(matrix_array<Scalar>(shape.name, model.matrices.at(shape.name)));
  if (model.recipe.attractors().size() == 0) arrays.push_back(matrix_array<Scalar>("W_out", model.W_out));
  arrays.push_back(npz_text("recipe", recipe_text(model.recipe)));
  if (model.training_data)
    arrays.push_back(npz_text("training_data", training_data_json(*model.training_data).dump(2) + "\n"));
  return arrays;
}

/// Numbers that nobody reads would be dropped in silence: another network would run than the file holds.
/// Texts and whole numbers are notes of whoever wrote the file, but under the name of weights.
void refuse_unused(const NpzReader& file, const std::vector<std::string>& used, const Recipe& recipe,
                   const std::string& where) {
  for (const auto& name : file.names()) {
    if (std::find(used.begin(), used.end(), name) != used.end()) continue;
    const bool weights = name.starts_with("W_") || name.starts_with("b_");
    if (!weights && file.header(name).kind() != 'f') continue;
    if (name == "b_in" && recipe.has_read_in())
      throw Error(fmt::format(
          "{}: array \"b_in\", a bias of the read-in, is used where the recipe has \"read_in_bias\": true; "
          "add that key to the recipe, or remove the array",
          where));
    const auto near = nearest_word(name, used);
    throw Error(fmt::format(
        "{}: array \"{}\" is none that \"{}\" uses ({}); {}remove it, or another network would run than was "
        "trained",
        where, name, recipe.dynamics(), fmt::join(used, ", "),
        near.empty() ? "" : fmt::format("rename it if it is \"{}\", else ", near)));
  }
}

/// Sizes taken from the wrong side of an array would be told as other mistakes.
void refuse_transposed(const NpzReader& file, const nlohmann::json& recipe, const std::string& where) {
  if (!recipe.contains("neurons") || !recipe["neurons"].is_number_integer()) return;
  const auto neurons = recipe["neurons"].get<std::int64_t>();
  const auto refuse = [&](const char* array, std::size_t axis, std::int64_t length, const char* sides) {
    if (!file.has(array)) return;
    const auto shape = file.header(array).shape;
    if (shape.size() == 2 && shape[axis] != length && shape[1 - axis] == length)
      throw Error(fmt::format("{}: array \"{}\" has the shape ({}), but is {}; save its transpose, .T", where,
                              array, fmt::join(shape, ", "), sides));
  };
  if (!recipe.contains("inputs")) refuse("W_in", 0, neurons, "[neurons x inputs]");
  if (!recipe.contains("classes") && !recipe.contains("layers"))
    refuse("W_out", 1, neurons + 1, "[classes x neurons + 1]");
}

/// Elements of a sample and classes, where the recipe leaves them to the arrays; as text for parse_recipe().
std::string recipe_with_sizes(const NpzReader& file, const std::string& where) {
  auto text = file.read_text("recipe");
  auto recipe = parse_json(text, where);
  if (!recipe.is_object() || (recipe.contains("inputs") && recipe.contains("classes"))) return text;
  const auto side = [&](const char* key, const char* array, std::size_t axis, std::int64_t less) {
    if (recipe.contains(key) || !file.has(array)) return;
    const auto shape = file.header(array).shape;
    if (shape.size() == 2 && shape[axis] > less) recipe[key] = shape[axis] - less;
  };
  const auto& dynamics = recipe.contains("dynamics") ? recipe["dynamics"] : nlohmann::json();
  const bool by_read_in = dynamics.is_string() && dynamics != "linear" && dynamics != "sa-node" &&
                          !recipe.contains("convolution");
  if (by_read_in && !recipe.contains("inputs") && !file.has("W_in"))
    throw Error(fmt::format("{}: array \"W_in\" is missing; add the read-in, [neurons x inputs]", where));
  if (by_read_in) refuse_transposed(file, recipe, where);
  // Behind a convolution W_in knows features alone; the image is then the recipe's to tell.
  if (!recipe.contains("convolution")) side("inputs", "W_in", 1, 0);
  if (dynamics == "linear" && !recipe.contains("convolution")) side("inputs", "W_out", 1, 1);
  side("inputs", "eigenvectors", 0, 0);
  side("classes", "W_out", 0, 0);
  if (file.has("eigenvectors") && file.header("eigenvectors").shape.size() == 2)
    side("classes", "eigenvectors", 0, file.header("eigenvectors").shape[1]);
  return json_text(recipe);
}

}  // namespace

Eigen::MatrixXd overlap_read_out(const Recipe& recipe) {
  const Eigen::MatrixXd attractors = recipe.attractors();
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(recipe.classes, recipe.neurons() + 1);
  result.leftCols(recipe.neurons()) =
      (attractors * attractors.colwise().squaredNorm().cwiseInverse().asDiagonal()).transpose();
  return result;
}

Model read_model(const std::filesystem::path& path) { return parse_model(read_file(path), path.string()); }

Model parse_model(std::string bytes, const std::string& where) {
  const NpzReader file(std::move(bytes), where);
  if (!file.has("recipe"))
    throw Error(fmt::format(
        "{}: array \"recipe\" is missing; add it in Python: numpy.savez(file, W_in=..., "
        "W_reservoir=..., W_out=..., recipe=json.dumps({{\"dynamics\": \"ffesn\", \"neurons\": 500, "
        "\"inputs\": 784, \"classes\": 10, \"steps\": 2, \"data\": {{\"set\": \"mnist\"}}}}))",
        where));
  Model model;
  const auto named = fmt::format("{}: recipe", where);
  model.recipe = parse_recipe(recipe_with_sizes(file, named), named);
  model.recipe.data.files.beside = std::filesystem::path(where).parent_path();
  const Recipe& recipe = model.recipe;
  std::vector<std::string> names;
  const auto read = [&](const std::string& name, std::int64_t rows, std::int64_t columns) {
    names.push_back(name);
    return file.read_matrix(name, rows, columns);
  };
  if (recipe.has_read_in()) model.W_in = read("W_in", recipe.neurons(), recipe.read_in_columns());
  if (recipe.read_in_bias) {
    names.push_back("b_in");
    model.b_in = file.read_vector("b_in", recipe.neurons());
  }
  for (const auto& shape : recipe.convolutions)
    model.convolutions.push_back(
        read(convolution_name(model.convolutions.size()), shape.filters, shape.patch() + 1));
  for (const auto& shape : recipe.matrices())
    model.matrices[shape.name] = read(shape.name, shape.rows, shape.columns);
  try {
    recipe.check(model.matrices);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", where, error.what()));
  }
  if (recipe.attractors().size() > 0) {
    model.W_out = overlap_read_out(recipe);
  } else {
    if (file.has("W_out") && file.header("W_out").shape == std::vector{recipe.classes, recipe.last_neurons()})
      throw Error(
          fmt::format("{}: array \"W_out\" lacks the biases; append them as its last column: "
                      "W_out=numpy.column_stack([weight, bias])",
                      where));
    model.W_out = read("W_out", recipe.classes, recipe.last_neurons() + 1);
  }
  if (file.has("training_data"))
    model.training_data =
        parse_training_data(file.read_text("training_data"), fmt::format("{}: training_data", where));
  auto known = names;
  known.insert(known.end(), {"recipe", "training_data"});
  refuse_unused(file, known, recipe, where);
  // One float64 array makes the model float64: nothing that the file says may be rounded away.
  model.single_precision = true;
  for (const auto& name : names)
    model.single_precision = model.single_precision && file.header(name).element_size() == 4;
  return model;
}

void write_model(const std::filesystem::path& path, const Model& model) {
  write_npz(path, model.single_precision ? arrays_of<float>(model) : arrays_of<double>(model));
}

}  // namespace stoic
