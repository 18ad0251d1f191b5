#include "stoic/host/learning/systems.hpp"

#include "stoic/host/dynamics/reservoir.hpp"

namespace stoic {

Eigen::MatrixXd draw_fixed_matrix(const Recipe& recipe) {
  if (recipe.dynamics == "csto") return make_coupling(recipe.csto.oscillators, recipe.seed);
  return make_reservoir(recipe.neurons, recipe.ffesn.density, recipe.ffesn.spectral_radius, recipe.seed);
}

}  // namespace stoic
