#include "stoic/host/kernels/panels.hpp"

#include <algorithm>

namespace stoic {
namespace {

// Both kernels keep a block of the result in registers: one panel of rows times `columns` columns. Each step
// of the inner index loads one column of the panel and multiplies it with `columns` scalars. GCC's vector
// types compile to whatever the processor has; Eigen's own product packs both operands at every call, which
// takes a fifth to a third of the time when one of them has only 64 columns (measured: 151 against 120
// GFLOP/s).
#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
constexpr int register_columns = 8;  // of 32 registers, 16 hold the block
#elif defined(__AVX__)
constexpr int vector_bytes = 32;
constexpr int register_columns = 2;  // of 16 registers, 8
#else
constexpr int vector_bytes = 16;
constexpr int register_columns = 1;  // of 16 registers, 8
#endif
constexpr int vectors = 128 / vector_bytes;

// What a kernel reads again and again stays in the first-level cache (48 KiB): a chunk of a weight panel for
// all samples (24 KiB), a chunk of samples for all weights (2 x 16 KiB). Both are multiples of panel_rows.
constexpr Eigen::Index inner_chunk = 192;
constexpr Eigen::Index sample_chunk = 128;

template <class Scalar>
struct Kernel {
  static constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  using Vector __attribute__((vector_size(vector_bytes))) = Scalar;
  static constexpr int lanes = vector_bytes / sizeof(Scalar);

  Vector sum[register_columns][vectors];

  [[gnu::always_inline]] void clear() {
    for (auto& column : sum)
      for (Vector& v : column) v = Vector{};
  }
  [[gnu::always_inline]] void load(const Scalar* from) {
#pragma GCC unroll 8
    for (int c = 0; c < register_columns; ++c)
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v)
        sum[c][v] = *reinterpret_cast<const Vector*>(from + c * rows + v * lanes);
  }

  /// sum(:, c) += left(:) * right[c * stride]
  [[gnu::always_inline]] void add(const Scalar* left, const Scalar* right, Eigen::Index stride) {
    Vector column[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) column[v] = *reinterpret_cast<const Vector*>(left + v * lanes);
#pragma GCC unroll 8
    for (int c = 0; c < register_columns; ++c) {
      const Scalar factor = right[c * stride];
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) sum[c][v] += column[v] * factor;
    }
  }
  [[gnu::always_inline]] void store(Scalar* to) const {
#pragma GCC unroll 8
    for (int c = 0; c < register_columns; ++c)
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) *reinterpret_cast<Vector*>(to + c * rows + v * lanes) = sum[c][v];
  }
};

}  // namespace

template <class Scalar>
void multiply_panel(const Panels<Scalar>& w, const Panels<Scalar>& x, Panels<Scalar>& y, Eigen::Index panel,
                    Eigen::Index first, Eigen::Index end) {
  constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  for (Eigen::Index begin = 0; begin < w.columns(); begin += inner_chunk) {
    const Eigen::Index chunk_end = std::min(begin + inner_chunk, w.columns());
    for (Eigen::Index column = first; column < end; column += register_columns) {
      Kernel<Scalar> kernel;
      Scalar* const result = y.panel(panel) + column * rows;
      if (begin == 0)
        kernel.clear();
      else
        kernel.load(result);
      const Scalar* left = w.panel(panel) + begin * rows;
      for (Eigen::Index inner = begin; inner < chunk_end; inner += rows) {
        const Scalar* right = x.panel(inner / rows) + column * rows;
        const Eigen::Index count = std::min(rows, chunk_end - inner);
        for (Eigen::Index k = 0; k < count; ++k, left += rows) kernel.add(left, right + k, rows);
      }
      kernel.store(result);
    }
  }
}

template <class Scalar>
void multiply(const Panels<Scalar>& w, const Panels<Scalar>& x, Panels<Scalar>& y, Team& team) {
  team.split(w.panels(), [&](Eigen::Index begin, Eigen::Index end) {
    for (Eigen::Index p = begin; p < end; ++p) multiply_panel(w, x, y, p, 0, x.columns());
  });
}

template <class Scalar>
void multiply_transposed(const Panels<Scalar>& d, const Panels<Scalar>& x, Eigen::Index d_panel,
                         Eigen::Index x_panel, Scalar* product) {
  constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  for (Eigen::Index begin = 0; begin < d.columns(); begin += sample_chunk) {
    const Eigen::Index count = std::min(sample_chunk, d.columns() - begin);
    for (Eigen::Index column = 0; column < rows; column += register_columns) {
      Kernel<Scalar> kernel;
      Scalar* const result = product + column * rows;
      if (begin == 0)
        kernel.clear();
      else
        kernel.load(result);
      const Scalar* left = d.panel(d_panel) + begin * rows;
      const Scalar* right = x.panel(x_panel) + begin * rows + column;
      for (Eigen::Index s = 0; s < count; ++s) kernel.add(left + s * rows, right + s * rows, 1);
      kernel.store(result);
    }
  }
}

template <class Scalar>
void transpose(const Panels<Scalar>& from, Panels<Scalar>& to, Team& team) {
  constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  using Square = Eigen::Map<const Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>, Eigen::AlignedMax,
                            Eigen::OuterStride<>>;
  team.split(to.panels(), [&](Eigen::Index begin, Eigen::Index end) {
    for (Eigen::Index p = begin; p < end; ++p)
      for (Eigen::Index q = 0; q < from.panels(); ++q) {
        const Eigen::Index width = std::min(rows, from.columns() - p * rows),
                           height = std::min(rows, from.rows() - q * rows);
        const Square square(from.panel(q) + p * rows * rows, height, width, Eigen::OuterStride<>(rows));
        Eigen::Map<Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>, Eigen::AlignedMax,
                   Eigen::OuterStride<>>(to.panel(p) + q * rows * rows, width, height,
                                         Eigen::OuterStride<>(rows)) = square.transpose();
      }
  });
}

#define STOIC_INSTANTIATE(Scalar)                                                                           \
  template void multiply_panel(const Panels<Scalar>&, const Panels<Scalar>&, Panels<Scalar>&, Eigen::Index, \
                               Eigen::Index, Eigen::Index);                                                 \
  template void multiply(const Panels<Scalar>&, const Panels<Scalar>&, Panels<Scalar>&, Team&);             \
  template void multiply_transposed(const Panels<Scalar>&, const Panels<Scalar>&, Eigen::Index,             \
                                    Eigen::Index, Scalar*);                                                 \
  template void transpose(const Panels<Scalar>&, Panels<Scalar>&, Team&);
STOIC_INSTANTIATE(float)
STOIC_INSTANTIATE(double)
#undef STOIC_INSTANTIATE

}  // namespace stoic
