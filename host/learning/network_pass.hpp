#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "stoic/host/learning/network_layers.hpp"

namespace stoic {

/// What is under the filters of a convolution [patch x locations * samples], zeros beyond the edge; of images
/// that lie one after the other.
void fill_network_patches(const NetworkLayer& layer, const double* images, Eigen::Index samples,
                          Eigen::MatrixXd& patches);

/// One copy of a network on its way through its layers with a chunk of samples, and the derivatives behind
/// it. The product of the first layer is the caller's, who makes it for many copies at once.
///
/// With tangents everything has its derivative R along a direction of the weights beside it:
///   R z = W R x + V x + v,   R f(z) = f'(z) R z,   and of the covector δ = f'(z) w
///   R δ = f''(z) R z w + f'(z) R w,   R w of the layer before = Wᵀ R δ + Vᵀ δ
class NetworkPass {
 public:
  using Sums = Eigen::Ref<const Eigen::MatrixXd, 0, Eigen::OuterStride<>>;
  using Covectors = Eigen::Ref<Eigen::MatrixXd, 0, Eigen::OuterStride<>>;

  NetworkPass(const std::vector<NetworkLayer>& layers, const std::vector<WeightPart>& parts)
      : layers_(layers), parts_(parts), states_(layers.size()) {}

  /// From W_1 x of the first layer (without its bias) [rows x locations * samples]; of this copy's weights,
  /// and direction, if there is one.
  void forward(const double* weights, const double* direction, const Sums& first, const Sums& first_tangents,
               Eigen::Index samples);
  /// The network's outputs [classes x samples].
  Eigen::MatrixXd& outputs() { return states_.back().values; }
  Eigen::MatrixXd& output_tangents() { return states_.back().value_tangents; }
  /// From dL/d outputs, which stand in outputs() and, with a direction, output_tangents(), adds to the
  /// gradient and to H v of all but W_1, and leaves dL/d of the first sums.
  void backward(const double* weights, const double* direction, double* gradient, double* product,
                Covectors first, Covectors first_tangents);

 private:
  using Index = Eigen::Index;
  struct State {
    Eigen::MatrixXd patches, values, pooled, covectors;  // pooled: of a layer that pools
    Eigen::MatrixXd patch_tangents, value_tangents, pooled_tangents, covector_tangents;
    std::vector<std::int32_t> largest;  // column of `values` that a pooled value is from
  };
  /// What layer k multiplies, and its tangents.
  const double* source(std::size_t k) const;
  const double* source_tangents(std::size_t k) const;
  void activate(std::size_t k, const double* weights, const double* direction);
  void pool(std::size_t k, bool tangents);
  void pull_activation(std::size_t k, bool tangents);
  void add_gradients(std::size_t k, double* gradient, double* product) const;
  void pull_product(std::size_t k, const double* weights, const double* direction);

  const std::vector<NetworkLayer>& layers_;
  const std::vector<WeightPart>& parts_;
  std::vector<State> states_;
  Index samples_ = 0;
};

}  // namespace stoic
