// Closed forms at full size, and how often intervals cover: minutes, so labelled heavy.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "stoic/host/analysis/catalogue.hpp"
#include "stoic/host/analysis/exponents.hpp"
#include "stoic/host/analysis/orbit_evolution.hpp"
#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace exponents_heavy_test {

LyapunovSpectrum spectrum(const std::string& name, const std::vector<std::string>& settings, double duration,
                          Eigen::Index count, std::uint64_t seed) {
  const auto* system = in_catalogue(name);
  Team team(0);
  const auto values = catalogue_values(*system, settings);
  const auto evolution = system->make(values, team);
  evolution->set_state(system->start(values, seed));
  return lyapunov_spectrum(*evolution, {.count = count,
                                        .transient = system->transient,
                                        .duration = duration > 0 ? duration : system->duration,
                                        .seed = seed});
}

struct Known {
  const char* name;
  double duration;
  std::size_t number;
  double value;
};

TEST(ExponentsHeavy, IntervalsCoverInEighteenOfTwentySeeds) {
  for (const auto& [name, duration, number, value] :
       {Known{"henon", 100000, 0, 0.41923}, Known{"logistic", 100000, 0, std::numbers::ln2},
        Known{"lorenz63", 3000, 0, 0.90565}, Known{"lorenz63", 3000, 1, 0}, Known{"chen", 1000, 0, 2.0272},
        Known{"cat", 2000, 1, -std::log((3 + std::sqrt(5.0)) / 2)}}) {
    int covered = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
      covered += spectrum(name, {}, duration, 0, seed).exponents[number].covers(value);
    EXPECT_GE(covered, 18) << name << " " << number;
  }
}

TEST(ExponentsHeavy, OfLorenzByDefaultAreThoseOfTheLiterature) {
  const auto s = spectrum("lorenz63", {}, 0, 0, 1);
  EXPECT_NEAR(s.exponents[0].value, 0.9056, 0.002);
  EXPECT_NEAR(s.exponents[1].value, 0, 1e-3);
  EXPECT_NEAR(s.sum.value, -(11 + 8. / 3), 1e-9);
  EXPECT_TRUE(s.converged) << s.verdict;
  const auto henon = spectrum("henon", {}, 0, 0, 1);
  EXPECT_NEAR(henon.exponents[0].value, 0.4192, 1e-3);
  EXPECT_NEAR(spectrum("lorenz96", {}, 0, 1, 1).exponents[0].value, 1.67, 0.05);
}

TEST(ExponentsHeavy, OfFiveHundredSitesAtRestAreTheClosedForm) {
  double most = -10;
  for (int k = 0; k < 500; ++k) {
    const double angle = 2 * std::numbers::pi * k / 500;
    most = std::max(most, -1 + 0.8 * (std::cos(angle) - std::cos(2 * angle)));
  }
  const auto s = spectrum("lorenz96", {"neurons=500", "forcing=0.8"}, 0, 0, 1);
  EXPECT_NEAR(s.exponents[0].value, most, 1e-9);
  EXPECT_NEAR(s.exponents[0].value, -1 + 1.1249966 * 0.8, 1e-7);
  EXPECT_NEAR(s.sum.value, -500, 1e-9);
}

TEST(ExponentsHeavy, OfAllPixelsAtAPlantedAttractorAreTheSpectrum) {
  const SaNodeParameters p{.neurons = 784, .classes = 10};
  const auto matrices = p.draw(1);
  const auto system = make_system<double>(p, matrices);
  Team team(0);
  OrbitEvolution evolution(*system, traits(p), matrices, {.refinement = 1}, team);
  evolution.set_state(p.attractors().col(3));
  const auto s = lyapunov_spectrum(evolution, {.transient = 20, .duration = 20});
  ASSERT_TRUE(s.at_rest) << s.verdict;
  std::vector<double> expected(10, 0);
  const Eigen::VectorXd eigenvalues = matrices.at("eigenvalues");
  expected.insert(expected.end(), eigenvalues.begin(), eigenvalues.end());
  for (double& e : expected) e = -8 * p.stiffness * p.well * p.well + p.coupling() * e;
  std::sort(expected.begin(), expected.end(), std::greater<>());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(s.exponents[i].value, expected[i], 1e-9);
}

}  // namespace exponents_heavy_test
}  // namespace stoic
