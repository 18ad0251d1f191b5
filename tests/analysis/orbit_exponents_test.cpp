#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/analysis/exponents.hpp"
#include "stoic/host/analysis/orbit_evolution.hpp"
#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace orbit_exponents_test {

Eigen::VectorXd normal(Eigen::Index n, std::uint64_t seed) {
  return Eigen::VectorXd::NullaryExpr(n, [&](Eigen::Index i) {
    return random_normal({seed, Purpose::test}, static_cast<std::uint64_t>(i));
  });
}

LyapunovSpectrum spectrum(const SystemParameters& p, const Matrices& matrices, const Eigen::VectorXd& start,
                          const ExponentTask& task, const OrbitOptions& options = {}, int threads = 1) {
  const auto system = make_system<double>(p, matrices);
  Team team(threads);
  OrbitEvolution evolution(*system, traits(p), matrices, options, team);
  evolution.set_state(start);
  return lyapunov_spectrum(evolution, task);
}

TEST(OrbitExponents, OfTheTanhMapSumToItsDeterminantsLogarithm) {
  const FfesnParameters p{.neurons = 60, .spectral_radius = 1.6, .density = 1};
  const auto matrices = p.draw(3);
  const auto s = spectrum(p, matrices, normal(60, 1), {.transient = 200, .duration = 400});
  EXPECT_FALSE(s.at_rest);
  EXPECT_EQ(s.dimension, 60);
  EXPECT_NEAR(s.sum.value, *s.expected_sum, 1e-9 * std::abs(s.sum.value));
  EXPECT_GT(s.exponents[0].value, 0);
}

TEST(OrbitExponents, OfAContractingTanhMapAreTheEigenvaluesOfItsWeights) {
  const FfesnParameters p{.neurons = 40, .spectral_radius = 0.9};
  const auto matrices = p.draw(5);
  const auto s = spectrum(p, matrices, normal(40, 1), {.transient = 300, .duration = 400});
  EXPECT_TRUE(s.at_rest) << s.verdict;
  EXPECT_NEAR(s.exponents[0].value, std::log(0.9), 1e-9);
}

/// Paper 002, eq. 4.
TEST(OrbitExponents, OfPlantedAttractorsAreTheDoubleWellsCurvatureAndTheSpectrum) {
  const SaNodeParameters p{.neurons = 49, .classes = 3};
  const auto matrices = p.draw(2);
  for (const Eigen::Index c : {0, 2}) {
    const Eigen::VectorXd start = p.attractors().col(c) + 0.01 * normal(49, 7);
    const auto s = spectrum(p, matrices, start, {.transient = 10, .duration = 10}, {.refinement = 4});
    ASSERT_TRUE(s.at_rest) << s.verdict;
    std::vector<double> expected(3, 0);
    const Eigen::VectorXd eigenvalues = matrices.at("eigenvalues");
    expected.insert(expected.end(), eigenvalues.begin(), eigenvalues.end());
    for (double& e : expected) e = -8 * p.stiffness * p.well * p.well + p.coupling() * e;
    std::sort(expected.begin(), expected.end(), std::greater<>());
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(s.exponents[i].value, expected[i], 1e-9);
    EXPECT_NEAR(s.sum.value, *s.expected_sum, 1e-9);
  }
}

TEST(OrbitExponents, OfOscillatorsAreThoseOfTheTangentPlanesOfTheirSpheres) {
  CstoParameters p;
  p.oscillators = 5;
  p.coupling_Oe = 100;
  Eigen::VectorXd start = normal(15, 3);
  for (Eigen::Index k = 0; k < 5; ++k) start(Eigen::seqN(k, 3, 5)).normalize();
  const ExponentTask task{.transient = 2000, .duration = 4000};
  const auto s = spectrum(p, p.draw(1), start, task), more = spectrum(p, p.draw(1), start, task, {}, 2);
  EXPECT_EQ(s.dimension, 10);
  ASSERT_EQ(s.exponents.size(), 10u);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_LT(std::abs(s.exponents[i].value), 0.1) << i;  // per ps; a radial one would be without bound
    EXPECT_EQ(s.exponents[i].value, more.exponents[i].value);
  }
}

TEST(OrbitExponents, OfLorenz96AtRestAreTheFlowsOwnWhateverTheStep) {
  Lorenz96Parameters p;
  p.neurons = 23;
  p.forcing = 0.6;
  const auto s = spectrum(p, {}, Eigen::VectorXd::Constant(23, 0.6) + 0.1 * normal(23, 1),
                          {.transient = 60, .duration = 20}, {.refinement = 1});
  ASSERT_TRUE(s.at_rest) << s.verdict;
  double most = -10;
  for (int k = 0; k < 23; ++k) {
    const double angle = 2 * M_PI * k / 23;
    most = std::max(most, -1 + 0.6 * (std::cos(angle) - std::cos(2 * angle)));
  }
  EXPECT_NEAR(s.exponents[0].value, most, 1e-9);
  EXPECT_NEAR(s.sum.value, -23, 1e-9);
}

}  // namespace orbit_exponents_test
}  // namespace stoic
