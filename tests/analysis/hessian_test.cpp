#include "stoic/host/analysis/hessian.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

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

TEST(LargestEigenvalues, TakeAFifthOfTheProductsWhereAMatrixChangesSlowly) {
  VectorXd values = 0.1 * draws(400, 1, 5).col(0);
  values.head(8) << 12, 11, 9, 7, 6, 4, 3, 2;
  const MatrixXd first = with_eigenvalues(values, 6), change = draws(400, 400, 7) / 400;
  KnownSpectrum known;
  int cold = 0, warm = 0;
  for (int t = 0; t < 30; ++t) {
    const MatrixXd matrix = first + 0.01 * t * (change + change.transpose());
    const auto anew = find(matrix, {}), again = find(matrix, {.known = known});
    EXPECT_TRUE(again.converged);
    EXPECT_NEAR(again.values(0), anew.values(0), 1e-9) << "step " << t;
    if (t >= 10) {
      cold += anew.products;
      warm += again.products;
    }
    known = again.known;
  }
  EXPECT_GE(cold, 5 * warm);
}

// What is foretold from vectors that a search left as exact as it had to be, misses by more than that.
TEST(LargestEigenvalues, TakeOneProductAndTheLookBesideWhereTheyAreForetold) {
  VectorXd values = 0.1 * draws(200, 1, 15).col(0);
  values.head(4) << 12, 8, 7, 4;
  const MatrixXd first = with_eigenvalues(values, 16), change = draws(200, 200, 17) / 200;
  KnownSpectrum known;
  int products = 0;
  for (int t = 0; t < 60; ++t) {
    const MatrixXd matrix = first + std::sin(0.05 * t) * (change + change.transpose());
    const auto again = find(matrix, {.known = known});
    EXPECT_LE(again.residuals(0), 1e-6) << "step " << t;
    if (t >= 20) products += again.products;
    known = again.known;
  }
  EXPECT_LE(products, 40 * 1.6);
}

TEST(LargestEigenvalues, AreStillTheLargestWhenOthersOvertakeThem) {
  const MatrixXd q = orthonormal(draws(120, 120, 8)).basis;
  KnownSpectrum known, of_two;
  for (int t = 0; t <= 80; ++t) {
    VectorXd values = VectorXd::LinSpaced(120, -1, 1);
    values(3) = 5 - 0.02 * t;    // overtaken by the next at t = 40,
    values(50) = 4.2;            // which is known,
    values(90) = -3 + 0.12 * t;  // and by one that comes from below all others at t = 60
    const MatrixXd matrix = q * values.asDiagonal() * q.transpose();
    const auto one = find(matrix, {.known = known}), two = find(matrix, {.count = 2, .known = of_two});
    std::ranges::sort(values, std::greater{});
    EXPECT_NEAR(one.values(0), values(0), 1e-5) << "step " << t;
    EXPECT_NEAR(two.values(0), values(0), 1e-5) << "step " << t;
    EXPECT_NEAR(two.values(1), values(1), 1e-5) << "step " << t;
    known = one.known;
    of_two = two.known;
  }
}

/// Products of this symmetric matrix as a part of the samples would tell them: each number errs in its own way.
RoughProduct rough_product(const MatrixXd& matrix, double error) {
  return [&matrix, error](const VectorXd& v, std::uint64_t number) {
    const MatrixXd g = draws(matrix.rows(), matrix.rows(), 1000 + number);
    return VectorXd(matrix * v + error / std::sqrt(2.0 * static_cast<double>(matrix.rows())) *
                                     (g * v + g.transpose() * v));
  };
}

TEST(LargestEigenvalues, AreStillTheLargestWhereRoughProductsAloneLookBeside) {
  const MatrixXd q = orthonormal(draws(120, 120, 8)).basis;
  KnownSpectrum known, without;
  int products = 0, products_without = 0;
  for (int t = 0; t <= 80; ++t) {
    VectorXd values = VectorXd::LinSpaced(120, -1, 1);
    values(3) = 5 - 0.02 * t;
    values(90) = -3 + 0.12 * t;  // overtakes it at t = 57
    const MatrixXd matrix = q * values.asDiagonal() * q.transpose();
    const auto rough = find(matrix, {.known = known, .rough = rough_product(matrix, 0.3)});
    const auto exact = find(matrix, {.known = without});
    EXPECT_NEAR(rough.values(0), values.maxCoeff(), 1e-5) << "step " << t;
    EXPECT_LE(rough.rough_products, 1) << "step " << t;
    products += rough.products;
    products_without += exact.products;
    known = rough.known;
    without = exact.known;
  }
  EXPECT_LT(products, 0.8 * products_without) << "without rough ones: " << products_without;
}

