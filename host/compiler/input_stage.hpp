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

/// A vector of the state memory: first word and binary point.
struct VectorPlace {
  std::int64_t word = 0;
  std::int64_t fraction_bits = 0;
};

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
  /// First word of the pixels.
  std::int64_t word() const { return pixels_.word; }
  /// LOAD, and the convolution.
  void emit();

  /// Emits d = W x + bias for a W that weights() has quantised and the builder placed. Returns the slot.
  struct ReadIn {
    const QuantisedMatrix& weights;
    MatrixPlace place;
    VectorPlace destination;
    Eigen::VectorXd bias;  ///< or empty
    std::string text;
  };
  std::int64_t read_in(const ReadIn& product);

 private:
  void cut_strips();
  void convolve();
  void rectify();

  NetworkBuilder& builder_;
  const Model& model_;
  const InputFormat& format_;
  SecondMoments moments_;  ///< of what W_in multiplies
  VectorPlace pixels_;
  std::optional<ConvolutionTiling> tiling_;
  QuantisedMatrix block_;
  MatrixPlace block_place_;
  Eigen::VectorXd bias_;  ///< of a block
  std::int64_t strips_ = 0;
  VectorPlace features_;  ///< in the words of the pixels
  FunctionTable rectifier_;
  std::int64_t rectifier_word_ = 0;
};

}  // namespace stoic
