#pragma once
#include <cstdint>
#include <span>

namespace stoic {

/// Softmax cross-entropy of one sample, L = log Σ exp(y_c) - y_label, and its gradient dL/dy = softmax(y) -
/// e_label. `logits` holds y on entry and the gradient on return; label < logits.size(). Infinite or NaN
/// logits give a loss that is not finite.
template <class Scalar>
double softmax_cross_entropy(std::span<Scalar> logits, std::size_t label);

}  // namespace stoic
