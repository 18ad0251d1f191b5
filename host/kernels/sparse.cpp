#include "stoic/host/kernels/sparse.hpp"

#include <algorithm>
#include <array>
#include <bit>

#if defined(__AVX512F__) || defined(__FMA__)
#include <immintrin.h>
#endif

namespace stoic {
namespace {

using Eigen::Index;

/// Below which share of elements products by them pay. One element takes as long as two to three of a dense product with
/// AVX-512, and some one and a half without (784 x 500 weights, batches of 64): at the fifth of MNIST a training step
/// of a perceptron takes 0.6 of its time.
constexpr double sparse_below = 0.4;

/// As many rows as a register has, and a b + c with one rounding where the processor has that: LIBXSMM's kernels do so, at
/// every level of optimisation, and the compiler at some.
#if defined(__AVX512F__)
using Floats = __m512;
using Doubles = __m512d;
Floats fused(Floats a, float b, Floats c) { return _mm512_fmadd_ps(a, _mm512_set1_ps(b), c); }
Doubles fused(Doubles a, double b, Doubles c) { return _mm512_fmadd_pd(a, _mm512_set1_pd(b), c); }
#elif defined(__FMA__)
using Floats = __m256;
using Doubles = __m256d;
Floats fused(Floats a, float b, Floats c) { return _mm256_fmadd_ps(a, _mm256_set1_ps(b), c); }
Doubles fused(Doubles a, double b, Doubles c) { return _mm256_fmadd_pd(a, _mm256_set1_pd(b), c); }
#else
using Floats [[gnu::vector_size(16), gnu::may_alias]] = float;
using Doubles [[gnu::vector_size(16), gnu::may_alias]] = double;
Floats fused(Floats a, float b, Floats c) { return a * b + c; }
Doubles fused(Doubles a, double b, Doubles c) { return a * b + c; }
#endif

template <class Scalar>
struct Lanes;  // no std::conditional: a template argument forgets what may alias
template <>
struct Lanes<float> {
  using Type = Floats;
};
template <>
struct Lanes<double> {
  using Type = Doubles;
};

/// By its bits but the sign's: a comparison of integers takes less time where most have to be made.
bool is_nonzero(float value) { return std::bit_cast<std::uint32_t>(value) << 1 != 0; }
bool is_nonzero(double value) { return std::bit_cast<std::uint64_t>(value) << 1 != 0; }

/// The rows of one column of a panel, in registers.
template <class Scalar>
struct Column {
  using Part = typename Lanes<Scalar>::Type;
  static constexpr std::size_t parts = Panels<Scalar>::panel_rows * sizeof(Scalar) / sizeof(Part);
  Part part[parts];  // no std::array, for the same reason

