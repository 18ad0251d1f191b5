#pragma once
#include <cstdint>
#include <span>

namespace stoic {

/// Softmax cross-entropy of one sample, L = log Σ exp(y_c) - y_label, and its gradient dL/dy = softmax(y) -
/// e_label. `logits` holds y on entry and the gradient on return; label < logits.size(). Infinite or NaN
/// logits give a loss that is not finite.
template <class Scalar>
double softmax_cross_entropy(std::span<Scalar> logits, std::size_t label);

struct DistanceLoss {
  double value;
  double slope;  ///< its derivative by the squared distance
};

/// The loss of a state at the squared distance d² from its attractor of squared length s: d² with power 2,
/// the loss of paper 002, else u ((1 + d²/u)^(power/2) - 1) with u = s/100, which is power/2 d² near the
/// attractor and grows as d^power far from it. The flatter it is there, the less it pays to end between two
/// attractors when the sample may belong to either.
DistanceLoss distance_loss(double squared, double size, double power);

}  // namespace stoic
