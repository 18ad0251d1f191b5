#include "stoic/host/kernels/panels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "stoic/host/kernels/elementary.hpp"
#include "stoic/host/kernels/single_column.hpp"
#include "stoic/host/kernels/sparse.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace panels_test {

using Eigen::Index;

template <class Scalar>
class Products : public testing::Test {
 protected:
  using Matrix = typename Panels<Scalar>::Matrix;
  static constexpr Scalar rounding = std::numeric_limits<Scalar>::epsilon();

  static Matrix random(Index rows, Index columns, std::uint64_t seed) {
    return Matrix::NullaryExpr(rows, columns, [&](Index r, Index c) {
      return static_cast<Scalar>(
          2 * random_uniform({seed, Purpose::shuffle}, static_cast<std::uint64_t>(r * columns + c)) - 1);
    });
  }
  /// Compared with double precision; a sum of n terms of at most 1.
  static void expect_near(const Matrix& result, const Eigen::MatrixXd& expected, Index terms) {
    EXPECT_LE((result.template cast<double>() - expected).cwiseAbs().maxCoeff(),
              static_cast<double>(rounding * static_cast<Scalar>(terms)));
  }
};
using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(Products, Scalars);

/// Inner lengths with and without a rest after whole panels, and longer than the kernels take at once.
TYPED_TEST(Products, OfAnyShapeAreTheirSums) {
  Team team(2);
  for (const Index rows : {1, 16, 33, 100})
    for (const Index inner : {1, 10, 32, 64, 77, 4101})
      for (const Index columns : {1, 7, 8, 20}) {
        SCOPED_TRACE(testing::Message() << rows << " x " << inner << " x " << columns);
        const auto w = this->random(rows, inner, 1), x = this->random(inner, columns, 2);
        Panels<TypeParam> y(rows, columns);
        multiply(Panels<TypeParam>(w), Panels<TypeParam>(x), y, team);
        this->expect_near(y.dense(), w.template cast<double>() * x.template cast<double>(), inner);
      }
}

TYPED_TEST(Products, WithATransposedMatrixAreTheirSums) {
  constexpr Index height = Panels<TypeParam>::panel_rows;
  for (const Index samples : {1, 3, 16, 61, 64, 1001}) {
    SCOPED_TRACE(samples);
    const auto d = this->random(height + 3, samples, 1), x = this->random(2 * height, samples, 2);
    alignas(64) TypeParam square[height * height];
    multiply_transposed(Panels<TypeParam>(d), Panels<TypeParam>(x), 0, 1, square);
    const Eigen::Map<const typename Panels<TypeParam>::Matrix> result(square, height, height);
    this->expect_near(
        result,
        d.topRows(height).template cast<double>() * x.bottomRows(height).template cast<double>().transpose(),
        samples);
  }
}

TYPED_TEST(Products, InRangesOfColumnsAndByAnyNumberOfThreadsHaveTheSameBits) {
  const Panels<TypeParam> w(this->random(77, 101, 1)), x(this->random(101, 61, 2));
  Panels<TypeParam> whole(77, 61);
  Team alone(1);
  multiply(w, x, whole, alone);
  for (const Index width : {8, 16, 24}) {
    Panels<TypeParam> y(77, 61);
    for (Index p = 0; p < w.panels(); ++p)
      for (Index first = 0; first < 61; first += width)
        multiply_panel(w, x, y, p, first, std::min(first + width, Index{61}));
    EXPECT_EQ(y.dense(), whole.dense()) << "by " << width;
  }
  for (const int threads : {2, 3, 8}) {
    Team team(threads);
    Panels<TypeParam> y(77, 61);
    multiply(w, x, y, team);
    EXPECT_EQ(y.dense(), whole.dense()) << threads << " threads";
  }
}

/// Whole rows and columns of X are 0 too, and there are odd numbers of panels.
TYPED_TEST(Products, OfWhatIsMostlyZeroHaveTheBitsOfTheDenseOnes) {
  constexpr Index height = Panels<TypeParam>::panel_rows;
  for (const int threads : {1, 3})
    for (const Index rows : {1, 33, 100, 160})
      for (const Index inner : {1, 31, 128, 300})
        for (const Index columns : {1, 8, 61}) {
          SCOPED_TRACE(testing::Message() << rows << " x " << inner << " x " << columns << ", " << threads);
          Team team(threads);
          auto values = this->random(inner, columns, 2), chance = this->random(inner, columns, 3);
          // one bit alone is set in these
          values(0, 0) = 2;
          values(inner - 1, columns - 1) = std::numeric_limits<TypeParam>::denorm_min();
          chance(0, 0) = chance(inner - 1, columns - 1) = 1;
          const Panels<TypeParam> w(this->random(rows, inner, 1)), d(this->random(rows, columns, 4)),
              x((chance.array() > TypeParam(0.5)).select(values, TypeParam(0)).matrix());
          NonZeros<TypeParam> found;
          Panels<TypeParam> y(rows, columns), expected(rows, columns);
          multiply(w, x, expected, team);
          multiply(w, x, found, y, team);
          ASSERT_TRUE(found.pay() || inner * columns < 64);
          EXPECT_EQ(y.dense(), expected.dense());
          for (Index p = 0; p < d.panels(); p += 2)
            for (Index q = 0; q < x.panels(); ++q) {
              alignas(64) TypeParam squares[2 * height * height], square[height * height];
              const Index count = std::min<Index>(2, d.panels() - p),
                          width = std::min(height, inner - q * height);
              multiply_transposed(d, x, found, p, count, q, squares);
              for (Index g = 0; g < count; ++g) {
                multiply_transposed(d, x, p + g, q, square);
                EXPECT_TRUE(std::equal(square, square + width * height, squares + g * height * height));
              }
            }
        }
}

