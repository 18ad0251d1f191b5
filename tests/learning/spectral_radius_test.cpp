#include "stoic/host/kernels/spectral_radius.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>

#include "stoic/host/random/random.hpp"

namespace stoic {
namespace spectral_radius_test {

Eigen::MatrixXd uniform(Eigen::Index size, double density, std::uint64_t seed) {
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(size, size);
  for (Eigen::Index i = 0; i < size * size; ++i)
    if (random_uniform({seed, Purpose::test}, 2 * static_cast<std::uint64_t>(i)) < density)
      matrix.data()[i] = 2 * random_uniform({seed, Purpose::test}, 2 * static_cast<std::uint64_t>(i) + 1) - 1;
  return matrix;
}

TEST(SpectralRadius, ByIterationIsThatOfAllEigenvalues) {
  int found = 0;
  for (const Eigen::Index size : {20, 61, 150})
    for (const double density : {1.0, 0.5, 0.1, 0.03})
      for (const std::uint64_t seed : {1, 2, 3}) {
        SCOPED_TRACE(testing::Message() << size << " rows, density " << density << ", seed " << seed);
        const auto matrix = uniform(size, density, seed);
        const auto radius = spectral_radius_by_iteration(matrix);
        if (!radius) continue;  // it may always say that it does not know
        ++found;
        EXPECT_NEAR(*radius / spectral_radius(matrix), 1, 1e-10);
      }
  EXPECT_GE(found, 24);
}

TEST(SpectralRadius, ByIterationDoesNotDependOnTheScale) {
  const auto matrix = uniform(100, 0.5, 1);
  const double radius = spectral_radius_by_iteration(matrix).value();
  for (const double scale : {1e-9, 1e9})
    EXPECT_NEAR(spectral_radius_by_iteration(scale * matrix).value() / (scale * radius), 1, 1e-10);
}

/// A block of known radius among others that grow for a while: no eigenvalue of theirs is as large.
TEST(SpectralRadius, ByIterationIsNotMisledByWhatGrowsOnlyForAWhile) {
  Eigen::MatrixXd matrix = 0.05 * uniform(120, 1, 2);
  matrix.block(0, 60, 60, 60) += 30 * uniform(60, 1, 3);  // block triangular but for the small part
  const auto radius = spectral_radius_by_iteration(matrix);
  EXPECT_NEAR(radius.value_or(spectral_radius(matrix)) / spectral_radius(matrix), 1, 1e-10);
}

TEST(SpectralRadius, ByIterationSaysThatItDoesNotKnow) {
  EXPECT_FALSE(spectral_radius_by_iteration(Eigen::MatrixXd::Identity(3, 3)));
  EXPECT_FALSE(spectral_radius_by_iteration(Eigen::MatrixXd::Constant(50, 50, std::nan(""))));
}

}  // namespace spectral_radius_test
}  // namespace stoic
