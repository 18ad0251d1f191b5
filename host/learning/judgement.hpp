#pragma once
#include <Eigen/Core>
#include <cstdint>

namespace stoic {

/// What several networks, or one at several points, make of samples.
struct Judgement {
  Eigen::VectorXd accuracies;  ///< the share that is decided right
  /// Of softmax of the outputs, mean, whatever the loss of the training is; infinite where outputs are.
  Eigen::VectorXd cross_entropies;
};

/// Sums over samples.
struct JudgedSamples {
  double right = 0, cross_entropy = 0;
  /// One sample more, whose outputs these are; they become the gradient of the cross-entropy.
  void add(Eigen::Ref<Eigen::VectorXd> outputs, std::uint8_t label);
};

}  // namespace stoic
