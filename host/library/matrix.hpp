#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace stoic {
// The name is stoic::Matrix. In a namespace of its own it is not hidden by the aliases of that name in templates, of which
// compilers warn.
inline namespace plain_values {

/// Numbers in rows and columns, as they cross from the library to a program and back: a plain value that owns
/// a std::vector, whatever the instruction set and the matrix library of either side.
///
/// Column after column, as Eigen keeps them: Eigen::Map<const Eigen::MatrixXd>(m.data(), m.rows(), m.cols())
/// is the same matrix. It converts to and from every dense matrix type that has rows(), cols(), (row, column)
/// and a constructor of two sizes, such as Eigen::MatrixXd, by copying.
class Matrix {
 public:
  Matrix() = default;
  /// Zeros.
  Matrix(std::int64_t rows, std::int64_t cols)
      : rows_(rows), cols_(cols), values_(static_cast<std::size_t>(rows * cols)) {}

  template <class Dense>
  requires(!std::same_as<Dense, Matrix>) && requires(const Dense& m) {
    { m(m.rows() - 1, m.cols() - 1) } -> std::convertible_to<double>;
    m.data();
  }
  Matrix(const Dense& other)  // NOLINT: a matrix is a matrix
      : Matrix(static_cast<std::int64_t>(other.rows()), static_cast<std::int64_t>(other.cols())) {
    for (std::int64_t c = 0; c < cols_; ++c)
      for (std::int64_t r = 0; r < rows_; ++r) (*this)(r, c) = static_cast<double>(other(r, c));
  }

  template <class Dense>
  requires(std::is_class_v<Dense> && !std::same_as<Dense, Matrix>) && requires(Dense m) {
    Dense(std::ptrdiff_t{1}, std::ptrdiff_t{1});
    m.resize(m.rows(), m.cols());
    m(m.rows() - 1, m.cols() - 1) = typename Dense::Scalar{};
  }
  operator Dense() const {  // NOLINT
    Dense result(static_cast<std::ptrdiff_t>(rows_), static_cast<std::ptrdiff_t>(cols_));
    for (std::int64_t c = 0; c < cols_; ++c)
      for (std::int64_t r = 0; r < rows_; ++r)
        result(static_cast<std::ptrdiff_t>(r), static_cast<std::ptrdiff_t>(c)) =
            static_cast<typename Dense::Scalar>((*this)(r, c));
    return result;
  }

  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  std::int64_t size() const { return rows_ * cols_; }
  double* data() { return values_.data(); }
  const double* data() const { return values_.data(); }
  double& operator()(std::int64_t row, std::int64_t column) {
    return values_[static_cast<std::size_t>(column * rows_ + row)];
  }
  double operator()(std::int64_t row, std::int64_t column) const {
    return values_[static_cast<std::size_t>(column * rows_ + row)];
  }
  bool operator==(const Matrix&) const = default;

 private:
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  std::vector<double> values_;
};

}  // namespace plain_values
}  // namespace stoic
