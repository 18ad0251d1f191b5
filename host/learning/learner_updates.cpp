// Of a training step, what changes weights.
#include <algorithm>
#include <array>

#include "stoic/host/learning/learner.hpp"

namespace stoic {
namespace {

/// Updates columns first ... end-1 of one panel; their gradient lies like a panel of their own.
template <class Scalar>
void update_columns(const UpdateRule& rule, const Scalar* gradient, TrainableWeights<Scalar>& trained,
                    Eigen::Index panel, Eigen::Index first, Eigen::Index end) {
  using P = Panels<Scalar>;
  const auto at = [&](P& panels) {
    return panels.columns() == 0 ? nullptr : panels.panel(panel) + first * P::panel_rows;
  };
  update_weights(rule, gradient, at(trained.weights), at(trained.first_moment), at(trained.second_moment),
                 (end - first) * P::panel_rows);
}

}  // namespace

/// dL/d features = W_inᵀ dL/dx(0), before W_in changes, or dL/dx(0) itself without one; and the filters.
template <class Scalar>
void Learner<Scalar>::update_convolutions(Batch& batch, const UpdateRule& rule) {
  auto& covector = batch.convolutions.back().covector;
  if (recipe_.has_read_in()) {
    transpose(read_in.weights, read_in_transposed_, team_);
    multiply(read_in_transposed_, batch.run->covector(), covector, team_);
  } else {
    copy_rows(batch.run->covector(), covector);
  }
  if (recipe_.training.dropout > 0) {
    // Those that were dropped are 0, and get no gradient from backward.
    const auto kept = static_cast<Scalar>(1 / (1 - recipe_.training.dropout));
    for (Eigen::Index p = 0; p < covector.panels(); ++p)
      for (Eigen::Index i = 0; i < covector.panel_size(); ++i) covector.panel(p)[i] *= kept;
  }
  convolutions_.backward(filters(), batch.inputs, batch.convolutions, team_);
  UpdateRule bias_rule = rule;
  bias_rule.weight_decay = 0;
  for (std::size_t k = 0; k < convolutions.size(); ++k) {
    TrainableWeights<Scalar>& layer = convolutions[k];
    const Eigen::Index patch = layer.weights.columns() - 1;
    for (Eigen::Index p = 0; p < layer.weights.panels(); ++p) {
      const Scalar* gradient = batch.convolutions[k].gradient.panel(p);
      update_columns(rule, gradient, layer, p, 0, patch);
      update_columns(bias_rule, gradient + patch * Panels<Scalar>::panel_rows, layer, p, patch, patch + 1);
    }
  }
}

template <class Scalar>
void Learner<Scalar>::update_own(const Batch& batch, const UpdateRule& rule) {
  const auto gradients = batch.run->gradients();
  for (std::size_t k = 0; k < own.size(); ++k) {
    OwnWeights<Scalar>& trained = own[k];
    UpdateRule own_rule = rule;
    own_rule.rate *= trained.rate;
    if (!trained.decays) own_rule.weight_decay = 0;
    const bool adam = trained.second_moment.columns() > 0;
    team_.split(trained.weights->panels(), [&](Eigen::Index begin, Eigen::Index end) {
      for (Eigen::Index p = begin; p < end; ++p)
        update_weights(own_rule, gradients[k].panel(p), trained.weights->panel(p),
                       trained.first_moment.panel(p), adam ? trained.second_moment.panel(p) : nullptr,
                       trained.weights->panel_size());
    });
  }
  system_->weights_changed(team_);
}

template <class Scalar>
void Learner<Scalar>::update_read_out(const Batch& batch, const UpdateRule& rule) {
  using P = Panels<Scalar>;
  UpdateRule bias_rule = rule;
  bias_rule.weight_decay = 0;
  const P& states = batch.run->last();
  team_.split(states.panels(), [&](Eigen::Index begin_panel, Eigen::Index end_panel) {
    for (Eigen::Index q = begin_panel; q < end_panel; ++q) {
      const Eigen::Index first = q * P::panel_rows;
      const Eigen::Index end = std::min(first + P::panel_rows, last_neurons_);
      alignas(64) std::array<Scalar, P::panel_rows * P::panel_rows> gradient;
      for (Eigen::Index p = 0; p < read_out.weights.panels(); ++p) {
        multiply_transposed(batch.logits, states, p, q, gradient.data());
        update_columns(rule, gradient.data(), read_out, p, first, end);
        if (end == last_neurons_ && end - first < P::panel_rows)
          update_columns(bias_rule, gradient.data() + (end - first) * P::panel_rows, read_out, p, end,
                         end + 1);
      }
      for (Eigen::Index k = first; k < end; ++k)
        for (Eigen::Index c = 0; c < recipe_.classes; ++c)
          read_out_transposed_(k, c) = read_out.weights(c, k);
    }
  });
}

/// The gradient of W_in never reaches memory: each square of it updates its weights at once.
template <class Scalar>
void Learner<Scalar>::update_read_in(Batch& batch, const UpdateRule& rule) {
  using P = Panels<Scalar>;
  const P& inputs = source(batch);
  const Eigen::Index panels = read_in.weights.panels();
  team_.split((panels + 1) / 2, [&](Eigen::Index begin, Eigen::Index end) {
    constexpr Eigen::Index square = P::panel_rows * P::panel_rows;
    alignas(64) std::array<Scalar, 2 * square> gradients;
    for (Eigen::Index p = 2 * begin; p < std::min(2 * end, panels); p += 2) {
      const Eigen::Index count = std::min<Eigen::Index>(2, panels - p);
      for (Eigen::Index q = 0; q < inputs.panels(); ++q) {
        multiply_transposed(batch.run->covector(), inputs, batch.source_values, p, count, q,
                            gradients.data());
        const Eigen::Index first = q * P::panel_rows, last = std::min(first + P::panel_rows, inputs.rows());
        for (Eigen::Index g = 0; g < count; ++g)
          update_columns(rule, gradients.data() + g * square, read_in, p + g, first, last);
      }
    }
  });
}

/// dL/db_in is the sum of dL/dx(0) over the batch. Rows beyond those of the state get none.
template <class Scalar>
void Learner<Scalar>::update_read_in_bias(const Batch& batch, const UpdateRule& rule) {
  constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  UpdateRule bias_rule = rule;
  bias_rule.weight_decay = 0;
  const Panels<Scalar>& covector = batch.run->covector();
  for (Eigen::Index p = 0; p < read_in_bias.weights.panels(); ++p) {
    alignas(64) std::array<Scalar, rows> gradient{};
    const Eigen::Index count = std::min(rows, recipe_.neurons() - p * rows);
    for (Eigen::Index s = 0; s < batch.logits.columns(); ++s)
      for (Eigen::Index r = 0; r < count; ++r) gradient[r] += covector.panel(p)[s * rows + r];
    update_columns(bias_rule, gradient.data(), read_in_bias, p, 0, 1);
  }
}

#define STOIC_INSTANTIATE_UPDATES(Scalar)                                                           \
  template void Learner<Scalar>::update_convolutions(Learner<Scalar>::Batch&, const UpdateRule&);   \
  template void Learner<Scalar>::update_own(const Learner<Scalar>::Batch&, const UpdateRule&);      \
  template void Learner<Scalar>::update_read_out(const Learner<Scalar>::Batch&, const UpdateRule&); \
  template void Learner<Scalar>::update_read_in(Learner<Scalar>::Batch&, const UpdateRule&);        \
  template void Learner<Scalar>::update_read_in_bias(const Learner<Scalar>::Batch&, const UpdateRule&);
STOIC_INSTANTIATE_UPDATES(float)
STOIC_INSTANTIATE_UPDATES(double)
#undef STOIC_INSTANTIATE_UPDATES

}  // namespace stoic
