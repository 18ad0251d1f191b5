#pragma once
#include <cstdint>
#include <vector>

#include "stoic/host/kernels/panels.hpp"

namespace stoic {

/// The elements of the right operand X of a product that are not 0: four fifths of a handwritten digit's pixels
/// are. Products by them have the bits of the dense ones, as long as the left operand is finite: a sum of the
/// same terms in the same order, without those that are 0.
template <class Scalar>
class NonZeros {
 public:
  using Index = Eigen::Index;

  /// Those of X [rows x columns]; returns pay(). What it keeps is large where X is: one object for all batches.
  bool find(const Panels<Scalar>& x, Team& team);
  /// Whether there are so few of them that products by them are faster than dense ones.
  bool pay() const { return pay_; }

  struct Element {
    Scalar value;
    std::int32_t place;  ///< where the column of the left operand begins in its panel
  };
  struct Range {
    const Element *begin, *end;
  };
  /// Rows of X in a block: so many columns of the left operand's panels stay in the nearest cache.
  static constexpr Index block_rows = 128;
  Index blocks() const { return blocks_; }
  /// Of one column of X, the rows of one block in ascending order.
  Range in_column(Index column, Index block) const {
    const Element* const from = by_column_.data() + column * rows_;
    const std::int32_t* const ends = column_ends_.data() + column * (blocks_ + 1) + block;
    return {from + ends[0], from + ends[1]};
  }
  /// Of one row of X, its columns in ascending order.
  Range in_row(Index row) const {
    const Element* const from = by_row_.data() + row * columns_;
    return {from, from + row_counts_[static_cast<std::size_t>(row)]};
  }
  Index rows() const { return rows_; }
  Index columns() const { return columns_; }

 private:
  void resize(const Panels<Scalar>& x);
  void find_in_column(const Panels<Scalar>& x, Index column);
  void sort_block_by_row(Index block);

  Index rows_ = 0, columns_ = 0, blocks_ = 0;
  bool pay_ = false;
  std::vector<Element> by_column_, by_row_;
  std::vector<std::int32_t> column_ends_, row_counts_;
};

/// Y = W X, as multiply() of panels has it; finds the values of X that are not 0 and goes by them where they pay.
template <class Scalar>
void multiply(const Panels<Scalar>& w, const Panels<Scalar>& x, NonZeros<Scalar>& values, Panels<Scalar>& y,
              Team& team);

/// Squares of D Xᵀ as multiply_transposed() of panels has them, one after the other: those of `count` panels of D
/// (1 or 2). `values` are those that the last find() found in X.
template <class Scalar>
void multiply_transposed(const Panels<Scalar>& d, const Panels<Scalar>& x, const NonZeros<Scalar>& values,
                         Eigen::Index d_panel, Eigen::Index count, Eigen::Index x_panel, Scalar* product);

extern template class NonZeros<float>;
extern template class NonZeros<double>;

}  // namespace stoic
