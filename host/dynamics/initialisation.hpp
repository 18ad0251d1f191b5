#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/host/random/random.hpp"

namespace stoic {

/// How the weights of a layer are drawn before training.
enum class Initialisation {
  pytorch,  ///< uniform in ±1/√inputs, the default of PyTorch's linear layers
  xavier,   ///< uniform in ±√(6/(inputs + outputs)) (Glorot and Bengio, AISTATS 2010)
  normal    ///< N(0, 1)
};

/// Their names in recipes, in the order above.
const std::vector<std::string>& initialisation_names();

/// Weight number `index` of a layer with so many inputs and outputs.
double initial_weight(Initialisation how, const RandomKey& key, std::uint64_t index, std::int64_t inputs,
                      std::int64_t outputs);

/// All weights [outputs x inputs], numbered row by row.
Eigen::MatrixXd initial_weights(Initialisation how, const RandomKey& key, std::int64_t outputs,
                                std::int64_t inputs);

}  // namespace stoic
