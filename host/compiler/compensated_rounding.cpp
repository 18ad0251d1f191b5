#include "stoic/host/compiler/compensated_rounding.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "stoic/host/kernels/decompositions.hpp"

namespace stoic {
namespace {

/// Columns by falling second moment: those that matter most are rounded while others can still make good for
/// them.
Eigen::PermutationMatrix<Eigen::Dynamic> rounding_order(const Eigen::MatrixXd& second_moments) {
  std::vector<int> order(static_cast<std::size_t>(second_moments.cols()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return second_moments(a, a) > second_moments(b, b); });
  Eigen::PermutationMatrix<Eigen::Dynamic> permutation(second_moments.cols());
  std::copy(order.begin(), order.end(), permutation.indices().data());
  return permutation;
}

/// The upper triangular U with UᵀU = H⁻¹. From H with its order reversed = L Lᵀ: U is L⁻¹ with both orders
/// reversed.
Eigen::MatrixXd inverse_factor(const Eigen::MatrixXd& H) {
  return inverse_cholesky_factor(H.reverse()).reverse();
}

bool same(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() && a == b;
}

SecondMoments::Basis basis_of(const Eigen::MatrixXd& second_moments) {
  SecondMoments::Basis basis{rounding_order(second_moments), {}};
  Eigen::MatrixXd H = basis.order.transpose() * second_moments * basis.order;
  H.diagonal().array() += 0.01 * second_moments.diagonal().mean();
  basis.U = inverse_factor(H);
  return basis;
}

QuantisedMatrix rounded_column_by_column(const Eigen::MatrixXd& matrix, std::int64_t width,
                                         std::int64_t fraction_bits, const SecondMoments::Basis& basis) {
  const auto& [order, U] = basis;
  QuantisedMatrix result{Eigen::MatrixXi(matrix.rows(), matrix.cols()), fraction_bits};
  Eigen::MatrixXd W = matrix * order;
  Eigen::VectorXi codes(W.rows());
  const double unit = std::ldexp(1.0, static_cast<int>(-fraction_bits));
  // Errors reach the columns of their block at once and all later ones block by block, as one product.
  constexpr Eigen::Index block = 64;
  for (Eigen::Index first = 0; first < W.cols(); first += block) {
    const Eigen::Index count = std::min(block, W.cols() - first);
    Eigen::MatrixXd errors(W.rows(), count);
    for (Eigen::Index c = 0; c < count; ++c) {
      const Eigen::Index column = first + c;
      quantise({W.col(column).data(), static_cast<std::size_t>(W.rows())}, fraction_bits, width,
               codes.data());
      result.codes.col(order.indices()[column]) = codes;
      errors.col(c) = (W.col(column) - codes.cast<double>() * unit) / U(column, column);
      const Eigen::Index left = count - c - 1;
      W.middleCols(column + 1, left).noalias() -= errors.col(c) * U.row(column).segment(column + 1, left);
    }
    const Eigen::Index rest = W.cols() - first - count;
    W.rightCols(rest).noalias() -= errors * U.block(first, first + count, count, rest);
  }
  return result;
}

}  // namespace

struct SecondMoments::Known {
  Eigen::MatrixXd mean;
  std::once_flag made;
  Basis basis;
  std::mutex rounding;
  Eigen::MatrixXd rounded_matrix;
  std::vector<std::pair<std::int64_t, QuantisedMatrix>> rounded;  // by width
};

SecondMoments::SecondMoments(Eigen::MatrixXd mean) : known_(std::make_shared<Known>()) {
  known_->mean = std::move(mean);
}

const Eigen::MatrixXd& SecondMoments::mean() const { return known_->mean; }

auto SecondMoments::basis() const -> const Basis& {
  std::call_once(known_->made, [&] { known_->basis = basis_of(known_->mean); });
  return known_->basis;
}

QuantisedMatrix SecondMoments::rounded(const Eigen::MatrixXd& matrix, std::int64_t width,
                                       std::int64_t fraction_bits) const {
  {
    const std::lock_guard lock(known_->rounding);
    if (same(known_->rounded_matrix, matrix))
      for (const auto& [of_width, result] : known_->rounded)
        if (of_width == width && result.fraction_bits == fraction_bits) return result;
  }
  auto result = rounded_column_by_column(matrix, width, fraction_bits, basis());
  const std::lock_guard lock(known_->rounding);
  if (!same(known_->rounded_matrix, matrix)) {
    known_->rounded.clear();
    known_->rounded_matrix = matrix;
  }
  known_->rounded.emplace_back(width, result);
  return result;
}

QuantisedMatrix quantise_for_products(const Eigen::MatrixXd& matrix, std::int64_t width,
                                      const SecondMoments& second_moments,
                                      std::optional<std::int64_t> most_bits) {
  if (second_moments.mean().diagonal().mean() <= 0) return quantise_matrix(matrix, width, most_bits);
  return second_moments.rounded(matrix, width, fraction_bits_for(matrix, width, most_bits));
}

}  // namespace stoic
