#pragma once
#include <Eigen/Core>
#include <filesystem>
#include <vector>

#include "stoic/host/model/recipe.hpp"
#include "stoic/host/model/training_data.hpp"

namespace stoic {

/// A trained network, as it lies in a NumPy `.npz`:
///   W_in    [neurons x inputs]       read-in, x(0) = W_in u; none where the state begins as the inputs; with
///           a convolution as many columns as it has features
///   b_in    [neurons]                bias of the read-in, where the recipe has "read_in_bias": true
///   W_convolution [filters x (kernel² channels + 1)]  of a convolution before the read-in, bias last; of
///           several W_convolution, W_convolution_2, ...
///   the system's own matrices, such as W_reservoir: names and shapes are Recipe::matrices()
///   W_out   [classes x (neurons+1)]  read-out, y = W_out [x(T); 1], bias last, neurons those of x(T); of
///   systems with attractors
///           not in the file, since it follows from them
///   recipe  UTF-8 text (JSON)
///   training_data  UTF-8 text (JSON), what it was trained on; not in models of others or of old
struct Model {
  Recipe recipe;
  Eigen::MatrixXd W_in;
  Eigen::VectorXd b_in;                       ///< empty without a bias of the read-in
  std::vector<Eigen::MatrixXd> convolutions;  ///< W_convolution, ..., of each of the recipe's
  Matrices matrices;                          ///< of the system
  Eigen::MatrixXd W_out;
  std::optional<TrainingData> training_data = {};
  bool single_precision = true;  ///< the file holds float32: written and evaluated as such; else float64
};

/// The read-out of a system with attractors: each row an attractor over its squared length, bias 0.
Eigen::MatrixXd overlap_read_out(const Recipe& recipe);

/// Reads a model; float32 or float64, C or Fortran order, stored or deflated. Throws Error that names file,
/// array and remedy: missing array, wrong shape or type, NaN or infinity, object arrays, zip bombs, a bad
/// recipe.
Model read_model(const std::filesystem::path& path);

/// The same of a file's content, for who has read it; `where` is its name.
Model parse_model(std::string bytes, const std::string& where);

/// Writes atomically; numpy.load opens it. The same model gives the same bytes.
void write_model(const std::filesystem::path& path, const Model& model);

}  // namespace stoic
