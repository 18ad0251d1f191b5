#include "stoic/host/learning/loss.hpp"

#include <algorithm>
#include <cmath>

namespace stoic {
namespace {

/// Squared distances far below this share of |attractor|² count with their square, whatever the power.
constexpr double softening = 0.01;

}  // namespace

template <class Scalar>
double softmax_cross_entropy(std::span<Scalar> logits, std::size_t label) {
  const Scalar top = *std::max_element(logits.begin(), logits.end());
  const Scalar target = logits[label] - top;
  Scalar total = 0;
  for (Scalar& logit : logits) total += logit = std::exp(logit - top);
  for (Scalar& logit : logits) logit /= total;
  logits[label] -= 1;
  return std::log(static_cast<double>(total)) - static_cast<double>(target);
}

DistanceLoss distance_loss(double squared, double size, double power) {
  if (power == 2) return {squared, 1};
  const double unit = softening * size, softened = squared / unit + 1;
  return {unit * (std::pow(softened, power / 2) - 1), power / 2 * std::pow(softened, power / 2 - 1)};
}

template double softmax_cross_entropy(std::span<float>, std::size_t);
template double softmax_cross_entropy(std::span<double>, std::size_t);

}  // namespace stoic
