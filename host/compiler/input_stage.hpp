#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <optional>

#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/convolution_tiling.hpp"
#include "stoic/host/compiler/input_format.hpp"
#include "stoic/host/compiler/network_builder.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// What a program does before the read-in: it loads the sample and, where the network has a convolution,
/// makes its features. Then W_in meets them.
///
/// Without a convolution W_in meets raw pixels, which are exact in states of 9 bits and more, or real values
/// as codes: input_scale is folded into it, and input_offset becomes a bias. With one they go to the filters.
/// Builder and task must outlive the object.
class InputStage {
 public:
  /// Chooses the binary points on the samples of the task, and quantises the filters.
  InputStage(NetworkBuilder& builder, const LoweringTask& task);

  /// Quantises W_in, or these rows made of it [rows x read_in_columns], for what it meets and a product of
  /// `result_bits`: columns are where the program has their elements.
  QuantisedMatrix weights(const Eigen::MatrixXd& rows, std::int64_t result_bits) const;
  /// What is added to the product of W_in with what it meets: the share of input_offset, and b_in.
  Eigen::VectorXd offset() const;

  /// Places the filters, vectors and table. At least `reserve` elements are set aside for the pixels, whose
  /// words nobody needs after the read-in.
  void place(std::int64_t reserve = 0);
  const Quantity& pixels() const { return pixels_; }
  /// LOAD, and the convolution.
  void emit();

  /// What W_in meets, and its largest |code|.
  const Quantity& source() const { return tiling_ ? features_ : pixels_; }
  std::int64_t largest_code() const;

 private:
  void cut_strips();
  void convolve();
  void rectify();

  NetworkBuilder& builder_;
  const Model& model_;
  const InputFormat& format_;
  SecondMoments moments_;  ///< of what W_in multiplies
  Quantity pixels_;
  std::optional<ConvolutionTiling> tiling_;
  NetworkMatrix block_;
  Eigen::VectorXd bias_;  ///< of a block
  Quantity strips_;
  Quantity features_;  ///< in the words of the pixels
  TableFunction rectifier_;
};

}  // namespace stoic
