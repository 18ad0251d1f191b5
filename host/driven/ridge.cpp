#include "stoic/host/driven/ridge.hpp"

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <Eigen/SVD>

namespace stoic {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

void NormalEquations::add(const MatrixXd& z, const MatrixXd& y) {
  const Index features = squares_.rows() - 1;
  squares_.topLeftCorner(features, features).selfadjointView<Eigen::Lower>().rankUpdate(z);
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

NormalEquations::Solution NormalEquations::solve(double ridge) const {
  const Index features = squares_.rows() - 1;
  MatrixXd left = squares_;
  left.diagonal().head(features).array() += ridge;
  const Eigen::LLT<MatrixXd> cholesky(left);
  if (cholesky.info() != Eigen::Success) return {};
  Solution result{.W_out = cholesky.solve(products_.transpose()).transpose(),
                  .reciprocal_condition = cholesky.rcond()};
  if (!result.W_out.allFinite()) result.reciprocal_condition = 0;
  return result;
}

StreamedSvd::StreamedSvd(const VectorXd& mean, Index outputs)
    : mean_(mean),
      outputs_(outputs),
      r_(MatrixXd::Zero(mean.size() + 1 + outputs, mean.size() + 1 + outputs)) {}

void StreamedSvd::add(const MatrixXd& z, const MatrixXd& y) {
  const Index features = mean_.size();
  MatrixXd rows(r_.rows() + z.cols(), r_.cols());
  rows.topRows(r_.rows()) = r_;
  auto below = rows.bottomRows(z.cols());
  below.leftCols(features) = (z.colwise() - mean_).transpose();
  below.col(features).setOnes();
  below.rightCols(outputs_) = y.transpose();
  const Eigen::HouseholderQR<MatrixXd> qr(rows);
  r_ = qr.matrixQR().topRows(r_.rows()).triangularView<Eigen::Upper>();
}

void StreamedSvd::decompose() {
  const Index features = mean_.size();
  const Eigen::BDCSVD<MatrixXd> svd(r_.topLeftCorner(features, features),
                                    Eigen::ComputeThinU | Eigen::ComputeThinV);
  left_ = svd.matrixU();
  right_ = svd.matrixV();
  values_ = svd.singularValues();
}

MatrixXd StreamedSvd::solve(double ridge) const {
  // Features are centred but for rounding, so that the column of ones stands on its own: the bias is the mean
  // of what is left over.
  const Index features = mean_.size();
  const double least = values_.size() > 0 ? values_(0) * static_cast<double>(features) * 2.2e-16 : 0;
  VectorXd factors(values_.size());
  for (Index i = 0; i < values_.size(); ++i)
    factors(i) = values_(i) > least ? values_(i) / (values_(i) * values_(i) + ridge) : 0;
  const MatrixXd targets = r_.topRightCorner(features, outputs_);
  MatrixXd result(outputs_, features + 1);
  result.leftCols(features) = (right_ * (factors.asDiagonal() * (left_.transpose() * targets))).transpose();
  // r_(features, features) is ± √steps, what stands right of it the sums of y over it
  const VectorXd mean = r_.row(features).tail(outputs_).transpose() / r_(features, features);
  result.col(features) = mean - result.leftCols(features) * mean_;
  return result;
}

}  // namespace stoic
