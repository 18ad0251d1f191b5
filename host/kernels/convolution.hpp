#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stoic/host/kernels/image_shape.hpp"
#include "stoic/host/kernels/panels.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {

/// A convolution of an image, and the largest of each square of its results: where its outputs lie. Feature f
/// at row i and column j of the squares is number (i * (output_columns() / pool) + j) * filters + f.
struct ConvolutionShape {
  std::int64_t height = 1, width = 1, channels = 1;  ///< of the image, laid out as ImageShape says
  std::int64_t filters = 1;                          ///< 1 to 256
  std::int64_t kernel = 1;                           ///< side of a filter, 1 to the shorter side
  std::int64_t stride = 1;                           ///< from one result to the next, likewise
  std::int64_t padding = 0;  ///< rows and columns of zeros around the image, 0 to kernel - 1
  std::int64_t pool = 1;  ///< side of the squares, which do not overlap; what is left at the edge is dropped

  std::int64_t inputs() const { return height * width * channels; }
  std::int64_t output_rows() const { return (height + 2 * padding - kernel) / stride + 1; }
  std::int64_t output_columns() const { return (width + 2 * padding - kernel) / stride + 1; }
  /// Places of a filter on the image.
  std::int64_t locations() const { return output_rows() * output_columns(); }
  std::int64_t features() const { return (output_rows() / pool) * (output_columns() / pool) * filters; }
  /// Elements under a row of a filter, which lie side by side, and under the whole of it.
  std::int64_t patch_row() const { return kernel * channels; }
  std::int64_t patch() const { return kernel * patch_row(); }
  /// Neither padding nor pooling.
  bool is_plain() const { return padding == 0 && pool == 1; }

  /// The keys "filters", "kernel", "stride", "padding" and "pool" of a recipe, checked against the image.
  /// Throws Error.
  static ConvolutionShape read(JsonReader json, const ImageShape& image);
  nlohmann::ordered_json json() const;
};

/// Of the key "convolution": an object, or a list of 1 to 8, each of the features of the one before. The image
/// of the first is square and grey where it is not known. Throws Error.
std::vector<ConvolutionShape> read_convolutions(JsonReader& recipe, const nlohmann::json& value,
                                                std::int64_t inputs, const ImageShape& image);
/// What was read: an object of one, a list of several.
nlohmann::ordered_json convolutions_json(const std::vector<ConvolutionShape>& shapes);
/// "W_convolution", "W_convolution_2", ...: of layer k, from 0.
std::string convolution_name(std::size_t k);

/// A batch on its way through a convolution. Patches and convolved hold no more samples than go through it
/// together; backward makes them anew where there were more.
template <class Scalar>
struct ConvolutionBatch {
  Panels<Scalar> patches;    ///< [patch + 1 x samples * locations]: what is under the filter, then 1
  Panels<Scalar> convolved;  ///< W patch [filters x samples * locations]; dL/d of it after backward
  Panels<Scalar> features;   ///< [features x samples]
  Panels<Scalar> covector;   ///< dL/d features, before backward
  Panels<Scalar> gradient;   ///< dL/dW, after backward
  Panels<Scalar> patch_covector, weights_transposed;  ///< for dL/d image
};

/// A trained convolution in front of the read-in (paper 001, equation C5), followed by rectifiers and, where
/// the shape says so, by the largest of each square:
///
///   feature = max over the square of max(W [patch; 1], 0),
///   dL/dW = Σ over samples and squares of (s ∘ w) [patch; 1]ᵀ at the square's first largest place
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
  /// From the covector to the gradient and, where it is wanted, dL/d inputs [inputs x samples]; of the weights
  /// and inputs of forward.
  void backward(const Panels<Scalar>& weights, const Panels<Scalar>& inputs, ConvolutionBatch<Scalar>& batch,
                Team& team, Panels<Scalar>* input_covector = nullptr) const;

 private:
  /// Of samples first ... end-1, whose patches begin with the first one's.
  struct Part {
    Eigen::Index first, end;
  };
  void convolve(const Panels<Scalar>& weights, const Panels<Scalar>& inputs, ConvolutionBatch<Scalar>& batch,
                Part part, Eigen::Index first, Eigen::Index end) const;
  void fill_patches(const Panels<Scalar>& inputs, Eigen::Index sample, Panels<Scalar>& patches,
                    Eigen::Index place) const;
  void take_features(ConvolutionBatch<Scalar>& batch, Part part, Eigen::Index sample) const;
  void spread_covector(ConvolutionBatch<Scalar>& batch, Part part, Eigen::Index sample) const;
  void add_gradient(ConvolutionBatch<Scalar>& batch, bool first, Team& team) const;
  void gather_patches(const Panels<Scalar>& patches, Eigen::Index place, Panels<Scalar>& images,
                      Eigen::Index sample) const;
  ConvolutionShape shape_;
};

extern template class Convolution<float>;
extern template class Convolution<double>;

/// Convolutions one behind the other.
template <class Scalar>
class Convolutions {
 public:
  using Weights = std::vector<const Panels<Scalar>*>;  ///< of each
  using Batch = std::vector<ConvolutionBatch<Scalar>>;
  explicit Convolutions(const std::vector<ConvolutionShape>& shapes) {
    for (const auto& shape : shapes) layers_.emplace_back(shape);
  }
  bool empty() const { return layers_.empty(); }
  Batch make_batch(Eigen::Index samples, bool remember = true) const;
  /// To the features of the last.
  void forward(const Weights& weights, const Panels<Scalar>& inputs, Batch& batch, Team& team) const;
  /// From the covector of the last to the gradient of each.
  void backward(const Weights& weights, const Panels<Scalar>& inputs, Batch& batch, Team& team) const;

 private:
  std::vector<Convolution<Scalar>> layers_;
};

extern template class Convolutions<float>;
extern template class Convolutions<double>;

}  // namespace stoic