TYPED_TEST(Products, OfWhatIsNotMostlyZeroAreTheDenseOnes) {
  Team team(2);
  const Panels<TypeParam> w(this->random(100, 77, 1)), x(this->random(77, 20, 2));
  NonZeros<TypeParam> found;
  Panels<TypeParam> y(100, 20), expected(100, 20);
  multiply(w, x, expected, team);
  multiply(w, x, found, y, team);
  EXPECT_FALSE(found.pay());
  EXPECT_EQ(y.dense(), expected.dense());
}

TYPED_TEST(Products, ATransposedMatrixHasTheSameElements) {
  Team team(2);
  for (const Index rows : {1, 32, 45})
    for (const Index columns : {1, 16, 70}) {
      const auto dense = this->random(rows, columns, 3);
      Panels<TypeParam> result(columns, rows);
      transpose(Panels<TypeParam>(dense), result, team);
      EXPECT_EQ(result.dense(), dense.transpose());
    }
}

/// Rows of very different lengths, empty ones, and rests of panels and of sums of four; entries that single precision holds, and
/// others.
TEST(SingleColumn, ProductsAreTheirSums) {
  for (const Index size : {1, 7, 16, 33, 130})
    for (const double density : {0.0, 0.05, 0.1, 1.0})
      for (const bool single : {false, true}) {
        const auto random = [&](Index columns, std::uint64_t seed) {
          Eigen::MatrixXd m(size, columns);
          for (Index i = 0; i < m.size(); ++i)
            m(i) = 2 * random_uniform({seed, Purpose::shuffle}, static_cast<std::uint64_t>(i)) - 1;
          return m;
        };
        Eigen::MatrixXd w = random(size, 1);
        if (single) w = w.cast<float>().cast<double>().eval();
        const Eigen::MatrixXd chance = random(size, 2), x = random(1, 3);
        for (Index i = 0; i < w.size(); ++i)
          if ((chance(i) + 1) / 2 > density) w(i) = 0;
        const Panels<double> left(w), right(x);
        const SingleColumnProduct product(left);
        if (size == 130) {
          EXPECT_EQ(product.by_nonzeros(), density < 0.2);
          EXPECT_EQ(product.in_single_precision(), density == 1 && single);
        }
        Panels<double> y(size, 1);
        for (Index p = 0; p < y.panels(); ++p) product(left, right, y, p);
        const double error = (y.dense() - w * x).cwiseAbs().maxCoeff();
        EXPECT_LT(error, 1e-14 * static_cast<double>(size));
      }
}

TEST(Elementary, TanhInDoublePrecisionIsRightToOneAndAHalfUnitsInTheLastPlace) {
  double worst = 0;
  // the second half where errors are the largest, to both sides of 0.625, where the approximations meet
  for (std::int64_t i = 1; i <= 800'000; ++i) {
    const double share = static_cast<double>(i % 400'000 + 1) / 400'000;
    const double a = i <= 400'000 ? 25 * std::pow(share, 3) : 0.6 + 0.06 * share;
    const long double truth = std::tanh(static_cast<long double>(a));
    const double unit = std::nextafter(static_cast<double>(truth), 2) - static_cast<double>(truth);
    worst = std::max(worst, static_cast<double>(std::abs(hyperbolic_tangent(a) - truth)) / unit);
    ASSERT_EQ(hyperbolic_tangent(-a), -hyperbolic_tangent(a));
  }
  EXPECT_LT(worst, 1.5);
  const double endless = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(std::signbit(hyperbolic_tangent(0.0)));
  EXPECT_TRUE(std::signbit(hyperbolic_tangent(-0.0)));
  EXPECT_EQ(hyperbolic_tangent(1e-300), 1e-300);
  EXPECT_EQ(hyperbolic_tangent(endless), 1);
  EXPECT_EQ(hyperbolic_tangent(-endless), -1);
  EXPECT_TRUE(std::isnan(hyperbolic_tangent(std::numeric_limits<double>::quiet_NaN())));
}

}  // namespace panels_test
}  // namespace stoic
