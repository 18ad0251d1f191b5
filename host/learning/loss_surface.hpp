#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "stoic/host/learning/judgement.hpp"
#include "stoic/host/learning/network_layers.hpp"

namespace stoic {

/// The samples that a loss is the mean of.
struct LossBatch {
  std::span<const std::uint32_t> samples;  ///< of the training data, in this order
  std::uint64_t epoch = 0;                 ///< keys noise of inputs, where a recipe has it
};

/// Slopes of the loss at several points, a column each.
struct Slopes {
  Eigen::VectorXd losses;
  Eigen::MatrixXd gradients;
  Eigen::MatrixXd products;  ///< H v of each, H the Hessian there; without tangents nothing
};

/// The loss of a network as a function of its weights, in double precision. Points are columns
/// [size() x copies]: copies of the network that go through the same data.
class LossSurface {
 public:
  virtual ~LossSurface() = default;
  /// How the weights lie.
  virtual const std::vector<WeightPart>& parts() const = 0;
  /// Training samples.
  virtual std::int64_t samples() const = 0;
  /// Losses and gradients at `points`, and with `tangents` (null: none), as many columns, H v. Weight decay is
  /// the optimiser's and not in it.
  virtual void slopes(const Eigen::MatrixXd& points, const Eigen::MatrixXd* tangents, const LossBatch& batch,
                      Slopes& result) = 0;
  /// What each point makes of the test samples; of one that is not finite nothing right, infinite entropy.
  virtual Judgement judge(const Eigen::MatrixXd& points) = 0;
  /// Whether weights are bounded: to where the network is defined, as those of SA-nODE, whose eigenvalues stay
  /// below the bound that keeps its attractors stable.
  virtual bool bounded() const { return false; }
  /// Moves points within the bounds, as training does after every update; what is not finite stays.
  virtual void move_within_bounds(Eigen::MatrixXd& /*points*/) {}
  /// Whether H v is exact, or a central difference of gradients.
  virtual bool exact_products() const { return true; }

  Eigen::Index size() const {
    const auto& last = parts().back();
    return last.first + last.size();
  }
};

}  // namespace stoic
