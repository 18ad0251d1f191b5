#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "stoic/host/model/recipe.hpp"

namespace stoic {

/// The learning rate of batch `batch` (counted from 0 over the whole training): `learning_rate`
///   times the schedule: 1 (constant); (1 + cos(π batch / (batches - 1))) / 2 (cosine: 1 at the first batch,
///   0 at the last); step_factor ^ ⌊epoch / step_epochs⌋ (step)
///   times min(1, (batch + 1) / warmup_batches).
double learning_rate(const TrainingRecipe& training, std::int64_t batch, std::int64_t batches_per_epoch);

/// Of Adam: β1, β2 and ε.
inline constexpr double adam_first_decay = 0.9, adam_second_decay = 0.999, adam_epsilon = 1e-8;

/// What one batch does to every weight w with gradient g.
///   sgd:  m <- momentum m + g + weight_decay w;               w <- w - rate m
///   adam: m <- β1 m + (1-β1) g,  v <- β2 v + (1-β2) g²;       w <- w - rate (m̂ / (√v̂ + ε) + weight_decay w)
/// with m̂ = m / (1-β1^t), v̂ = v / (1-β2^t), t the number of this batch from 1
/// (Kingma and Ba, ICLR 2015, algorithm 1; decoupled decay: Loshchilov and Hutter, ICLR 2019, algorithm 2).
struct UpdateRule {
  bool adam = false;
  double rate = 0;
  double momentum = 0;
  double weight_decay = 0;
  double first_correction = 1;   ///< adam: 1 / (1-β1^t)
  double second_correction = 1;  ///< adam: 1 / (1-β2^t)
};
UpdateRule update_rule(const TrainingRecipe& training, std::int64_t batch, std::int64_t batches_per_epoch);

/// Applies the rule to `count` weights. `first` holds m and `second` v, both zero at first; sgd leaves
/// `second` alone (it may be null).
template <class Scalar>
void update_weights(const UpdateRule& rule, const Scalar* gradient, Scalar* weights, Scalar* first,
                    Scalar* second, Eigen::Index count);

}  // namespace stoic
