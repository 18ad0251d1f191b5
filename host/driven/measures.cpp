#include "stoic/host/driven/measures.hpp"

#include <cmath>

namespace stoic {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

VectorXd normalised_errors(const MatrixXd& predicted, const MatrixXd& truth) {
  const VectorXd mean = truth.rowwise().mean();
  const VectorXd variance = (truth.colwise() - mean).rowwise().squaredNorm();
  const VectorXd error = (predicted - truth).rowwise().squaredNorm();
  return error.cwiseQuotient(variance);
}

bool varies(const Eigen::Ref<const Eigen::RowVectorXd, 0, Eigen::InnerStride<>>& output) {
  constexpr double rounding = 1e-13;
  return output.maxCoeff() - output.minCoeff() > rounding * output.cwiseAbs().maxCoeff();
}

double mean_normalised_error(const MatrixXd& predicted, const MatrixXd& truth) {
  const auto errors = normalised_errors(predicted, truth);
  double sum = 0;
  Index varying = 0;
  for (Index i = 0; i < truth.rows(); ++i) {
    if (!varies(truth.row(i))) continue;
    sum += errors(i);
    ++varying;
  }
  if (varying == 0) return (predicted - truth).squaredNorm() / static_cast<double>(truth.size());
  return sum / static_cast<double>(varying);
}

SeriesError series_error(const MatrixXd& predicted, const MatrixXd& truth) {
  SeriesError result{.nmse_of = normalised_errors(predicted, truth)};
  result.nmse = mean_normalised_error(predicted, truth);
  result.nrmse = std::sqrt(result.nmse);
  double sum = 0;
  for (Index i = 0; i < truth.size(); ++i) {
    const double y = truth(i), guess = predicted(i), size = std::abs(y) + std::abs(guess);
    if (size > 0) sum += std::abs(y - guess) / size;
  }
  result.smape = 200 * sum / static_cast<double>(truth.size());
  return result;
}

VectorXd determination(const MatrixXd& predicted, const MatrixXd& truth) {
  const MatrixXd a = predicted.colwise() - predicted.rowwise().mean(),
                 b = truth.colwise() - truth.rowwise().mean();
  VectorXd result(truth.rows());
  for (Index k = 0; k < truth.rows(); ++k) {
    const double product = a.row(k).dot(b.row(k)), sizes = a.row(k).squaredNorm() * b.row(k).squaredNorm();
    result(k) = sizes > 0 ? product * product / sizes : 0;
  }
  return result;
}

double sequence_accuracy(const MatrixXd& predicted, Index first, std::span<const Sequence> sequences) {
  std::int64_t right = 0;
  for (const auto& sequence : sequences) {
    Index chosen = 0;
    predicted.middleCols(sequence.begin - first, sequence.steps).rowwise().mean().maxCoeff(&chosen);
    right += chosen == sequence.of_class;
  }
  return static_cast<double>(right) / static_cast<double>(std::ssize(sequences));
}

Index valid_steps(const MatrixXd& predicted, const MatrixXd& truth, double bound) {
  const VectorXd mean = truth.rowwise().mean();
  const double size = std::sqrt((truth.colwise() - mean).squaredNorm() / static_cast<double>(truth.cols()));
  for (Index t = 0; t < truth.cols(); ++t)
    if (!((predicted.col(t) - truth.col(t)).norm() <= bound * size)) return t;
  return truth.cols();
}

}  // namespace stoic
