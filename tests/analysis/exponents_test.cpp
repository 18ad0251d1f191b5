#include "stoic/host/analysis/exponents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "stoic/host/analysis/catalogue.hpp"
#include "stoic/host/analysis/order8.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace exponents_test {

using testing::HasSubstr;

struct Asked {
  double duration = 0;
  Eigen::Index count = 0;
  std::uint64_t seed = 1;
  int threads = 1;
};

LyapunovSpectrum spectrum(const std::string& name, const std::vector<std::string>& settings = {},
                          const Asked& asked = {}) {
  const auto* system = in_catalogue(name);
  Team team(asked.threads);
  const auto values = catalogue_values(*system, settings);
  const auto evolution = system->make(values, team);
  evolution->set_state(system->start(values, asked.seed));
  return lyapunov_spectrum(*evolution, {.count = asked.count,
                                        .transient = system->transient,
                                        .duration = asked.duration > 0 ? asked.duration : system->duration,
                                        .seed = asked.seed});
}

void expect_values(const LyapunovSpectrum& s, const std::vector<double>& values, double tolerance) {
  ASSERT_EQ(s.exponents.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(s.exponents[i].value, values[i], tolerance) << i;
    EXPECT_TRUE(s.exponents[i].covers(values[i])) << i;
  }
}

TEST(Exponents, OfADiagonalMapAreTheLogarithmsOfItsFactors) {
  const auto s = spectrum("linear-map", {"p1=0.25", "p2=3", "p3=1.5"}, {.duration = 2000});
  expect_values(s, {std::log(3), std::log(1.5), std::log(0.25)}, 1e-9);
  EXPECT_TRUE(s.converged) << s.verdict;
}

TEST(Exponents, OfADiagonalFlowAreItsRates) {
  expect_values(spectrum("linear-flow", {"p1=-2", "p2=0.75", "p3=0.1"}, {.duration = 20}), {0.75, 0.1, -2},
                1e-9);
}

TEST(Exponents, OfTheCatMapAreBothSigned) {
  const double golden = std::log((3 + std::sqrt(5.0)) / 2);
  const auto s = spectrum("cat", {}, {.duration = 2000});
  expect_values(s, {golden, -golden}, 1e-9);
  EXPECT_NEAR(s.sum.value, 0, 1e-9);
  EXPECT_EQ(s.kaplan_yorke, 2);
}

TEST(Exponents, OfCollapsingMapsAreNamedSo) {
  for (const char* name : {"tent", "doubling"}) {
    const auto s = spectrum(name);
    EXPECT_NEAR(s.exponents[0].value, std::numbers::ln2, 1e-9) << name;
    EXPECT_TRUE(s.collapsed) << name;
    EXPECT_FALSE(s.converged) << name;
    EXPECT_THAT(s.verdict, HasSubstr("collapsed"));
  }
  const auto s = spectrum("tent", {"height=1.9"});
  EXPECT_FALSE(s.collapsed);
  EXPECT_NEAR(s.exponents[0].value, std::log(1.9), 1e-9);
}

TEST(Exponents, OfTheLogisticMapIsTheLogarithmOfTwo) {
  const auto s = spectrum("logistic", {}, {.duration = 100000});
  EXPECT_TRUE(s.exponents[0].covers(std::numbers::ln2));
  EXPECT_NEAR(s.exponents[0].value, std::numbers::ln2, 1e-3);
  EXPECT_TRUE(s.converged) << s.verdict;
}

TEST(Exponents, OfHenonsMapSumToTheLogarithmOfItsContraction) {
  const auto s = spectrum("henon", {}, {.duration = 200000});
  EXPECT_NEAR(s.sum.value, std::log(0.3), 1e-9);
  EXPECT_NEAR(s.exponents[0].value, 0.41923, 3e-3);
  EXPECT_NEAR(*s.kaplan_yorke, 1 + s.exponents[0].value / -s.exponents[1].value, 1e-12);
}

TEST(Exponents, OfGradientDescentInADoubleWellAreItsClosedForm) {
  for (const double eta : {0.1, 0.4, 0.7, 0.95}) {
    const auto s = spectrum("gradient", {"eta=" + std::to_string(eta)});
    EXPECT_NEAR(s.exponents[0].value, std::log(std::abs(1 - 2 * eta)), 1e-9) << eta;
    EXPECT_TRUE(s.at_rest);
  }
}

TEST(Exponents, OfLorenzSumToItsDivergenceAndTheSecondIsZero) {
  const auto s = spectrum("lorenz63", {}, {.duration = 300});
  EXPECT_NEAR(s.sum.value, -(10 + 1 + 8. / 3), 1e-9);
  EXPECT_NEAR(*s.expected_sum, -(10 + 1 + 8. / 3), 1e-12);
  EXPECT_TRUE(s.exponents[0].covers(0.9056));
  EXPECT_TRUE(s.exponents[1].covers(0));
  EXPECT_NEAR(*s.kaplan_yorke, 2.062, 5e-3);
}

TEST(Exponents, OfLorenzAtRestAreRootsOfItsPolynomial) {
  const auto s = spectrum("lorenz63", {"rho=20"});
  ASSERT_TRUE(s.at_rest);
  const double sigma = 10, rho = 20, beta = 8. / 3, l = s.exponents[2].value;  // the real root
  EXPECT_NEAR(((l + sigma + beta + 1) * l + beta * (sigma + rho)) * l + 2 * sigma * beta * (rho - 1), 0,
              1e-7);
  EXPECT_NEAR(s.exponents[0].value, (-(sigma + beta + 1) - l) / 2, 1e-9);
  EXPECT_NEAR(s.exponents[0].value, -0.15479, 1e-5);
}

