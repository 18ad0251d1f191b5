#pragma once
#include <Eigen/Core>
#include <memory>

#include "stoic/host/driven/driven_recipe.hpp"
#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// A reservoir that is driven time step by time step, in double precision. The rules and methods are those of
/// host/dynamics, with a drive (dynamics/driven.hpp).
class DrivenSystem {
 public:
  using Index = Eigen::Index;
  virtual ~DrivenSystem() = default;
  /// Numbers of a state, and in how many directions two states can differ.
  virtual Index width() const = 0;
  virtual Index dimension() const = 0;
  /// To rest: zeros, magnetisations along z.
  virtual void reset() = 0;
  virtual Eigen::VectorXd state() const = 0;
  virtual void set_state(const Eigen::VectorXd& x) = 0;
  /// One time step. `drive` has a number for each site of the first virtual node, then of the next; what is
  /// observed of every node is written to `observed` in that order. Tangents [width x any], if given, become
  /// what the step makes of them.
  virtual void step(const Eigen::Ref<const Eigen::VectorXd>& drive, Eigen::Ref<Eigen::VectorXd> observed,
                    Eigen::MatrixXd* tangents = nullptr) = 0;
  /// The part of tangents at the state along which states can differ.
  virtual Eigen::MatrixXd tangential(const Eigen::MatrixXd& tangents) = 0;
};

/// `matrix` is the system's own, as Recipe::draw_matrix() gives it. The team must outlive the system.
std::unique_ptr<DrivenSystem> make_driven_system(const DrivenRecipe& recipe, const Eigen::MatrixXd& matrix,
                                                 Team& team);

}  // namespace stoic
