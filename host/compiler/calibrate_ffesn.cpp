#include "stoic/host/compiler/calibrate_ffesn.hpp"

#include <fmt/format.h>

#include "stoic/host/learning/read_in.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {

Activations activations(const Model& model, const Samples& data, const Noise& noise) {
  const Recipe& recipe = model.recipe;
  const auto* ffesn = std::get_if<FfesnParameters>(&recipe.system);
  if (ffesn == nullptr)
    throw Error(fmt::format("activations are those of an FFESN, not of \"{}\"; ask for reference_vectors",
                            recipe.dynamics()));
  const Eigen::MatrixXd& weights = model.matrices.at("W_reservoir");
  const Eigen::Index samples = data.size();
  Activations result;
  const Eigen::MatrixXd inputs = network_inputs(recipe, data);
  result.states.push_back(read_in_state(model, inputs) +
                          noise_matrix(noise, NoiseKind::observational, recipe.neurons(), 0, samples));
  for (std::int64_t i = 0; i < ffesn->steps; ++i) {
    result.preactivations.push_back(weights * result.states.back());
    result.states.push_back(result.preactivations.back().array().tanh().matrix());
  }
  const Eigen::MatrixXd last =
      result.states.back() + noise_matrix(noise, NoiseKind::dynamical, recipe.neurons(), 0, samples);
  result.logits = model.W_out.leftCols(recipe.neurons()) * last;
  result.logits.colwise() += model.W_out.col(recipe.neurons());
  return result;
}

}  // namespace stoic
