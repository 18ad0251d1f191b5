#include "stoic/host/kernels/single_column.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace stoic {
namespace {

using Eigen::Index;

/// Of which share of W the entries may be for products by these alone to pay: one takes as long as some three
/// of a dense product in single precision, six in double.
constexpr double by_nonzeros_below = 0.25;
/// Columns of a W that is multiplied so.
constexpr Index most_by_nonzeros = 4096;
static_assert(most_by_nonzeros % Panels<double>::panel_rows == 0);
/// Sums at a time: one is a chain of additions, each of which waits for the one before.
constexpr Index at_once = 4;
constexpr Index rows = Panels<double>::panel_rows;

Index place_in_panels(Index k) { return k / rows * rows * Panels<double>::block_columns + k % rows; }

/// A column of a panel in vector registers.
template <class Scalar>
using ColumnLanes [[gnu::vector_size(rows * sizeof(Scalar))]] = Scalar;

template <class Scalar>
ColumnLanes<double> widened(const Scalar* column) {
  ColumnLanes<Scalar> lanes;
  std::memcpy(&lanes, column, sizeof lanes);
  return __builtin_convertvector(lanes, ColumnLanes<double>);
}

/// `w`: columns of a panel of W, `columns` of them. Not by Eigen, which turns single precision into double one by one.
template <class Scalar>
void multiply_dense(const Scalar* w, const Panels<double>& x, Index columns, double* result) {
  ColumnLanes<double> a{}, b{}, c{}, d{};
  for (Index k = 0; k < columns; k += rows) {
    const double* const right = x.panel(0) + place_in_panels(k);
    const Scalar* const left = w + k * rows;
    const Index count = std::min(rows, columns - k), fours = count / at_once * at_once;
    for (Index j = 0; j < fours; j += at_once) {
      a += right[j] * widened(left + j * rows);
      b += right[j + 1] * widened(left + (j + 1) * rows);
      c += right[j + 2] * widened(left + (j + 2) * rows);
      d += right[j + 3] * widened(left + (j + 3) * rows);
    }
    for (Index j = fours; j < count; ++j) a += right[j] * widened(left + j * rows);
  }
  const ColumnLanes<double> sum = (a + b) + (c + d);
  std::memcpy(result, &sum, sizeof sum);
}

}  // namespace

SingleColumnProduct::SingleColumnProduct(const Panels<double>& w) {
  const auto dense = w.dense();
  const auto nonzeros = (dense.array() != 0).count();
  const bool few = static_cast<double>(nonzeros) <= by_nonzeros_below * static_cast<double>(dense.size());
  if (!few || w.columns() > most_by_nonzeros) {
    if (dense.cast<float>().cast<double>() != dense) return;
    const Panels<double> panels(dense);
    single_.resize(rows, panels.panels() * panels.panel_size() / rows);
    for (Index p = 0; p < panels.panels(); ++p)
      std::copy_n(panels.panel(p), panels.panel_size(), single_.data() + p * panels.panel_size());
    return;
  }
  begins_.push_back(0);
  for (Index i = 0; i < w.rows(); ++i) {
    for (Index k = 0; k < w.columns(); ++k) {
      if (dense(i, k) == 0) continue;
      values_.push_back(dense(i, k));
      places_.push_back(static_cast<std::uint16_t>(k));
    }
    const auto filled = (std::ssize(values_) + at_once - 1) / at_once * at_once;
    values_.resize(static_cast<std::size_t>(filled), 0);
    places_.resize(static_cast<std::size_t>(filled), 0);
    begins_.push_back(filled);
  }
}

/// Four places are read at once, and what stands there is put side by side: loads are what this waits for.
void SingleColumnProduct::multiply_nonzeros(const Panels<double>& x, double* sums, Index p) const {
  static_assert(at_once == 4);
  using Four [[gnu::vector_size(4 * sizeof(double))]] = double;
  // Side by side: in panels they are 1 KiB apart, and push each other out of the cache.
  std::array<double, most_by_nonzeros> from;
  for (Index k = 0; k < x.rows(); k += rows)
    std::copy_n(x.panel(0) + place_in_panels(k), rows, from.data() + k);
  const auto count = std::min<Index>(rows, std::ssize(begins_) - 1 - p * rows);
  for (Index r = 0; r < count; ++r) {
    const auto row = static_cast<std::size_t>(p * rows + r);
    Four sum{};
    for (Index k = begins_[row]; k < begins_[row + 1]; k += at_once) {
      Four values;
      std::uint64_t places = 0;
      std::memcpy(&values, values_.data() + k, sizeof values);
      std::memcpy(&places, places_.data() + k, sizeof places);
      sum += values * Four{from[places & 0xffff], from[places >> 16 & 0xffff], from[places >> 32 & 0xffff],
                           from[places >> 48]};
    }
    sums[r] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }
}

void SingleColumnProduct::operator()(const Panels<double>& w, const Panels<double>& x, Panels<double>& y,
                                     Index p) const {
  if (by_nonzeros()) return multiply_nonzeros(x, y.panel(p), p);
  if (in_single_precision())
    multiply_dense(single_.data() + p * w.panel_size(), x, w.columns(), y.panel(p));
  else
    multiply_dense(w.panel(p), x, w.columns(), y.panel(p));
}

}  // namespace stoic