  static Column load(const Scalar* from) {
    Column result;
    for (std::size_t i = 0; i < parts; ++i) result.part[i] = reinterpret_cast<const Part*>(from)[i];
    return result;
  }
  void store(Scalar* to) const {
    for (std::size_t i = 0; i < parts; ++i) reinterpret_cast<Part*>(to)[i] = part[i];
  }
  void add(Scalar factor, const Scalar* from) {
    for (std::size_t i = 0; i < parts; ++i)
      part[i] = fused(reinterpret_cast<const Part*>(from)[i], factor, part[i]);
  }
};

/// sums[g] += Σ value * the column of left[g] at its place. Of several panels at once: one sum is a chain of
/// additions, each of which waits for the one before.
template <std::size_t together, class Scalar>
[[gnu::always_inline]] inline void add_columns(const std::array<const Scalar*, together>& left,
                                               const typename NonZeros<Scalar>::Range& elements,
                                               std::array<Column<Scalar>, together>& sums) {
  auto kept = sums;
  for (auto e = elements.begin; e != elements.end; ++e)
    for (std::size_t g = 0; g < together; ++g) kept[g].add(e->value, left[g] + e->place);
  sums = kept;
}

template <std::size_t together, class Scalar>
std::array<const Scalar*, together> panels_from(const Panels<Scalar>& panels, Index first) {
  std::array<const Scalar*, together> result;
  for (std::size_t g = 0; g < together; ++g) result[g] = panels.panel(first + static_cast<Index>(g));
  return result;
}

template <std::size_t together, class Scalar>
void multiply_panels(const Panels<Scalar>& w, const NonZeros<Scalar>& x, Panels<Scalar>& y, Index first) {
  constexpr Index rows = Panels<Scalar>::panel_rows;
  const auto left = panels_from<together>(w, first);
  for (Index block = 0; block < x.blocks(); ++block)
    for (Index s = 0; s < x.columns(); ++s) {
      std::array<Column<Scalar>, together> sums{};
      const auto at = [&](std::size_t g) { return y.panel(first + static_cast<Index>(g)) + s * rows; };
      if (block > 0)
        for (std::size_t g = 0; g < together; ++g) sums[g] = Column<Scalar>::load(at(g));
      add_columns<together>(left, x.in_column(s, block), sums);
      for (std::size_t g = 0; g < together; ++g) sums[g].store(at(g));
    }
}

template <std::size_t together, class Scalar>
void multiply_transposed_panels(const Panels<Scalar>& d, const NonZeros<Scalar>& x, Index d_panel,
                                Index x_panel, Scalar* product) {
  constexpr Index rows = Panels<Scalar>::panel_rows;
  const auto left = panels_from<together>(d, d_panel);
  const Index first = x_panel * rows, end = std::min(first + rows, x.rows());
  for (Index k = first; k < end; ++k) {
    std::array<Column<Scalar>, together> sums{};
    add_columns<together>(left, x.in_row(k), sums);
    for (std::size_t g = 0; g < together; ++g)
      sums[g].store(product + (static_cast<Index>(g) * rows + k - first) * rows);
  }
}

}  // namespace

template <class Scalar>
void NonZeros<Scalar>::resize(const Panels<Scalar>& x) {
  if (rows_ == x.rows() && columns_ == x.columns()) return;
  rows_ = x.rows();
  columns_ = x.columns();
  blocks_ = (rows_ + block_rows - 1) / block_rows;
  const auto size = static_cast<std::size_t>(rows_ * columns_);
  by_column_.resize(size);
  by_row_.resize(size);
  column_ends_.resize(static_cast<std::size_t>(columns_ * (blocks_ + 1)));
  row_counts_.resize(static_cast<std::size_t>(rows_));
}

template <class Scalar>
void NonZeros<Scalar>::find_in_column(const Panels<Scalar>& x, Index column) {
  constexpr Index height = Panels<Scalar>::panel_rows;
  static_assert(block_rows % height == 0);
  Element* to = by_column_.data() + column * rows_;
  std::int32_t* ends = column_ends_.data() + column * (blocks_ + 1);
  const Element* const begin = to;
  *ends = 0;
  for (Index p = 0; p < x.panels(); ++p) {
    const Scalar* const from = x.panel(p) + column * height;
    const Index end = std::min(height, rows_ - p * height);
    auto place = static_cast<std::int32_t>(p * height * height);
    for (Index r = 0; r < end; ++r, place += height) {  // without a branch: what is 0 is overwritten
      *to = {from[r], place};
      to += is_nonzero(from[r]);
    }
    if ((p + 1) * height % block_rows == 0 || p + 1 == x.panels())
      *++ends = static_cast<std::int32_t>(to - begin);
  }
}

/// From the columns, whose elements are few, to the rows of one block.
template <class Scalar>
void NonZeros<Scalar>::sort_block_by_row(Index block) {
  constexpr Index height = Panels<Scalar>::panel_rows;
  const Index first = block * block_rows, end = std::min(first + block_rows, rows_);
  std::fill(row_counts_.begin() + first, row_counts_.begin() + end, 0);
  for (Index s = 0; s < columns_; ++s) {
    const Range range = in_column(s, block);
    for (auto e = range.begin; e != range.end; ++e) {
      const Index row = e->place / height;
      by_row_[static_cast<std::size_t>(row * columns_ + row_counts_[static_cast<std::size_t>(row)]++)] = {
          e->value, static_cast<std::int32_t>(s * height)};
    }
  }
}

template <class Scalar>
bool NonZeros<Scalar>::find(const Panels<Scalar>& x, Team& team) {
  resize(x);
  // Inputs with noise have no zeros: a few columns say so in less time than all.
  const Index step = std::max<Index>(1, columns_ / 4);
  double fewest = 1;
  for (Index s = 0; s < columns_; s += step) {
    find_in_column(x, s);
    const auto found = static_cast<double>(in_column(s, blocks_ - 1).end - in_column(s, 0).begin);
    fewest = std::min(fewest, found / static_cast<double>(rows_));
  }
  pay_ = fewest < sparse_below;
  if (!pay_) return false;
  team.split(columns_, [&](Index begin, Index end) {
    for (Index s = begin; s < end; ++s) find_in_column(x, s);
  });
  std::int64_t found = 0;
  for (Index s = 0; s < columns_; ++s) found += in_column(s, blocks_ - 1).end - in_column(s, 0).begin;
  pay_ = static_cast<double>(found) < sparse_below * static_cast<double>(rows_ * columns_);
  if (!pay_) return false;
  team.split(blocks_, [&](Index begin, Index end) {
    for (Index block = begin; block < end; ++block) sort_block_by_row(block);
  });
  return true;
}

template <class Scalar>
void multiply(const Panels<Scalar>& w, const Panels<Scalar>& x, NonZeros<Scalar>& values, Panels<Scalar>& y,
              Team& team) {
  if (!values.find(x, team)) return multiply(w, x, y, team);
  team.split((w.panels() + 1) / 2, [&](Index begin, Index end) {
    for (Index pair = begin; pair < end; ++pair)
      if (2 * pair + 1 < w.panels())
        multiply_panels<2>(w, values, y, 2 * pair);
      else
        multiply_panels<1>(w, values, y, 2 * pair);
  });
}

template <class Scalar>
void multiply_transposed(const Panels<Scalar>& d, const Panels<Scalar>& x, const NonZeros<Scalar>& values,
                         Index d_panel, Index count, Index x_panel, Scalar* product) {
  constexpr Index square = Panels<Scalar>::panel_rows * Panels<Scalar>::panel_rows;
  if (!values.pay())
    for (Index g = 0; g < count; ++g) multiply_transposed(d, x, d_panel + g, x_panel, product + g * square);
  else if (count == 2)
    multiply_transposed_panels<2>(d, values, d_panel, x_panel, product);
  else
    multiply_transposed_panels<1>(d, values, d_panel, x_panel, product);
}

#define STOIC_INSTANTIATE_SPARSE(Scalar)                                                                   \
  template class NonZeros<Scalar>;                                                                         \
  template void multiply(const Panels<Scalar>&, const Panels<Scalar>&, NonZeros<Scalar>&, Panels<Scalar>&, \
                         Team&);                                                                           \
  template void multiply_transposed(const Panels<Scalar>&, const Panels<Scalar>&, const NonZeros<Scalar>&, \
                                    Index, Index, Index, Scalar*);
STOIC_INSTANTIATE_SPARSE(float)
STOIC_INSTANTIATE_SPARSE(double)
#undef STOIC_INSTANTIATE_SPARSE

}  // namespace stoic
