#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "stoic/host/dynamics/ffesn.hpp"
#include "stoic/host/dynamics/reservoir.hpp"
#include "stoic/host/kernels/spectral_radius.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace dynamics_test {

using Eigen::MatrixXd;

MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  MatrixXd matrix(rows, columns);
  for (Eigen::Index i = 0; i < matrix.size(); ++i)
    matrix(i) = random_normal({seed, Purpose::test}, static_cast<std::uint64_t>(i));
  return matrix;
}

// Sizes around the edges of panels (16 doubles, 32 floats), blocks (8 columns) and chunks (192 and 128).
struct Size {
  Eigen::Index rows, inner, columns;
};
const Size sizes[] = {{1, 1, 1},      {16, 16, 8},   {17, 33, 9},   {32, 64, 7},
                      {33, 192, 128}, {5, 193, 129}, {50, 400, 300}};

template <class Scalar>
void expect_products_match(double tolerance) {
  Team team(2);
  for (const Size& size : sizes) {
    SCOPED_TRACE(testing::Message() << size.rows << " x " << size.inner << " x " << size.columns);
    const MatrixXd w = random_matrix(size.rows, size.inner, 1),
                   x = random_matrix(size.inner, size.columns, 2);
    const Panels<Scalar> w_panels(w.cast<Scalar>()), x_panels(x.cast<Scalar>());
    Panels<Scalar> y(size.rows, size.columns);
    multiply(w_panels, x_panels, y, team);
    EXPECT_LT((y.dense().template cast<double>() - w * x).cwiseAbs().maxCoeff(), tolerance);

    const Panels<Scalar> d(x.transpose().cast<Scalar>()), samples(w.cast<Scalar>());
    const MatrixXd expected = x.transpose() * w.transpose();  // [columns x rows]
    constexpr Eigen::Index edge = Panels<Scalar>::panel_rows;
    for (Eigen::Index p = 0; p < d.panels(); ++p)
      for (Eigen::Index q = 0; q < samples.panels(); ++q) {
        alignas(64) Scalar square[edge * edge];
        multiply_transposed(d, samples, p, q, square);
        for (Eigen::Index column = q * edge; column < std::min((q + 1) * edge, expected.cols()); ++column)
          for (Eigen::Index row = p * edge; row < std::min((p + 1) * edge, expected.rows()); ++row)
            ASSERT_NEAR(static_cast<double>(square[(column - q * edge) * edge + row - p * edge]),
                        expected(row, column), tolerance);
      }
  }
}

TEST(Panels, ProductsAreThoseOfEigenForEverySize) {
  expect_products_match<double>(1e-12);
  expect_products_match<float>(1e-3);  // sums of up to 400 products of standard normals, each 6e-8 off
}

TEST(Panels, ADenseMatrixSurvivesTheWayThereAndBack) {
  for (const Size& size : sizes) {
    const MatrixXd matrix = random_matrix(size.rows, size.columns, 3);
    EXPECT_EQ(Panels<double>(matrix).dense(), matrix);
  }
}

/// x(T) of `system` from x(0).
MatrixXd run(const Ffesn<double>& system, const MatrixXd& start) {
  auto passage = system.make_passage(start.cols());
  passage.first().assign(start);
  Team team(1);
  system.forward(passage, team);
  return passage.last().dense().topRows(start.rows());
}

struct Fixture {
  static constexpr Eigen::Index neurons = 37, samples = 5, steps = 3;
  Team team{2};
  MatrixXd weights = make_reservoir(neurons, 0.5, 1.8, 11);
  Ffesn<double> system{weights, steps};
  MatrixXd start = random_matrix(neurons, samples, 12);
  MatrixXd tangent = random_matrix(neurons, samples, 13);
  MatrixXd covector = random_matrix(neurons, samples, 14);
  Ffesn<double>::Trajectory trajectory = system.make_trajectory(samples);

  Fixture() {
    trajectory.first().assign(start);
    trajectory.covector.assign(covector);
    system.forward(trajectory, team);
  }
};

TEST(Ffesn, ForwardIsTanhOfTheProductStepByStep) {
  const Fixture f;
  MatrixXd expected = f.start;
  for (Eigen::Index i = 0; i < Fixture::steps; ++i) expected = (f.weights * expected).array().tanh();
  EXPECT_LT((run(f.system, f.start) - expected).cwiseAbs().maxCoeff(), 1e-12);
}

