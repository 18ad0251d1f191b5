#include "stoic/host/learning/weights.hpp"

#include <zlib.h>

#include <algorithm>

namespace stoic {
namespace {

std::uint32_t checksum(std::uint32_t crc, const Eigen::MatrixXd& matrix) {
  if (matrix.size() == 0) return crc;  // zlib begins anew where there is no memory
  return static_cast<std::uint32_t>(::crc32_z(crc, reinterpret_cast<const unsigned char*>(matrix.data()),
                                              sizeof(double) * static_cast<std::size_t>(matrix.size())));
}

}  // namespace

bool take_weights(const Learner<float>& learner, Model& model) {
  model.W_in = learner.read_in.weights.dense().cast<double>();
  model.b_in = learner.read_in_bias.weights.dense().cast<double>().reshaped();
  model.W_out = learner.read_out.weights.dense().cast<double>();
  bool finite = model.W_in.allFinite() && model.b_in.allFinite() && model.W_out.allFinite();
  model.convolutions.clear();
  for (const auto& layer : learner.convolutions) {
    model.convolutions.push_back(layer.weights.dense().cast<double>());
    finite = finite && model.convolutions.back().allFinite();
  }
  std::size_t next = 0;
  for (const auto& shape : model.recipe.matrices()) {
    if (!shape.trained) continue;
    auto& matrix = model.matrices.at(shape.name);
    matrix = learner.own[next++].weights->dense().cast<double>();
    finite = finite && matrix.allFinite();
  }
  return finite;
}

std::uint32_t weights_checksum(const Model* model) {
  if (model == nullptr) return 0;
  std::uint32_t crc = 0;
  for (const Eigen::MatrixXd& matrix : {model->W_in, Eigen::MatrixXd(model->b_in)})
    crc = checksum(crc, matrix);
  for (const auto& matrix : model->convolutions) crc = checksum(crc, matrix);
  crc = checksum(crc, model->W_out);
  for (const auto& [name, matrix] : model->matrices) crc = checksum(crc, matrix);
  return std::max(crc, std::uint32_t{1});
}

Model untrained_model(const Recipe& recipe) {
  Team alone(1);
  Model model{.recipe = recipe, .matrices = recipe.draw_matrices()};
  for (auto& [name, matrix] : model.matrices) matrix = matrix.cast<float>().cast<double>();
  const Learner<float> learner(model.recipe, make_system<float>(recipe.system, model.matrices), alone);
  take_weights(learner, model);
  return model;
}

}  // namespace stoic
