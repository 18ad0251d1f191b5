#include "stoic/host/learning/network_pass.hpp"

#include <algorithm>

#include "stoic/host/kernels/convolution_places.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using ConstWeights = Eigen::Map<const MatrixXd>;
using PassWeights = Eigen::Map<MatrixXd>;

/// f of every element; tanh by exp, which there is for vectors.
void apply(Activation activation, MatrixXd& z) {
  auto a = z.array();
  if (activation == Activation::relu) a = a.max(0.0);
  if (activation == Activation::tanh) a = 1 - 2 / ((2 * a).exp() + 1);
  if (activation == Activation::sigmoid) a = 1 / (1 + (-a).exp());
}

/// w -> f'(z) w, where f(z) is `values`.
void scale_by_slope(Activation activation, const MatrixXd& values, MatrixXd& w) {
  const auto a = values.array();
  if (activation == Activation::relu) w.array() *= (a > 0).cast<double>();
  if (activation == Activation::tanh) w.array() *= 1 - a.square();
  if (activation == Activation::sigmoid) w.array() *= a * (1 - a);
}

/// rw += (R f'(z)) w with R f'(z) = f''(z) R z, by the tangents of the values: R (1 - a²) = -2 a R a.
void add_bend(Activation activation, const MatrixXd& values, const MatrixXd& value_tangents,
              const MatrixXd& w, MatrixXd& rw) {
  const auto a = values.array();
  if (activation == Activation::tanh) rw.array() -= 2 * a * value_tangents.array() * w.array();
  if (activation == Activation::sigmoid) rw.array() += (1 - 2 * a) * value_tangents.array() * w.array();
}

/// Calls each(first element of the images, first of the patches, count) for what lies side by side under the
/// filters, of samples that lie one after the other.
template <class Each>
void for_patches(const NetworkLayer& layer, Index samples, const Each& each) {
  const ConvolutionShape& shape = *layer.convolution;
  Index column = 0;
  for (Index s = 0; s < samples; ++s)
    for (Index i = 0; i < shape.output_rows(); ++i)
      for (Index j = 0; j < shape.output_columns(); ++j, ++column)
        for_rows_of_patch(shape, i, j, [&](Index image, Index patch, Index count) {
          each(s * layer.inputs + image, column * layer.patch() + patch, count);
        });
}

}  // namespace

void fill_network_patches(const NetworkLayer& layer, const double* images, Index samples, MatrixXd& patches) {
  patches.setZero(layer.patch(), layer.locations() * samples);
  for_patches(layer, samples, [&](Index image, Index patch, Index count) {
    std::copy_n(images + image, count, patches.data() + patch);
  });
}

const double* NetworkPass::source(std::size_t k) const {
  if (layers_[k].convolution) return states_[k].patches.data();
  const State& before = states_[k - 1];
  return layers_[k - 1].pools() ? before.pooled.data() : before.values.data();
}

const double* NetworkPass::source_tangents(std::size_t k) const {
  if (layers_[k].convolution) return states_[k].patch_tangents.data();
  const State& before = states_[k - 1];
  return layers_[k - 1].pools() ? before.pooled_tangents.data() : before.value_tangents.data();
}

/// f(z + b) in the place of z.
void NetworkPass::activate(std::size_t k, const double* weights, const double* direction) {
  State& state = states_[k];
  const WeightPart& bias = parts_[2 * k + 1];
  state.values.colwise() += Eigen::Map<const Eigen::VectorXd>(weights + bias.first, bias.rows);
  const auto activation = layers_[k].activation;
  if (activation) apply(*activation, state.values);
  if (direction != nullptr) {
    state.value_tangents.colwise() += Eigen::Map<const Eigen::VectorXd>(direction + bias.first, bias.rows);
    if (activation) scale_by_slope(*activation, state.values, state.value_tangents);
  }
  if (layers_[k].pools()) pool(k, direction != nullptr);
}

void NetworkPass::pool(std::size_t k, bool tangents) {
  const NetworkLayer& layer = layers_[k];
  State& state = states_[k];
  const Index outputs = layer.outputs();
  state.pooled.resize(layer.rows, outputs / layer.rows * samples_);
  state.largest.resize(static_cast<std::size_t>(state.pooled.size()));
  if (tangents) state.pooled_tangents.resize(state.pooled.rows(), state.pooled.cols());
  for (Index s = 0; s < samples_; ++s)
    for_features(*layer.convolution, state.values, s * layer.locations(),
                 [&](Index feature, Index f, Index best) {
                   const Index to = s * outputs + feature;
                   state.pooled.data()[to] = state.values(f, best);
                   if (tangents) state.pooled_tangents.data()[to] = state.value_tangents(f, best);
                   state.largest[static_cast<std::size_t>(to)] = static_cast<std::int32_t>(best);
                 });
}

