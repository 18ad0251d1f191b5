#include "stoic/host/kernels/panels.hpp"

#include <libxsmm.h>

#include <algorithm>
#include <array>

// Products are sums of products of squares as they lie, by LIBXSMM's batch-reduce kernels: machine code made
// for the shape at its first use, then found by its shape. The kernel with addresses; the one with strides of
// version 1.17 reads beyond its operands when there are more columns than its block has.
namespace stoic {
namespace {

/// Kernels for the instruction set that everything else is compiled for, whatever the environment asks for.
int choose_target() {
  libxsmm_init();
#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
  libxsmm_set_target_archid(LIBXSMM_X86_AVX512_CORE);
#elif defined(__AVX2__) && defined(__FMA__)
  libxsmm_set_target_archid(LIBXSMM_X86_AVX2);
#elif defined(__AVX__)
  libxsmm_set_target_archid(LIBXSMM_X86_AVX);
#else
  libxsmm_set_target_archid(LIBXSMM_X86_SSE3);
#endif
  return 0;
}

/// The shape of a product of squares: a panel's rows times `columns`, `inner` terms each; C is overwritten,
/// or added to; B as it lies, or transposed.
struct Shape {
  Eigen::Index columns;
  Eigen::Index inner;
  bool add;
  bool transposed;
  bool operator==(const Shape&) const = default;
};

libxsmm_smmfunction_reducebatch_addr kernel(const Shape& shape, float) {
  constexpr int rows = Panels<float>::panel_rows;
  const float alpha = 1, beta = shape.add ? 1 : 0;
  const int flags = shape.transposed ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE;
  return libxsmm_smmdispatch_reducebatch_addr(rows, static_cast<int>(shape.columns),
                                              static_cast<int>(shape.inner), &rows, &rows, &rows, &alpha,
                                              &beta, &flags, nullptr);
}
libxsmm_dmmfunction_reducebatch_addr kernel(const Shape& shape, double) {
  constexpr int rows = Panels<double>::panel_rows;
  const double alpha = 1, beta = shape.add ? 1 : 0;
  const int flags = shape.transposed ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE;
  return libxsmm_dmmdispatch_reducebatch_addr(rows, static_cast<int>(shape.columns),
                                              static_cast<int>(shape.inner), &rows, &rows, &rows, &alpha,
                                              &beta, &flags, nullptr);
}

/// What a kernel does, for processors and systems on which LIBXSMM makes none.
template <class Scalar>
void plain(const Shape& shape, const Scalar* const* a, const Scalar* const* b, Scalar* c,
           unsigned long long count) {
  constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  for (Eigen::Index column = 0; column < shape.columns; ++column) {
    Scalar* const sum = c + column * rows;
    if (!shape.add) std::fill_n(sum, rows, Scalar(0));
    for (unsigned long long i = 0; i < count; ++i)
      for (Eigen::Index k = 0; k < shape.inner; ++k) {
        const Scalar factor = b[i][shape.transposed ? k * rows + column : column * rows + k];
        for (Eigen::Index r = 0; r < rows; ++r) sum[r] += a[i][k * rows + r] * factor;
      }
  }
}

/// C = the sum of A[i] B[i], or C + it.
template <class Scalar>
void reduce(const Shape& shape, const Scalar* const* a, const Scalar* const* b, Scalar* c,
            unsigned long long count) {
  static const int chosen = choose_target();
  static_cast<void>(chosen);
  // The last kernel of each kind is asked for again in most calls; LIBXSMM takes some 40 ns to find it.
  struct Made {
    Shape shape{};
    decltype(kernel(shape, Scalar{})) run = nullptr;
  };
  thread_local std::array<Made, 4> last;
  Made& made = last[static_cast<std::size_t>(2 * shape.transposed + shape.add)];
  if (made.run == nullptr || made.shape != shape) made = {shape, kernel(shape, Scalar{})};
  if (made.run != nullptr)
    made.run(const_cast<const Scalar**>(a), const_cast<const Scalar**>(b), c, &count);
  else
    plain(shape, a, b, c, count);
}

}  // namespace

template <class Scalar>
void multiply_panel(const Panels<Scalar>& w, const Panels<Scalar>& x, Panels<Scalar>& y, Eigen::Index panel,
                    Eigen::Index first, Eigen::Index end) {
  using P = Panels<Scalar>;
  constexpr Eigen::Index rows = P::panel_rows, most = 128;
  const Eigen::Index columns = (end - first + P::block_columns - 1) / P::block_columns * P::block_columns;
  Scalar* const result = y.panel(panel) + first * rows;
  const Eigen::Index squares = w.columns() / rows, rest = w.columns() % rows;
  std::array<const Scalar*, most> left, right;
  for (Eigen::Index begin = 0; begin < squares; begin += most) {
    const Eigen::Index count = std::min(most, squares - begin);
    for (Eigen::Index i = 0; i < count; ++i) {
      left[static_cast<std::size_t>(i)] = w.panel(panel) + (begin + i) * rows * rows;
      right[static_cast<std::size_t>(i)] = x.panel(begin + i) + first * rows;
    }
    reduce({columns, rows, begin > 0, false}, left.data(), right.data(), result,
           static_cast<unsigned long long>(count));
  }
  if (rest == 0) return;
  left[0] = w.panel(panel) + squares * rows * rows;
  right[0] = x.panel(squares) + first * rows;
  reduce({columns, rest, squares > 0, false}, left.data(), right.data(), result, 1);
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
  const Scalar *left = d.panel(d_panel), *right = x.panel(x_panel);
  reduce({Panels<Scalar>::panel_rows, d.columns(), false, true}, &left, &right, product, 1);
}

template <class Scalar>
void transpose(const Panels<Scalar>& from, Panels<Scalar>& to, Team& team) {
  constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  team.split(to.panels(), [&](Eigen::Index begin, Eigen::Index end) {
    for (Eigen::Index p = begin; p < end; ++p)
      for (Eigen::Index q = 0; q < from.panels(); ++q) {
        const Eigen::Index width = std::min(rows, from.columns() - p * rows),
                           height = std::min(rows, from.rows() - q * rows);
        libxsmm_otrans(to.panel(p) + q * rows * rows, from.panel(q) + p * rows * rows, sizeof(Scalar),
                       static_cast<int>(height), static_cast<int>(width), rows, rows);
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
