#include "stoic/host/learning/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace stoic {
namespace {

constexpr double beta1 = adam_first_decay, beta2 = adam_second_decay, epsilon = adam_epsilon;

/// Moments of weights that are rarely used (a pixel at the border) decay into denormal numbers, which are a
/// hundred times slower to compute with; far above them they no longer matter.
template <class Scalar>
Scalar without_denormals(Scalar moment) {
  return std::abs(moment) < Scalar(1e-30) ? Scalar(0) : moment;
}

}  // namespace

double learning_rate(const TrainingRecipe& training, std::int64_t batch, std::int64_t batches_per_epoch) {
  const auto position = static_cast<double>(batch);
  double factor = 1;
  if (training.schedule == "cosine") {
    const auto last = static_cast<double>(std::max<std::int64_t>(1, training.epochs * batches_per_epoch - 1));
    factor = (1 + std::cos(std::numbers::pi * position / last)) / 2;
  } else if (training.schedule == "step") {
    const std::int64_t decays = batch / batches_per_epoch / std::max<std::int64_t>(1, training.step_epochs);
    factor = std::pow(training.step_factor, static_cast<double>(decays));
  }
  if (batch < training.warmup_batches)
    factor *= (position + 1) / static_cast<double>(training.warmup_batches);
  return training.learning_rate * factor;
}

UpdateRule update_rule(const TrainingRecipe& training, std::int64_t batch, std::int64_t batches_per_epoch) {
  UpdateRule rule;
  rule.adam = training.optimizer == "adam";
  rule.rate = learning_rate(training, batch, batches_per_epoch);
  rule.momentum = training.momentum;
  rule.weight_decay = training.weight_decay;
  const auto t = static_cast<double>(batch + 1);
  rule.first_correction = 1 / (1 - std::pow(beta1, t));
  rule.second_correction = 1 / (1 - std::pow(beta2, t));
  return rule;
}

template <class Scalar>
void update_weights(const UpdateRule& rule, const Scalar* gradient, Scalar* weights, Scalar* first,
                    Scalar* second, Eigen::Index count) {
  const auto rate = static_cast<Scalar>(rule.rate);
  const auto decay = static_cast<Scalar>(rule.weight_decay);
  if (!rule.adam) {
    const auto momentum = static_cast<Scalar>(rule.momentum);
#pragma omp simd
    for (Eigen::Index i = 0; i < count; ++i) {
      first[i] = without_denormals(momentum * first[i] + (gradient[i] + decay * weights[i]));
      weights[i] -= rate * first[i];
    }
    return;
  }
  const auto keep1 = static_cast<Scalar>(beta1), keep2 = static_cast<Scalar>(beta2);
  const auto correction1 = static_cast<Scalar>(rule.first_correction);
  const auto correction2 = static_cast<Scalar>(rule.second_correction);
#pragma omp simd
  for (Eigen::Index i = 0; i < count; ++i) {
    first[i] = without_denormals(keep1 * first[i] + (1 - keep1) * gradient[i]);
    second[i] = without_denormals(keep2 * second[i] + (1 - keep2) * gradient[i] * gradient[i]);
    const Scalar scale = std::sqrt(correction2 * second[i]) + static_cast<Scalar>(epsilon);
    weights[i] -= rate * (correction1 * first[i] / scale + decay * weights[i]);
  }
}

template void update_weights(const UpdateRule&, const float*, float*, float*, float*, Eigen::Index);
template void update_weights(const UpdateRule&, const double*, double*, double*, double*, Eigen::Index);

}  // namespace stoic