void NetworkPass::forward(const double* weights, const double* direction, const Sums& first,
                          const Sums& first_tangents, Index samples) {
  samples_ = samples;
  states_[0].values = first;
  if (direction != nullptr) states_[0].value_tangents = first_tangents;
  activate(0, weights, direction);
  for (std::size_t k = 1; k < layers_.size(); ++k) {
    const NetworkLayer& layer = layers_[k];
    State& state = states_[k];
    if (layer.convolution) {
      const auto dense = [&](const MatrixXd& values, const MatrixXd& pooled) {
        return layers_[k - 1].pools() ? pooled.data() : values.data();
      };
      const State& before = states_[k - 1];
      fill_network_patches(layer, dense(before.values, before.pooled), samples, state.patches);
      if (direction != nullptr)
        fill_network_patches(layer, dense(before.value_tangents, before.pooled_tangents), samples,
                             state.patch_tangents);
    }
    const Index columns = layer.locations() * samples;
    const ConstWeights w(weights + parts_[2 * k].first, layer.rows, layer.patch());
    const ConstWeights x(source(k), layer.patch(), columns);
    state.values.resize(layer.rows, columns);
    state.values.noalias() = w * x;
    if (direction != nullptr) {
      const ConstWeights v(direction + parts_[2 * k].first, layer.rows, layer.patch());
      state.value_tangents.resize(layer.rows, columns);
      state.value_tangents.noalias() = w * ConstWeights(source_tangents(k), layer.patch(), columns);
      state.value_tangents.noalias() += v * x;
    }
    activate(k, weights, direction);
  }
}

/// From dL/d results, in covectors, to dL/d sums, in the same place.
void NetworkPass::pull_activation(std::size_t k, bool tangents) {
  const NetworkLayer& layer = layers_[k];
  State& state = states_[k];
  const Index columns = layer.locations() * samples_;
  if (layer.pools()) {
    const auto spread = [&](MatrixXd& covectors) {
      MatrixXd all = MatrixXd::Zero(layer.rows, columns);
      for (Index i = 0; i < covectors.size(); ++i)
        all(i % layer.rows, state.largest[static_cast<std::size_t>(i)]) += covectors.data()[i];
      covectors = std::move(all);
    };
    spread(state.covectors);
    if (tangents) spread(state.covector_tangents);
  } else {
    state.covectors.resize(layer.rows, columns);
    if (tangents) state.covector_tangents.resize(layer.rows, columns);
  }
  if (!layer.activation) return;
  if (tangents) {
    scale_by_slope(*layer.activation, state.values, state.covector_tangents);
    add_bend(*layer.activation, state.values, state.value_tangents, state.covectors, state.covector_tangents);
  }
  scale_by_slope(*layer.activation, state.values, state.covectors);
}

/// Of the matrix of a layer that is not the first.
void NetworkPass::add_gradients(std::size_t k, double* gradient, double* product) const {
  const NetworkLayer& layer = layers_[k];
  const State& state = states_[k];
  const Index columns = layer.locations() * samples_;
  const ConstWeights x(source(k), layer.patch(), columns);
  PassWeights(gradient + parts_[2 * k].first, layer.rows, layer.patch()).noalias() +=
      state.covectors * x.transpose();
  if (product == nullptr) return;
  PassWeights to(product + parts_[2 * k].first, layer.rows, layer.patch());
  to.noalias() += state.covector_tangents * x.transpose();
  to.noalias() += state.covectors * ConstWeights(source_tangents(k), layer.patch(), columns).transpose();
}

/// From dL/d sums of layer k to dL/d results of the layer before.
void NetworkPass::pull_product(std::size_t k, const double* weights, const double* direction) {
  const NetworkLayer& layer = layers_[k];
  const State& state = states_[k];
  State& before = states_[k - 1];
  const ConstWeights w(weights + parts_[2 * k].first, layer.rows, layer.patch());
  const auto gather = [&](MatrixXd patches, MatrixXd& to) {
    if (!layer.convolution) {
      to = std::move(patches);
      return;
    }
    to.setZero(layer.inputs, samples_);
    for_patches(layer, samples_, [&](Index image, Index patch, Index count) {
      for (Index i = 0; i < count; ++i) to.data()[image + i] += patches.data()[patch + i];
    });
  };
  gather(w.transpose() * state.covectors, before.covectors);
  if (direction == nullptr) return;
  const ConstWeights v(direction + parts_[2 * k].first, layer.rows, layer.patch());
  MatrixXd tangents = w.transpose() * state.covector_tangents;
  tangents.noalias() += v.transpose() * state.covectors;
  gather(std::move(tangents), before.covector_tangents);
}

void NetworkPass::backward(const double* weights, const double* direction, double* gradient, double* product,
                           Covectors first, Covectors first_tangents) {
  const bool tangents = direction != nullptr;
  states_.back().covectors = states_.back().values;
  if (tangents) states_.back().covector_tangents = states_.back().value_tangents;
  for (std::size_t k = layers_.size(); k-- > 0;) {
    State& state = states_[k];
    // The outputs have no function of their own: their covectors are those of the sums.
    if (k + 1 < layers_.size()) pull_activation(k, tangents);
    const WeightPart& bias = parts_[2 * k + 1];
    Eigen::Map<Eigen::VectorXd>(gradient + bias.first, bias.rows) += state.covectors.rowwise().sum();
    if (tangents)
      Eigen::Map<Eigen::VectorXd>(product + bias.first, bias.rows) += state.covector_tangents.rowwise().sum();
    if (k == 0) break;
    add_gradients(k, gradient, product);
    pull_product(k, weights, direction);
  }
  first = states_[0].covectors;
  if (tangents) first_tangents = states_[0].covector_tangents;
}

}  // namespace stoic
