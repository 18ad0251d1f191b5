#pragma once
#include <Eigen/Core>

#include "stoic/host/dynamics/csto.hpp"
#include "stoic/host/dynamics/ffesn.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// Draws the fixed matrix of a recipe: W' or W_cp.
Eigen::MatrixXd draw_fixed_matrix(const Recipe& recipe);

/// Calls use(system) with the dynamical system of a recipe around its fixed matrix, and returns what that
/// returns. Training and inference know the systems from here alone.
template <class Real, class Use>
auto with_system(const Recipe& recipe, const Eigen::MatrixXd& fixed, const Use& use) {
  if (recipe.dynamics == "csto") return use(Csto<Real>(fixed, recipe.csto));
  using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;
  return use(Ffesn<Real>(Matrix(fixed.cast<Real>()), recipe.ffesn.steps));
}

}  // namespace stoic
