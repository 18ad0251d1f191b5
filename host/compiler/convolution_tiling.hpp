#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <cstdint>

#include "stoic/host/kernels/convolution.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic {

/// A convolution as products of one matrix. MATVEC reads a vector that begins with a state word, so the image
/// is first cut into strips of columns, `width` pixels wide and overlapping where filters do, each stored row
/// after row: the pixels under the filters of one output row of a strip are then `kernel` rows of it, one
/// after the other, and begin with a word. A product of them and the filters, repeated for each of the
/// `across` outputs of the row, makes a block of features.
struct ConvolutionTiling {
  ConvolutionShape shape;
  std::int64_t lanes = 1;
  std::int64_t width = 1;   ///< of a strip in pixels; stride * row() fills whole words
  std::int64_t across = 1;  ///< outputs of a strip's row
  std::int64_t strips = 1;

  /// Elements of a strip's row: the channels of its pixels.
  std::int64_t row() const { return width * shape.channels; }
  std::int64_t rows() const { return across * shape.filters; }
  std::int64_t columns() const { return shape.kernel * row(); }
  std::int64_t strip_words() const { return words(shape.height * row()); }
  /// Outputs of a row of strip s; the last strip may have fewer.
  std::int64_t across_of(std::int64_t s) const {
    return std::min(across, shape.output_columns() - s * across);
  }
  /// From the first word of strips or features: what the block of output row i and strip s reads and writes.
  std::int64_t source_word(std::int64_t i, std::int64_t s) const {
    return s * strip_words() + i * shape.stride * row() / lanes;
  }
  std::int64_t feature_word(std::int64_t i, std::int64_t s) const;
  /// Where a feature of the float network lies among the features of the program.
  std::int64_t position(std::int64_t feature) const;
  /// Elements of the features of the program, with the gaps at the ends of blocks.
  std::int64_t length() const { return feature_word(shape.output_rows(), 0) * lanes; }

  /// The matrix of a block from that of the filters [filters x patch].
  Eigen::MatrixXi block_matrix(const Eigen::MatrixXi& filters) const;

  std::int64_t program_words() const;
  /// Of strips, and of image and features, which share words.
  std::int64_t state_words() const;
  std::int64_t cycles() const;

 private:
  std::int64_t words(std::int64_t elements) const { return (elements + lanes - 1) / lanes; }
};

/// The tiling with the fewest cycles whose instructions take at most five eighths of the program memory, or
/// the shortest program when none does, and that the state memory has room for.
ConvolutionTiling tile(const ConvolutionShape& shape, const HardwareConfig& config);

}  // namespace stoic
