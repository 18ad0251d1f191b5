#include "stoic/sim/golden/matvec.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "stoic/sim/golden/pair_product.hpp"

namespace stoic::golden {

WeightMatrix::WeightMatrix(std::span<const std::int32_t> beats, std::int64_t rows, std::int64_t columns,
                           const HardwareConfig& config)
    : rows_(rows), columns_(columns), weights_(static_cast<std::size_t>(rows * columns)) {
  std::int64_t largest_row = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t magnitude = 0;
    const auto block = r / config.lanes * columns;
    for (std::int64_t c = 0; c < columns; ++c) {
      const auto weight = beats[static_cast<std::size_t>((block + c) * config.lanes + r % config.lanes)];
      weights_[static_cast<std::size_t>(r * columns + c)] = weight;
      magnitude += std::abs(static_cast<std::int64_t>(weight));
    }
    largest_row = std::max(largest_row, magnitude);
  }
  const auto within = [&](int bits) {
    return largest_row <= ((std::int64_t{1} << bits) - 1) >> (config.state_width - 1);
  };
  way_ = config.state_width <= 16 && config.weight_width <= 16 && within(31) ? Way::pairs
         : within(53)                                                        ? Way::reals
                                                                             : Way::plain;
  if (way_ == Way::pairs) pack_pairs();
  if (way_ == Way::reals) reals_.assign(weights_.begin(), weights_.end());
}

void WeightMatrix::pack_pairs() {
  const auto blocks = (rows_ + PairVector::rows - 1) / PairVector::rows;
  const auto column_pairs = (columns_ + 1) / 2;
  pairs_.assign(static_cast<std::size_t>(blocks * column_pairs * PairVector::rows * 2), 0);
  for (std::int64_t r = 0; r < rows_; ++r)
    for (std::int64_t c = 0; c < columns_; ++c) {
      const auto at =
          ((r / PairVector::rows * column_pairs + c / 2) * PairVector::rows + r % PairVector::rows) * 2 +
          c % 2;
      pairs_[static_cast<std::size_t>(at)] =
          static_cast<std::int16_t>(weights_[static_cast<std::size_t>(r * columns_ + c)]);
    }
}

namespace {

/// Sums of `Blocks` row blocks for `Samples` samples, all held in registers.
template <int Blocks, int Samples>
void pair_tile(const std::int16_t* pairs, std::int64_t column_pairs, const std::int16_t* states,
               std::int64_t stride, std::int64_t rows, std::int64_t first_row, std::int64_t* sums) {
  PairVector sum[Blocks][Samples];
  const std::int64_t block_size = column_pairs * PairVector::rows * 2;
  for (std::int64_t p = 0; p < column_pairs; ++p) {
    PairVector weights[Blocks];
    for (int b = 0; b < Blocks; ++b)
      weights[b] = PairVector::load(pairs + b * block_size + p * PairVector::rows * 2);
    for (int s = 0; s < Samples; ++s) {
      const auto state = PairVector::broadcast(states + s * stride + 2 * p);
      for (int b = 0; b < Blocks; ++b) sum[b][s].add_products(weights[b], state);
    }
  }
  for (int s = 0; s < Samples; ++s)
    for (int b = 0; b < Blocks; ++b) {
      std::int32_t values[PairVector::rows];
      sum[b][s].store(values);
      const auto row = first_row + std::int64_t{b} * PairVector::rows;
      const auto count = std::min<std::int64_t>(PairVector::rows, rows - row);
      for (std::int64_t i = 0; i < count; ++i) sums[s * rows + row + i] = values[i];
    }
}

template <int Blocks>
void pair_rows(const std::int16_t* pairs, std::int64_t column_pairs, const std::int16_t* states,
               std::int64_t stride, std::int64_t samples, std::int64_t rows, std::int64_t first_row,
               std::int64_t* sums) {
  constexpr int tile = PairVector::tile_samples;
  std::int64_t s = 0;
  for (; s + tile <= samples; s += tile)
    pair_tile<Blocks, tile>(pairs, column_pairs, states + s * stride, stride, rows, first_row,
                            sums + s * rows);
  for (; s < samples; ++s)
    pair_tile<Blocks, 1>(pairs, column_pairs, states + s * stride, stride, rows, first_row, sums + s * rows);
}

}  // namespace

void WeightMatrix::multiply_pairs(const std::int16_t* states, std::int64_t stride, std::int64_t samples,
                                  std::int64_t* sums) const {
  const auto column_pairs = (columns_ + 1) / 2;
  const auto blocks = (rows_ + PairVector::rows - 1) / PairVector::rows;
  constexpr int group = PairVector::tile_blocks;
  std::int64_t b = 0;
  const auto at = [&](std::int64_t block) {
    return pairs_.data() + block * column_pairs * PairVector::rows * 2;
  };
  for (; b + group <= blocks; b += group)
    pair_rows<group>(at(b), column_pairs, states, stride, samples, rows_, b * PairVector::rows, sums);
  for (; b < blocks; ++b)
    pair_rows<1>(at(b), column_pairs, states, stride, samples, rows_, b * PairVector::rows, sums);
}

template <class T>
void WeightMatrix::multiply(const T* states, std::int64_t stride, std::int64_t samples,
                            std::int64_t* sums) const {
  if (way_ == Way::pairs) {
    if constexpr (sizeof(T) == 2) {
      multiply_pairs(states, stride, samples, sums);
    } else {
      // States fit 16 bits, or the way would be another; the copy is small beside the product.
      const auto padded = (columns_ + 1) / 2 * 2;
      std::vector<std::int16_t> narrow(static_cast<std::size_t>(samples * padded));
      for (std::int64_t s = 0; s < samples; ++s)
        std::transform(states + s * stride, states + s * stride + columns_, narrow.begin() + s * padded,
                       [](T state) { return static_cast<std::int16_t>(state); });
      multiply_pairs(narrow.data(), padded, samples, sums);
    }
    return;
  }
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  if (way_ == Way::reals) {
    using States = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
    const Eigen::Map<const States, 0, Eigen::OuterStride<>> batch(states, columns_, samples,
                                                                  Eigen::OuterStride<>(stride));
    const Eigen::Map<const RowMajor> matrix(reals_.data(), rows_, columns_);
    const Eigen::MatrixXd real = batch.template cast<double>();
    const Eigen::MatrixXd product = matrix * real;
    for (std::int64_t i = 0; i < product.size(); ++i) sums[i] = static_cast<std::int64_t>(product.data()[i]);
    return;
  }
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t r = 0; r < rows_; ++r) {
      std::uint64_t sum = 0;  // wraps as the contract's accumulator does
      for (std::int64_t c = 0; c < columns_; ++c)
        sum += static_cast<std::uint64_t>(std::int64_t{weights_[static_cast<std::size_t>(r * columns_ + c)]} *
                                          states[s * stride + c]);
      sums[s * rows_ + r] = static_cast<std::int64_t>(sum);
    }
}

template void WeightMatrix::multiply(const std::int16_t*, std::int64_t, std::int64_t, std::int64_t*) const;
template void WeightMatrix::multiply(const std::int32_t*, std::int64_t, std::int64_t, std::int64_t*) const;

}  // namespace stoic::golden
