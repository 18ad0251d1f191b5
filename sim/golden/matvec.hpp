#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "stoic/sim/contract/config.hpp"

namespace stoic::golden {

/// One weight matrix, prepared for exact products with a batch of state vectors.
///
/// Integer sums do not depend on their order as long as no partial sum overflows, so each of the ways below
/// gives the same bits; which one is taken follows from bounds on the weights alone:
///   pairs   int16 states and weights, int32 sums (SIMD): every row's sum |w| * 2^(state_width-1) < 2^31
///   reals   double precision products (Eigen): the same sum < 2^53
///   plain   64-bit integers, otherwise
class WeightMatrix {
 public:
  /// `beats` as they lie in the weight memory or come from the stream: beat block*columns + c holds rows
  /// block*lanes ... of column c.
  WeightMatrix(std::span<const std::int32_t> beats, std::int64_t rows, std::int64_t columns,
               const HardwareConfig& config);

  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }

  /// sums[sample*rows + r] = sum over c of W[r][c] * states[sample*stride + c]. With T = int16 the states may
  /// be read one element beyond the columns. T = int32 holds states of any width, also of 16 bits and fewer.
  template <class T>
  void multiply(const T* states, std::int64_t stride, std::int64_t samples, std::int64_t* sums) const;

 private:
  enum class Way { pairs, reals, plain };
  void pack_pairs();
  void multiply_pairs(const std::int16_t* states, std::int64_t stride, std::int64_t samples,
                      std::int64_t* sums) const;

  std::int64_t rows_;
  std::int64_t columns_;
  Way way_;
  std::vector<std::int32_t> weights_;  ///< row-major
  std::vector<std::int16_t> pairs_;    ///< [row block][column pair][row][2]
  std::vector<double> reals_;          ///< row-major
};

}  // namespace stoic::golden
