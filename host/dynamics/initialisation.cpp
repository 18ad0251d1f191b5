#include "stoic/host/dynamics/initialisation.hpp"

#include <cmath>

namespace stoic {

const std::vector<std::string>& initialisation_names() {
  static const std::vector<std::string> names{"pytorch", "xavier", "normal"};
  return names;
}

double initial_weight(Initialisation how, const RandomKey& key, std::uint64_t index, std::int64_t inputs,
                      std::int64_t outputs) {
  if (how == Initialisation::normal) return random_normal(key, index);
  const double bound = how == Initialisation::pytorch ? 1 / std::sqrt(static_cast<double>(inputs))
                                                      : std::sqrt(6 / static_cast<double>(inputs + outputs));
  return bound * (2 * random_uniform(key, index) - 1);
}

Eigen::MatrixXd initial_weights(Initialisation how, const RandomKey& key, std::int64_t outputs,
                                std::int64_t inputs) {
  Eigen::MatrixXd result(outputs, inputs);
  for (Eigen::Index row = 0; row < outputs; ++row)
    for (Eigen::Index column = 0; column < inputs; ++column)
      result(row, column) =
          initial_weight(how, key, static_cast<std::uint64_t>(row * inputs + column), inputs, outputs);
  return result;
}

}  // namespace stoic
