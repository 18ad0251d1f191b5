#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/dynamics/mlp.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// One layer of a feed-forward network: a matrix, a bias, a function of each element, and of a convolution
/// the largest of each square of results. Images lie row after row, pixel after pixel, channel after channel.
struct NetworkLayer {
  Eigen::Index inputs = 1;                           ///< numbers that it reads of a sample
  Eigen::Index rows = 1;                             ///< of its matrix: neurons, or filters
  std::optional<Activation> activation;              ///< nothing: results are the sums
  std::optional<ConvolutionShape> convolution = {};  ///< nothing: a dense layer

  bool pools() const { return convolution && convolution->pool > 1; }
  /// Columns of its matrix.
  Eigen::Index patch() const { return convolution ? convolution->patch() : inputs; }
  /// Sums of each row.
  Eigen::Index locations() const { return convolution ? convolution->locations() : 1; }
  /// Numbers that it gives of a sample.
  Eigen::Index outputs() const { return convolution ? convolution->features() : rows; }
};

/// A convolution with rectifiers, or with another function.
NetworkLayer convolution_layer(const ConvolutionShape& shape,
                               std::optional<Activation> activation = Activation::relu);

/// Some of a network's weights, which lie together: a matrix, column by column, or a bias.
struct WeightPart {
  std::string name;
  Eigen::Index first = 0, rows = 0, columns = 0;
  bool bias = false;
  bool decays = true;  ///< weight decay applies
  double rate = 1;     ///< factor of the learning rate
  Eigen::Index size() const { return rows * columns; }
};

/// The layers of a recipe's network, the last one its outputs; nothing where it is none, or is trained with
/// what a function of its weights alone does not tell (noise, dropout).
std::optional<std::vector<NetworkLayer>> network_layers(const Recipe& recipe);

/// W_1, b_1, W_2, ... in the order in which the weights of a network lie.
std::vector<WeightPart> weight_parts(const std::vector<NetworkLayer>& layers);

/// The weights of a model with such layers in that order, and back.
Eigen::VectorXd layer_weights(const Model& model);
void set_layer_weights(const Eigen::VectorXd& weights, Model& model);

}  // namespace stoic
