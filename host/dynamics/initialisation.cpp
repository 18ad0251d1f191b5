#include "stoic/host/dynamics/initialisation.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "stoic/sim/io/json.hpp"

namespace stoic {

namespace {

/// In the order of Initialisation.
const std::vector<std::string>& initialisation_names() {
  static const std::vector<std::string> names{"pytorch", "xavier", "normal"};
  return names;
}

}  // namespace

WeightDraw WeightDraw::read(JsonReader& json) {
  const auto& names = initialisation_names();
  const auto word = json.choice_or("initialisation", names.front(), names);
  WeightDraw draw{static_cast<Initialisation>(std::find(names.begin(), names.end(), word) - names.begin())};
  if (!json.has("initial_deviation")) return draw;
  draw.deviation = json.number("initial_deviation", 0, 100);
  if (draw.how != Initialisation::normal)
    json.fail("initial_deviation", "is the standard deviation of \"initialisation\": \"normal\"; remove it");
  return draw;
}

void WeightDraw::write(nlohmann::ordered_json& json, bool always) const {
  if (always || how != Initialisation::pytorch)
    json["initialisation"] = initialisation_names()[static_cast<std::size_t>(how)];
  if (deviation != 1) json["initial_deviation"] = deviation;
}

double initial_weight(const WeightDraw& draw, const RandomKey& key, std::uint64_t index, std::int64_t inputs,
                      std::int64_t outputs) {
  if (draw.how == Initialisation::normal) return draw.deviation * random_normal(key, index);
  const double bound = draw.how == Initialisation::pytorch
                           ? 1 / std::sqrt(static_cast<double>(inputs))
                           : std::sqrt(6 / static_cast<double>(inputs + outputs));
  return bound * (2 * random_uniform(key, index) - 1);
}

Eigen::MatrixXd initial_weights(const WeightDraw& draw, const RandomKey& key, std::int64_t outputs,
                                std::int64_t inputs) {
  Eigen::MatrixXd result(outputs, inputs);
  for (Eigen::Index row = 0; row < outputs; ++row)
    for (Eigen::Index column = 0; column < inputs; ++column)
      result(row, column) =
          initial_weight(draw, key, static_cast<std::uint64_t>(row * inputs + column), inputs, outputs);
  return result;
}

}  // namespace stoic
