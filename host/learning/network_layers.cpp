#include "stoic/host/learning/network_layers.hpp"

#include <functional>
#include <utility>

namespace stoic {
namespace {

NetworkLayer dense_layer(Eigen::Index inputs, Eigen::Index rows, std::optional<Activation> activation) {
  return {.inputs = inputs, .rows = rows, .activation = activation};
}

/// A matrix whose last column is the bias, or a matrix and its bias.
using EachLayer = std::function<void(Eigen::Ref<Eigen::MatrixXd> weights, Eigen::Ref<Eigen::VectorXd> bias)>;

void for_layers(Model& model, const EachLayer& each) {
  const auto with_bias = [&](Eigen::MatrixXd& matrix) {
    const Eigen::Index last = matrix.cols() - 1;
    each(matrix.leftCols(last), matrix.col(last));
  };
  for (auto& matrix : model.convolutions) with_bias(matrix);
  if (const auto* mlp = std::get_if<MlpParameters>(&model.recipe.system))
    for (std::size_t k = 1; k <= mlp->layers.size(); ++k)
      each(k == 1 ? model.W_in : model.matrices.at("W_" + std::to_string(k - 1)),
           model.matrices.at(mlp->bias_name(k)).col(0));
  with_bias(model.W_out);
}

}  // namespace

NetworkLayer convolution_layer(const ConvolutionShape& shape, std::optional<Activation> activation) {
  return {.inputs = shape.inputs(), .rows = shape.filters, .activation = activation, .convolution = shape};
}

std::optional<std::vector<NetworkLayer>> network_layers(const Recipe& recipe) {
  const auto* mlp = std::get_if<MlpParameters>(&recipe.system);
  const auto& training = recipe.training;
  const bool only_weights = training.input_noise == 0 && training.pixel_noise == 0 && training.dropout == 0;
  if ((mlp == nullptr && recipe.dynamics() != "linear") || recipe.read_in_bias || !only_weights) return {};
  std::vector<NetworkLayer> layers;
  Eigen::Index inputs = recipe.inputs;
  const auto add = [&](NetworkLayer layer) {
    inputs = layer.outputs();
    layers.push_back(layer);
  };
  for (const auto& shape : recipe.convolutions) add(convolution_layer(shape));
  if (mlp != nullptr)
    for (const auto width : mlp->layers) add(dense_layer(inputs, width, mlp->activation));
  add(dense_layer(inputs, recipe.classes, {}));
  return layers;
}

std::vector<WeightPart> weight_parts(const std::vector<NetworkLayer>& layers) {
  std::vector<WeightPart> parts;
  Eigen::Index first = 0;
  const auto add = [&](std::string name, Eigen::Index rows, Eigen::Index columns, bool bias) {
    parts.push_back({std::move(name), first, rows, columns, bias, !bias});
    first += rows * columns;
  };
  for (std::size_t k = 0; k < layers.size(); ++k) {
    const auto number = std::to_string(k + 1);
    add("W_" + number, layers[k].rows, layers[k].patch(), false);
    add("b_" + number, layers[k].rows, 1, true);
  }
  return parts;
}

Eigen::VectorXd layer_weights(const Model& model) {
  std::vector<double> all;
  auto copy = model;
  for_layers(copy, [&](const Eigen::Ref<Eigen::MatrixXd>& weights, const Eigen::Ref<Eigen::VectorXd>& bias) {
    for (const double w : weights.reshaped()) all.push_back(w);
    for (const double b : bias) all.push_back(b);
  });
  return Eigen::Map<const Eigen::VectorXd>(all.data(), static_cast<Eigen::Index>(all.size()));
}

void set_layer_weights(const Eigen::VectorXd& weights, Model& model) {
  Eigen::Index first = 0;
  for_layers(model, [&](Eigen::Ref<Eigen::MatrixXd> matrix, Eigen::Ref<Eigen::VectorXd> bias) {
    matrix = weights.segment(first, matrix.size()).reshaped(matrix.rows(), matrix.cols());
    first += matrix.size();
    bias = weights.segment(first, bias.size());
    first += bias.size();
  });
}

}  // namespace stoic
