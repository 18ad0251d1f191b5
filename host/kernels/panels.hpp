#pragma once
#include <Eigen/Core>
#include <algorithm>

#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// A matrix cut into panels of a few rows, each stored column by column: element (r, c) of panel p lies at
/// panel(p)[c * panel_rows + r]. Weights, states and gradients all have this form, so that a product streams
/// through every operand in the order of memory and nothing is packed or transposed on the way.
///
/// The rows of the last panel beyond rows(), and up to 7 columns beyond columns(), are padding: zero at
/// first, scratch for the functions below afterwards. Scalar is float or double.
template <class Scalar>
class Panels {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Index = Eigen::Index;
  /// Two cache lines; the same on every processor, so that sums and layouts are too.
  static constexpr Index panel_rows = 128 / sizeof(Scalar);
  /// Columns that a product computes at once; the storage is a multiple of it.
  static constexpr Index block_columns = 8;

  Panels() = default;
  Panels(Index rows, Index columns)
      : rows_(rows),
        columns_(columns),
        stride_((columns + block_columns - 1) / block_columns * block_columns),
        data_(Storage::Zero(panel_rows, panels() * stride_)) {}
  explicit Panels(const Matrix& dense) : Panels(dense.rows(), dense.cols()) {
    for (Index p = 0; p < panels(); ++p) {
      const Index height = std::min(panel_rows, rows_ - p * panel_rows);
      data_.block(0, p * stride_, height, columns_) = dense.middleRows(p * panel_rows, height);
    }
  }
  /// The first rows become those of `dense`, of as many columns at most; the rest stays.
  template <class Dense>
  void assign(const Dense& dense) {
    for (Index p = 0; p * panel_rows < dense.rows(); ++p) {
      const Index height = std::min(panel_rows, dense.rows() - p * panel_rows);
      data_.block(0, p * stride_, height, dense.cols()) = dense.middleRows(p * panel_rows, height);
    }
  }
  Matrix dense() const {
    Matrix result(rows_, columns_);
    for (Index p = 0; p < panels(); ++p) {
      const Index height = std::min(panel_rows, rows_ - p * panel_rows);
      result.middleRows(p * panel_rows, height) = data_.block(0, p * stride_, height, columns_);
    }
    return result;
  }

  Index rows() const { return rows_; }
  Index columns() const { return columns_; }
  Index panels() const { return (rows_ + panel_rows - 1) / panel_rows; }
  /// Elements of a panel, padding included.
  Index panel_size() const { return panel_rows * stride_; }
  Scalar* panel(Index p) { return data_.data() + p * panel_size(); }
  const Scalar* panel(Index p) const { return data_.data() + p * panel_size(); }
  Scalar& operator()(Index row, Index column) {
    return data_(row % panel_rows, row / panel_rows * stride_ + column);
  }
  Scalar operator()(Index row, Index column) const {
    return data_(row % panel_rows, row / panel_rows * stride_ + column);
  }

 private:
  using Storage = Eigen::Matrix<Scalar, panel_rows, Eigen::Dynamic>;
  Index rows_ = 0;
  Index columns_ = 0;
  Index stride_ = 0;
  Storage data_;
};

/// The elements of one panel as an array, padding included, for functions of each.
template <class Scalar>
auto elements(Panels<Scalar>& panels, Eigen::Index p) {
  return Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>, Eigen::AlignedMax>(panels.panel(p),
                                                                                panels.panel_size());
}
template <class Scalar>
auto elements(const Panels<Scalar>& panels, Eigen::Index p) {
  return Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, 1>, Eigen::AlignedMax>(panels.panel(p),
                                                                                      panels.panel_size());
}

/// Copies a block of rows and columns, whose corners are given, to that of another matrix.
template <class Scalar>
void copy_block(const Panels<Scalar>& from, Eigen::Index from_row, Eigen::Index from_column,
                Panels<Scalar>& to, Eigen::Index to_row, Eigen::Index to_column, Eigen::Index rows,
                Eigen::Index columns) {
  constexpr Eigen::Index height = Panels<Scalar>::panel_rows;
  for (Eigen::Index r = 0; r < rows;) {  // runs of rows that lie in one panel of either
    const Eigen::Index a = from_row + r, b = to_row + r,
                       run = std::min({rows - r, height - a % height, height - b % height});
    const Scalar* source = from.panel(a / height) + from_column * height + a % height;
    Scalar* target = to.panel(b / height) + to_column * height + b % height;
    for (Eigen::Index c = 0; c < columns; ++c) std::copy_n(source + c * height, run, target + c * height);
    r += run;
  }
}

/// One panel of Y = W X, columns first ... end-1 (multiples of block_columns, or the end): with W [rows x
/// inner], X [at least inner x columns], Y [rows x columns]. Every element is one sum in ascending order of
/// the inner index, whatever the range: splitting the work changes no bit.
template <class Scalar>
void multiply_panel(const Panels<Scalar>& w, const Panels<Scalar>& x, Panels<Scalar>& y, Eigen::Index panel,
                    Eigen::Index first, Eigen::Index end);

/// The whole of Y = W X.
template <class Scalar>
void multiply(const Panels<Scalar>& w, const Panels<Scalar>& x, Panels<Scalar>& y, Team& team);

/// One square of D Xᵀ, panel `d_panel` of its rows and the columns that are panel `x_panel` of X: with
/// D [rows x samples], X [columns x samples]. `product` receives panel_rows² elements in the order of a
/// panel.
template <class Scalar>
void multiply_transposed(const Panels<Scalar>& d, const Panels<Scalar>& x, Eigen::Index d_panel,
                         Eigen::Index x_panel, Scalar* product);

/// `to` [columns x rows] becomes the transpose of `from` [rows x columns].
template <class Scalar>
void transpose(const Panels<Scalar>& from, Panels<Scalar>& to, Team& team);

}  // namespace stoic
