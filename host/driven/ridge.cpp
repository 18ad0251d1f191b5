#include "stoic/host/driven/ridge.hpp"

#include <algorithm>
#include <utility>

#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/kernels/panels.hpp"

namespace stoic {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Square by square of the lower half. (Eigen's rankUpdate() brings its operands into order anew for each call, in
/// memory that it asks the system for: a quarter of the speed.)
void NormalEquations::add_squares(const Eigen::Ref<const MatrixXd>& z) {
  constexpr Index rows = Panels<double>::panel_rows;
  Panels<double> panels(z.rows(), z.cols());
  panels.assign(z);
  Eigen::Matrix<double, rows, rows> square;
  for (Index q = 0; q < panels.panels(); ++q)
    for (Index p = q; p < panels.panels(); ++p) {
      multiply_transposed(panels, panels, p, q, square.data());
      const Index height = std::min(rows, z.rows() - p * rows), width = std::min(rows, z.rows() - q * rows);
      squares_.block(p * rows, q * rows, height, width) += square.topLeftCorner(height, width);
    }
}

void NormalEquations::add(const Eigen::Ref<const MatrixXd>& z, const Eigen::Ref<const MatrixXd>& y) {
  const Index features = squares_.rows() - 1;
  add_squares(z);
  squares_.row(features).head(features) += z.rowwise().sum().transpose();
  squares_(features, features) += static_cast<double>(z.cols());
  products_.leftCols(features).noalias() += y * z.transpose();
  products_.col(features) += y.rowwise().sum();
  steps_ += z.cols();
}

void NormalEquations::add(const NormalEquations& other) {
  squares_ += other.squares_;
  products_ += other.products_;
  steps_ += other.steps_;
}

VectorXd NormalEquations::mean() const {
  return squares_.row(squares_.rows() - 1).head(squares_.rows() - 1).transpose() /
         static_cast<double>(std::max<std::int64_t>(steps_, 1));
}

VectorXd NormalEquations::sizes(const MatrixXd& w) const {
  const MatrixXd products = w * squares_.selfadjointView<Eigen::Lower>();
  return (products.cwiseProduct(w).rowwise().sum() / static_cast<double>(std::max<std::int64_t>(steps_, 1)))
      .cwiseMax(0)
      .cwiseSqrt();
}

NormalEquations::Solution NormalEquations::solve(double ridge) const {
  const Index features = squares_.rows() - 1;
  MatrixXd left = squares_;
  left.diagonal().head(features).array() += ridge;
  const PositiveSolution solution = solve_positive(left, products_.transpose());
  if (solution.values.size() == 0) return {};
  Solution result{.W_out = solution.values.transpose(),
                  .reciprocal_condition = solution.reciprocal_condition};
  if (!result.W_out.allFinite()) result.reciprocal_condition = 0;
  return result;
}

StreamedSvd::StreamedSvd(const VectorXd& mean, Index outputs)
    : mean_(mean),
      outputs_(outputs),
      width_(mean.size() + 1 + outputs),
      rows_(MatrixXd::Zero(2 * width_ + 256, width_)),
      filled_(width_) {}

void StreamedSvd::add(const MatrixXd& z, const MatrixXd& y) {
  const Index features = mean_.size();
  for (Index t = 0; t < z.cols(); ++t) {
    if (filled_ == rows_.rows()) reduce();
    auto row = rows_.row(filled_++);
    row.head(features) = (z.col(t) - mean_).transpose();
    row(features) = 1;
    row.tail(outputs_) = y.col(t).transpose();
  }
}

void StreamedSvd::reduce() {
  rows_.topRows(width_) = triangular_factor(rows_.topRows(filled_));
  filled_ = width_;
}

void StreamedSvd::decompose() {
  reduce();
  const Index features = mean_.size();
  SingularDecomposition found = singular_decomposition(rows_.topLeftCorner(features, features));
  left_ = std::move(found.left);
  right_ = std::move(found.right);
  values_ = std::move(found.values);
}

MatrixXd StreamedSvd::solve(double ridge) const {
  // Features are centred but for rounding, so that the column of ones stands on its own: the bias is the mean
  // of what is left over.
  const Index features = mean_.size();
  const double least = values_.size() > 0 ? values_(0) * static_cast<double>(features) * 2.2e-16 : 0;
  VectorXd factors(values_.size());
  for (Index i = 0; i < values_.size(); ++i)
    factors(i) = values_(i) > least ? values_(i) / (values_(i) * values_(i) + ridge) : 0;
  const MatrixXd targets = rows_.block(0, features + 1, features, outputs_);
  MatrixXd result(outputs_, features + 1);
  result.leftCols(features) = (right_ * (factors.asDiagonal() * (left_.transpose() * targets))).transpose();
  // rows_(features, features) is ± √steps, what stands right of it the sums of y over it
  const VectorXd mean = rows_.row(features).tail(outputs_).transpose() / rows_(features, features);
  result.col(features) = mean - result.leftCols(features) * mean_;
  return result;
}

}  // namespace stoic
