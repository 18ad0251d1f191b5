#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "stoic/host/kernels/panels.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {

/// A convolution of a square image without padding: where its outputs lie. Feature f at output row i and
/// column j is number (i * outputs_per_side() + j) * filters + f.
struct ConvolutionShape {
  std::int64_t side = 1;     ///< of the image: side² inputs, row after row
  std::int64_t filters = 1;  ///< 1 to 256
  std::int64_t kernel = 1;   ///< side of a filter, 1 to side
  std::int64_t stride = 1;   ///< from one output to the next, 1 to side

  std::int64_t outputs_per_side() const { return (side - kernel) / stride + 1; }
  std::int64_t locations() const { return outputs_per_side() * outputs_per_side(); }
  std::int64_t features() const { return locations() * filters; }
  /// Pixels under a filter.
  std::int64_t patch() const { return kernel * kernel; }

  /// The keys "filters", "kernel" and "stride" of a recipe, checked against its inputs; and back. Throws
  /// Error.
  static ConvolutionShape read(JsonReader json, std::int64_t inputs);
  nlohmann::ordered_json json() const;
};

/// A batch on its way through a convolution.
template <class Scalar>
struct ConvolutionBatch {
  Panels<Scalar> patches;    ///< [kernel² + 1 x samples * locations]: the pixels under the filter, then 1
  Panels<Scalar> convolved;  ///< W patch [filters x samples * locations]; dL/d of it after backward
  Panels<Scalar> features;   ///< [features x samples]
  Panels<Scalar> covector;   ///< dL/d features, before backward
  Panels<Scalar> gradient;   ///< dL/dW, after backward
};

/// A trained convolution in front of the read-in (paper 001, equation C5), followed by rectifiers:
///
///   feature = max(W [patch; 1], 0),   dL/dW = Σ over samples and locations of (s ∘ w) [patch; 1]ᵀ
///
/// with s = [feature > 0], W [filters x (kernel² + 1)], the bias last, kernels row after row.
template <class Scalar>
class Convolution {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  explicit Convolution(const ConvolutionShape& shape) : shape_(shape) {}
  const ConvolutionShape& shape() const { return shape_; }

  /// Without `remember` there is no room for backward.
  ConvolutionBatch<Scalar> make_batch(Eigen::Index samples, bool remember = true) const;
  /// From inputs [side² x samples] to features.
  void forward(const Panels<Scalar>& weights, const Panels<Scalar>& inputs, ConvolutionBatch<Scalar>& batch,
               Team& team) const;
  /// From the covector to the gradient.
  void backward(ConvolutionBatch<Scalar>& batch, Team& team) const;

 private:
  void fill_patches(const Panels<Scalar>& inputs, Panels<Scalar>& patches, Eigen::Index sample) const;
  ConvolutionShape shape_;
};

extern template class Convolution<float>;
extern template class Convolution<double>;

}  // namespace stoic