TEST(LargestEigenvalues, TakeHardlyMoreProductsByAFalseGuide) {
  VectorXd values = draws(300, 1, 11).col(0);
  values.head(2) << 6, 5.5;
  KnownSpectrum known;
  int cold = 0, misled = 0;
  for (std::uint64_t k = 0; k < 8; ++k) {  // that have nothing in common
    const MatrixXd matrix = with_eigenvalues(values, 12 + k);
    const auto again = find(matrix, {.known = known});
    cold += find(matrix, {}).products;
    misled += again.products;
    EXPECT_NEAR(again.values(0), 6, 1e-5);
    known = again.known;
  }
  EXPECT_LE(misled, 1.08 * cold) << "cold: " << cold;
}

TEST(KnownSpectrum, AgreesWithEveryProductAndKeepsTheRest) {
  const MatrixXd matrix = with_eigenvalues(draws(30, 1, 13), 14);
  KnownSpectrum known;
  const auto b = [&] {
    return MatrixXd(known.vectors * known.values.asDiagonal() * known.vectors.transpose());
  };
  for (std::uint64_t t = 0; t < 3; ++t) {
    const MatrixXd basis = orthonormal(draws(30, 3, 20 + t)).basis,
                   before = t > 0 ? b() : MatrixXd::Zero(30, 30);
    learn(known, basis, matrix * basis);
    EXPECT_LT((b() * basis - matrix * basis).norm(), 1e-9) << "products " << t;
    const MatrixXd others = MatrixXd::Identity(30, 30) - basis * basis.transpose();
    EXPECT_LT((others * (b() - before) * others).norm(), 1e-9) << "products " << t;
  }
  EXPECT_LT((known.vectors.transpose() * known.vectors - MatrixXd::Identity(18, 18)).norm(), 1e-9);
}

TEST(KnownSpectrum, ForetellsParabolasDecaysAndSwings) {
  const MatrixXd a = draws(9, 2, 30), b = draws(9, 2, 31), c = draws(9, 2, 32);
  const std::vector<std::function<MatrixXd(int)>> motions{
      [&](int) { return a; }, [&](int t) { return MatrixXd(a + 0.05 * t * b + 0.01 * t * t * c); },
      [&](int t) { return MatrixXd(a + 0.1 * std::pow(0.9, t) * b + 0.1 * std::pow(-0.4, t) * c); }};
  for (std::size_t k = 0; k < motions.size(); ++k) {
    KnownSpectrum known;
    for (int t = 0; t < 8; ++t) {
      note_found(known, motions[k](t));
      if (t < 5) continue;
      EXPECT_LT((extrapolated(known) - motions[k](t + 1)).norm(), 1e-8) << k << " at " << t;
    }
  }
}

TEST(KnownSpectrum, StartsAtTheLastOneUntilThereAreFour) {
  KnownSpectrum known;
  for (int t = 0; t < 4; ++t) {
    note_found(known, draws(9, 1, 30) + std::pow(0.5, t) * draws(9, 1, 31));
    const bool last = extrapolated(known) == known.found.back();
    EXPECT_EQ(last, t < 3) << t;
  }
}

TEST(KnownSpectrum, KeepsTheLastEightOfOneSign) {
  const MatrixXd a = draws(9, 2, 30), b = draws(9, 2, 31);
  KnownSpectrum known;
  for (int t = 0; t < 12; ++t) note_found(known, (t % 2 ? -1 : 1) * (a + 0.01 * t * b));
  ASSERT_EQ(known.found.size(), 8u);
  for (int t = 4; t < 12; ++t)
    EXPECT_LT((known.found[static_cast<std::size_t>(t - 4)] - (a + 0.01 * t * b)).norm(), 1e-12) << t;
  note_found(known, a.leftCols(1));
  EXPECT_EQ(known.found.size(), 1u) << "of another number of vectors";
}

TEST(KnownSpectrum, CorrectsAVectorOfAMatrixThatItKnows) {
  VectorXd values = VectorXd::Zero(40);
  values.head(4) << 6, 5, -7, 2;
  const MatrixXd matrix = with_eigenvalues(values, 40);
  KnownSpectrum known;
  const MatrixXd all = MatrixXd::Identity(40, 40);
  learn(known, all, matrix);
  VectorXd v = find(matrix, {}).vectors.col(0) + 1e-3 * draws(40, 1, 41);
  v.normalize();
  const auto residual = [&](const VectorXd& x) { return VectorXd(matrix * x - x.dot(matrix * x) * x); };
  VectorXd better = v + correction(known, v.dot(matrix * v), v, residual(v), 7);
  better.normalize();
  EXPECT_LT(residual(better).norm(), 1e-3 * residual(v).norm());
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
  const NetworkLayer filters = convolution_layer(
                         {.height = 6, .width = 6, .filters = 2, .kernel = 3, .padding = 1, .pool = 2}),
                     more = convolution_layer(
                         {.height = 3, .width = 3, .channels = 2, .filters = 3, .kernel = 2, .pool = 2}),
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