double largest_of_lorenz96(double sites, double forcing) {
  double most = -10;
  for (int k = 0; k < static_cast<int>(sites); ++k) {
    const double angle = 2 * std::numbers::pi * k / sites;
    most = std::max(most, -1 + forcing * (std::cos(angle) - std::cos(2 * angle)));
  }
  return most;
}

TEST(Exponents, OfLorenz96AtRestAreTheClosedForm) {
  for (const double forcing : {0.0, 0.3, 0.85}) {
    const auto s = spectrum("lorenz96", {"neurons=37", "forcing=" + std::to_string(forcing)});
    EXPECT_TRUE(s.at_rest) << s.verdict;
    EXPECT_NEAR(s.exponents[0].value, largest_of_lorenz96(37, forcing), 1e-9);
    EXPECT_NEAR(s.sum.value, -37, 1e-9);
    EXPECT_EQ(s.kaplan_yorke, 0);
  }
}

TEST(Exponents, OfLorenz96SumToMinusItsSitesAndNeedNoMoreThanTheyAreAskedFor) {
  const auto s = spectrum("lorenz96", {"neurons=12"}, {.duration = 20});
  EXPECT_NEAR(s.sum.value, -12, 1e-9);
  EXPECT_EQ(s.expected_sum, -12);
  const auto few = spectrum("lorenz96", {"neurons=12"}, {.duration = 20, .count = 2});
  EXPECT_EQ(few.exponents.size(), 2u);
  EXPECT_GT(few.exponents[0].value, 0.1);
  EXPECT_FALSE(few.expected_sum);
  EXPECT_FALSE(few.kaplan_yorke);
}

TEST(Exponents, AreTheSameBitsForAnyNumberOfThreads) {
  const auto alone = spectrum("lorenz96", {"neurons=20"}, {.duration = 10}),
             three = spectrum("lorenz96", {"neurons=20"}, {.duration = 10, .threads = 3});
  for (std::size_t i = 0; i < alone.exponents.size(); ++i) {
    EXPECT_EQ(alone.exponents[i].value, three.exponents[i].value);
    EXPECT_EQ(alone.exponents[i].half_width, three.exponents[i].half_width);
  }
}

std::string refusal(const auto& what) {
  try {
    what();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Exponents, RefuseWhatHasNoMeaning) {
  EXPECT_THAT(refusal([] { spectrum("henon", {}, {.count = 3}); }), HasSubstr("the system has 2"));
  EXPECT_THAT(refusal([] { spectrum("henon", {"a=2"}); }), HasSubstr("diverges"));
  EXPECT_THAT(refusal([] { spectrum("henon", {}, {.duration = 3}); }),
              HasSubstr("shorter than 20 intervals"));
  EXPECT_THAT(refusal([] { spectrum("lorenz63", {"roh=3"}); }), HasSubstr("did you mean rho?"));
  EXPECT_THAT(refusal([] { spectrum("lorenz63", {"rho=x"}); }), HasSubstr("must be a number from 0 to 1000"));
  EXPECT_THAT(refusal([] { spectrum("lorenz96", {"neurons=5.5"}); }), HasSubstr("whole number from 4"));
}

TEST(KaplanYorke, NeedsTheFirstExponentsWhoseSumIsNegative) {
  const std::vector<Estimate> three{{1, 0}, {0, 0}, {-4, 0}};
  EXPECT_EQ(kaplan_yorke_dimension(three, 3), 2.25);
  EXPECT_EQ(kaplan_yorke_dimension({{1, 0}, {0, 0}}, 3), std::nullopt);
  EXPECT_EQ(kaplan_yorke_dimension({{1, 0}, {0, 0}}, 2), 2);
  EXPECT_EQ(kaplan_yorke_dimension({{-1, 0}}, 5), 0);
}

TEST(StudentsT, HasTheQuantilesOfTables) {
  EXPECT_NEAR(student_quantile(1), 12.7062, 1e-4);
  EXPECT_NEAR(student_quantile(2), 4.30265, 1e-5);
  EXPECT_NEAR(student_quantile(19), 2.09302, 1e-5);
  EXPECT_NEAR(student_quantile(30), 2.04227, 1e-5);
  EXPECT_NEAR(student_quantile(1000000), 1.95996, 3e-4);
}

TEST(OrderEight, HalvingItsStepDividesTheErrorBy256) {
  const auto error = [](int steps) {
    std::array<double, 2> y{1, 0.5};  // a pendulum against a far finer step
    const auto pendulum = [](const auto& at, auto& slope) { slope = {at[1], -std::sin(at[0])}; };
    auto exact = y;
    for (int i = 0; i < steps; ++i) step_of_order_8(pendulum, y, 4.0 / steps);
    for (int i = 0; i < 200; ++i) step_of_order_8(pendulum, exact, 4.0 / 200);
    return std::hypot(y[0] - exact[0], y[1] - exact[1]);
  };
  EXPECT_NEAR(std::log2(error(5) / error(10)), 8, 0.7);
}

}  // namespace exponents_test
}  // namespace stoic
