#include "stoic/host/analysis/hessian.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/learning/network_copies.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace hessian_test {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd draws(Index rows, Index columns, std::uint64_t seed) {
  return MatrixXd::NullaryExpr(rows, columns, [&](Index r, Index c) {
    return random_normal({seed, Purpose::test, static_cast<std::uint64_t>(c)}, static_cast<std::uint64_t>(r));
  });
}

/// A symmetric matrix with these eigenvalues.
MatrixXd with_eigenvalues(const VectorXd& values, std::uint64_t seed) {
  const MatrixXd q = orthonormal(draws(values.size(), values.size(), seed)).basis;
  return q * values.asDiagonal() * q.transpose();
}

LargestEigen find(const MatrixXd& matrix, LargestEigenTask task) {
  return largest_eigenvalues([&](const MatrixXd& v) { return MatrixXd(matrix * v); }, matrix.rows(), task);
}

TEST(LargestEigenvalues, AreFoundAmongClustersAndBesideOnesFarBelowZero) {
  VectorXd values = VectorXd::LinSpaced(200, 0, 1);
  values(0) = -50;
  values(1) = -49.999999;
  values.tail(4) << 4.9999999, 4.99999995, 5, 5;  // twice the same
  const MatrixXd matrix = with_eigenvalues(values, 1);
  const auto one = find(matrix, {});
  EXPECT_TRUE(one.converged);
  EXPECT_NEAR(one.values(0), 5, 5e-6);
  EXPECT_LE(one.residuals(0), 1e-6);
  EXPECT_LT((matrix * one.vectors.col(0) - one.values(0) * one.vectors.col(0)).norm(), 1.1e-6 * 5);
  const auto five = find(matrix, {.count = 5});
  EXPECT_TRUE(five.converged);
  EXPECT_LT((five.values.head(4).array() - 5).abs().maxCoeff(), 5e-6) << "each of the cluster is there";
  EXPECT_NEAR(five.values(4), values(195), 5e-6);
}

TEST(LargestEigenvalues, AreThoseOfSmallZeroAndNegativeMatrices) {
  EXPECT_NEAR(find(MatrixXd::Constant(1, 1, -3), {}).values(0), -3, 1e-12);
  EXPECT_EQ(find(MatrixXd::Zero(5, 5), {}).values(0), 0);
  const auto all = find(with_eigenvalues(VectorXd::LinSpaced(6, -6, -1), 3), {.count = 9});
  ASSERT_EQ(all.values.size(), 6);
  for (Index i = 0; i < 6; ++i) EXPECT_NEAR(all.values(i), -1 - static_cast<double>(i), 1e-9);
}

TEST(LargestEigenvalues, TakeFewerProductsFromTheVectorsOfAMatrixNearby) {
  VectorXd values = draws(400, 1, 5).col(0);
  values.head(3) << 12, 11, 9;
  const MatrixXd matrix = with_eigenvalues(values, 6),
                 moved = matrix + 1e-9 * (draws(400, 400, 7) + draws(400, 400, 7).transpose());
  const auto cold = find(matrix, {}), warm = find(moved, {.warm = cold.warm});
  EXPECT_NEAR(warm.values(0), 12, 1e-5);
  EXPECT_GE(cold.products, 2 * warm.products);
}

/// The Hessian, column by column.
MatrixXd dense_hessian(LossSurface& surface, const VectorXd& point, const std::vector<std::uint32_t>& all) {
  const Index size = point.size();
  const MatrixXd unit = MatrixXd::Identity(size, size);
  Slopes slopes;
  surface.slopes(point.replicate(1, size), &unit, {.samples = all}, slopes);
  return slopes.products;
}

TEST(Sharpness, IsTheLargestEigenvalueOfTheDenseHessian) {
  const NetworkLayer dense{.inputs = 4, .rows = 10, .activation = Activation::tanh},
      out{.inputs = 10, .rows = 3, .activation = {}};
  const NetworkLayer filters{.inputs = 36,
                             .rows = 2,
                             .activation = Activation::relu,
                             .kernel = 3,
                             .height = 6,
                             .width = 6,
                             .padding = 1,
                             .pool = 2},
      more{.inputs = 18,
           .rows = 3,
           .activation = Activation::relu,
           .kernel = 2,
           .height = 3,
           .width = 3,
           .channels = 2,
           .pool = 2},
      last{.inputs = 3, .rows = 3, .activation = {}};
  for (const auto& layers : {std::vector{dense, out}, std::vector{filters, more, last}}) {
    Dataset data{.inputs = layers[0].inputs, .classes = 3};
    const MatrixXd x = draws(data.inputs, 60, 2);
    data.samples = Samples(std::vector<double>(x.data(), x.data() + x.size()), data.inputs);
    for (int s = 0; s < 60; ++s) data.labels.push_back(static_cast<std::uint8_t>(s % 3));
    Team team(1);
    NetworkCopies surface(layers, {.train = data, .test = data}, team);
    std::vector<std::uint32_t> all(60);
    std::iota(all.begin(), all.end(), 0u);
    const VectorXd point = draws(surface.size(), 1, 9);
    const MatrixXd hessian = dense_hessian(surface, point, all);
    EXPECT_LT((hessian - hessian.transpose()).norm(), 1e-12 * hessian.norm());
    const double truth = symmetric_eigen(hessian).values.maxCoeff();
    const auto found = largest_eigenvalues(
        [&](const MatrixXd& v) {
          Slopes slopes;
          surface.slopes(point.replicate(1, v.cols()), &v, {.samples = all}, slopes);
          return slopes.products;
        },
        point.size(), {});
    EXPECT_TRUE(found.converged);
    EXPECT_NEAR(found.values(0), truth, 1e-6 * std::abs(truth));
  }
}

}  // namespace hessian_test
}  // namespace stoic
