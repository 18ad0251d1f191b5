#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "stoic/host/kernels/image_shape.hpp"
#include "stoic/host/kernels/panels.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {

/// A convolution of an image without padding: where its outputs lie. Feature f at output row i and column j
/// is number (i * output_columns() + j) * filters + f.
struct ConvolutionShape {
  std::int64_t height = 1, width = 1, channels = 1;  ///< of the image, laid out as ImageShape says
  std::int64_t filters = 1;                          ///< 1 to 256
  std::int64_t kernel = 1;                           ///< side of a filter, 1 to the shorter side
  std::int64_t stride = 1;                           ///< from one output to the next, likewise

  std::int64_t inputs() const { return height * width * channels; }
  std::int64_t output_rows() const { return (height - kernel) / stride + 1; }
  std::int64_t output_columns() const { return (width - kernel) / stride + 1; }
  std::int64_t locations() const { return output_rows() * output_columns(); }
  std::int64_t features() const { return locations() * filters; }
  /// Elements under a row of a filter, which lie side by side, and under the whole of it.
  std::int64_t patch_row() const { return kernel * channels; }
  std::int64_t patch() const { return kernel * patch_row(); }

  /// The keys "filters", "kernel" and "stride" of a recipe, checked against its image, which is square and
  /// grey where it is not known; and back. Throws Error.
  static ConvolutionShape read(JsonReader json, std::int64_t inputs, const ImageShape& image);
  nlohmann::ordered_json json() const;
};

/// A batch on its way through a convolution.
template <class Scalar>
struct ConvolutionBatch {
  Panels<Scalar> patches;    ///< [patch + 1 x samples * locations]: what is under the filter, then 1
  Panels<Scalar> convolved;  ///< W patch [filters x samples * locations]; dL/d of it after backward
  Panels<Scalar> features;   ///< [features x samples]
  Panels<Scalar> covector;   ///< dL/d features, before backward
  Panels<Scalar> gradient;   ///< dL/dW, after backward
};

/// A trained convolution in front of the read-in (paper 001, equation C5), followed by rectifiers:
///
///   feature = max(W [patch; 1], 0),   dL/dW = Σ over samples and locations of (s ∘ w) [patch; 1]ᵀ
///
/// with s = [feature > 0], W [filters x (patch + 1)], the bias last, kernels as the image lies: row after
/// row, pixel after pixel, channel after channel.
template <class Scalar>
class Convolution {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  explicit Convolution(const ConvolutionShape& shape) : shape_(shape) {}
  const ConvolutionShape& shape() const { return shape_; }

  /// Without `remember` there is no room for backward.
  ConvolutionBatch<Scalar> make_batch(Eigen::Index samples, bool remember = true) const;
  /// From inputs [inputs x samples] to features.
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