TEST(Ffesn, TheGapBetweenPushAndCentralDifferenceFallsByFourWhenTheStepHalves) {
  Fixture f;
  const MatrixXd slope = f.system.push(f.trajectory, f.tangent, Part::network, f.team);
  const auto gap = [&](double h) {
    const MatrixXd difference =
        (run(f.system, f.start + h * f.tangent) - run(f.system, f.start - h * f.tangent)) / (2 * h);
    return (difference - slope).norm();
  };
  EXPECT_LT(gap(1e-4), 1e-5 * slope.norm());
  EXPECT_NEAR(gap(2e-3) / gap(1e-3), 4.0, 0.05);
}

TEST(Ffesn, VjpIsTheTransposeOfPush) {
  Fixture f;
  const MatrixXd pushed = f.system.push(f.trajectory, f.tangent, Part::network, f.team);
  f.system.vjp(f.trajectory, f.team);
  const MatrixXd pulled = f.trajectory.covector.dense();
  for (Eigen::Index s = 0; s < Fixture::samples; ++s)
    EXPECT_NEAR(f.covector.col(s).dot(pushed.col(s)), pulled.col(s).dot(f.tangent.col(s)), 1e-11);
}

TEST(Team, SplitsEveryLoopIntoPartsThatCoverItOnce) {
  for (const int threads : {1, 2, 5}) {
    Team team(threads);
    for (int round = 0; round < 100; ++round) {
      const int count = round % 13;
      std::vector<int> visits(count);
      team.split(count, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) ++visits[i];
      });
      ASSERT_EQ(visits, std::vector<int>(count, 1)) << threads << " threads, round " << round;
    }
  }
}

TEST(Reservoir, TheSpectralRadiusOfAComplexPairIsItsModulus) {
  MatrixXd rotation(2, 2);
  rotation << 0.6, -0.8, 0.8, 0.6;
  EXPECT_NEAR(spectral_radius(3 * rotation), 3.0, 1e-12);
}

/// ‖M^k‖^(1/k) falls to the spectral radius, for k = 2^40 by squaring; the norm's own factor vanishes as 1/k.
double radius_by_squaring(MatrixXd matrix) {
  double logarithm = 0, power = 1;
  for (int i = 0; i < 40; ++i) {
    const double norm = matrix.norm();
    logarithm += std::log(norm) / power;
    matrix /= norm;
    matrix = (matrix * matrix).eval();
    power *= 2;
  }
  return std::exp(logarithm + std::log(matrix.norm()) / power);
}

TEST(Reservoir, HasTheSpectralRadiusAskedForByAnIndependentRoute) {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5})
    for (const std::int64_t neurons : {1, 2, 7, 60}) {
      SCOPED_TRACE(testing::Message() << neurons << " neurons, seed " << seed);
      EXPECT_NEAR(radius_by_squaring(make_reservoir(neurons, 0.5, 1.8, seed)), 1.8, 1e-9);
    }
}

TEST(Reservoir, HasTheDensityAskedForAndUniformWeights) {
  const MatrixXd weights = make_reservoir(200, 0.3, 1.0, 5);
  const Eigen::ArrayXXd magnitude = weights.array().abs();
  const double connections = static_cast<double>((magnitude > 0).count());
  EXPECT_NEAR(connections / 40000, 0.3, 4 * std::sqrt(0.3 * 0.7 / 40000));
  // Uniform: the mean magnitude of the non-zero entries is half the largest.
  EXPECT_NEAR(magnitude.sum() / connections / magnitude.maxCoeff(), 0.5, 0.02);
  EXPECT_NEAR(weights.sum() / connections / magnitude.maxCoeff(), 0.0, 0.02);
}

TEST(Reservoir, RedrawsWhatHasNoEigenvalueAndRefusesWhatNeverWill) {
  EXPECT_DOUBLE_EQ(std::abs(make_reservoir(1, 0.05, 1.5, 3)(0, 0)), 1.5);
  EXPECT_THROW(make_reservoir(2, 1e-9, 1.0, 1), Error);
  EXPECT_THROW(make_reservoir(0, 0.5, 1.0, 1), Error);
  EXPECT_THROW(make_reservoir(3, 0.5, std::nan(""), 1), Error);
}

TEST(Reservoir, IsAFunctionOfItsSeed) {
  EXPECT_EQ(make_reservoir(20, 0.5, 1.0, 7), make_reservoir(20, 0.5, 1.0, 7));
  EXPECT_NE(make_reservoir(20, 0.5, 1.0, 7), make_reservoir(20, 0.5, 1.0, 8));
}

}  // namespace dynamics_test
}  // namespace stoic
