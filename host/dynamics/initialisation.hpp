#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "stoic/host/random/random.hpp"

namespace stoic {

class JsonReader;

/// How the weights of a layer are drawn before training.
enum class Initialisation {
  pytorch,  ///< uniform in ±1/√inputs, the default of PyTorch's linear layers
  xavier,   ///< uniform in ±√(6/(inputs + outputs)) (Glorot and Bengio, AISTATS 2010)
  normal    ///< N(0, deviation²)
};

/// The keys "initialisation" and "initial_deviation" of a recipe.
struct WeightDraw {
  Initialisation how = Initialisation::pytorch;
  double deviation = 1;  ///< of `normal`

  static WeightDraw read(JsonReader& json);
  /// With `always` the first key is written in any case, else where it is not PyTorch's default.
  void write(nlohmann::ordered_json& json, bool always) const;
};

/// Weight number `index` of a layer with so many inputs and outputs.
double initial_weight(const WeightDraw& draw, const RandomKey& key, std::uint64_t index, std::int64_t inputs,
                      std::int64_t outputs);

/// All weights [outputs x inputs], numbered row by row.
Eigen::MatrixXd initial_weights(const WeightDraw& draw, const RandomKey& key, std::int64_t outputs,
                                std::int64_t inputs);

}  // namespace stoic
