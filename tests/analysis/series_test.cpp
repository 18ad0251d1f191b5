#include "stoic/host/analysis/series.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "stoic/host/analysis/catalogue.hpp"
#include "stoic/host/analysis/lyapunov_time.hpp"
#include "stoic/host/analysis/scaling_region.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace series_test {

using testing::HasSubstr;

/// The first number of a system of the catalogue, every `stride` steps.
Eigen::VectorXd observed(const std::string& name, Eigen::Index samples, std::int64_t stride, Team& team) {
  const auto* system = in_catalogue(name);
  const auto values = catalogue_values(*system, {});
  const auto evolution = system->make(values, team);
  evolution->set_state(system->start(values, 1));
  evolution->advance(2000);
  return Eigen::VectorXd::NullaryExpr(samples, [&](Eigen::Index) {
    evolution->advance(stride);
    return evolution->state()[0];
  });
}

Eigen::VectorXd noise(Eigen::Index samples) {
  return Eigen::VectorXd::NullaryExpr(samples, [](Eigen::Index i) {
    return random_normal({1, Purpose::test}, static_cast<std::uint64_t>(i));
  });
}

TEST(SeriesExponent, OfMapsAndFlowsCoversTheirLargestExponent) {
  Team team(1);
  const auto logistic = series_exponent(observed("logistic", 2000, 1, team), "x", {}, team);
  ASSERT_TRUE(logistic.exponent) << logistic.verdict;
  EXPECT_EQ(logistic.dimension, 1);
  EXPECT_NEAR(logistic.exponent->value, std::numbers::ln2, 0.03);
  const auto henon = series_exponent(observed("henon", 2000, 1, team), "x", {}, team);
  ASSERT_TRUE(henon.exponent) << henon.verdict;
  EXPECT_TRUE(henon.exponent->covers(0.4192)) << henon.exponent->value;
  const auto lorenz = series_exponent(observed("lorenz63", 4000, 5, team), "x", {.step = 0.05}, team);
  ASSERT_TRUE(lorenz.exponent) << lorenz.verdict;
  EXPECT_NEAR(lorenz.exponent->value, 0.906, 0.2);
  EXPECT_TRUE(lorenz.exponent->covers(0.906)) << lorenz.exponent->value;
}

TEST(SeriesExponent, OfNoiseAndOfRegularMotionIsNone) {
  Team team(1);
  const auto sine =
      Eigen::VectorXd::NullaryExpr(2000, [](Eigen::Index i) { return std::sin(0.1 * double(i)); });
  for (const Eigen::VectorXd& series : {noise(2000), Eigen::VectorXd(sine)}) {
    const auto result = series_exponent(series, "x", {}, team);
    EXPECT_FALSE(result.exponent);
    EXPECT_FALSE(result.window);
    EXPECT_THAT(result.verdict, HasSubstr("no scaling region"));
  }
}

TEST(SeriesExponent, TakesDelayDimensionWindowAndHorizonAsGivenAndAnyNumberOfThreads) {
  Team one(1), three(3);
  const auto series = observed("henon", 1000, 1, one);
  const SeriesOptions options{.delay = 2, .dimension = 3, .theiler = 20, .horizon = 30};
  const auto alone = series_exponent(series, "x", options, one),
             together = series_exponent(series, "x", options, three);
  EXPECT_EQ(alone.delay, 2);
  EXPECT_EQ(alone.dimension, 3);
  EXPECT_EQ(alone.theiler, 20);
  EXPECT_EQ(alone.distance.size(), 31u);
  EXPECT_EQ(alone.distance, together.distance);
}

std::string refusal(Eigen::VectorXd series, const SeriesOptions& options = {}) {
  Team team(1);
  try {
    series_exponent(series, "s.csv:x", options, team);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(SeriesExponent, RefusesWhatTellsNothing) {
  EXPECT_THAT(refusal(Eigen::VectorXd::Constant(500, 3)), HasSubstr("s.csv:x: the series is constant"));
  Eigen::VectorXd holes = noise(500);
  holes[17] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(refusal(holes), HasSubstr("value 18 is no finite number"));
  EXPECT_THAT(refusal(noise(50)), HasSubstr("50 values are too few"));
  EXPECT_THAT(refusal(noise(0)), HasSubstr("0 values are too few"));
  EXPECT_THAT(refusal(noise(500), {.delay = 40, .dimension = 10}), HasSubstr("smaller delay"));
}

TEST(ScalingRegion, IsTheStraightPartOfACurve) {
  Eigen::VectorXd y(60);
  for (Eigen::Index i = 0; i < 60; ++i) y[i] = std::min(0.3 * static_cast<double>(i), 9.0) - 10;
  const auto window = scaling_region(y);
  ASSERT_TRUE(window);
  EXPECT_EQ(window->first, 0);
  EXPECT_NEAR(static_cast<double>(window->second), 21, 1);  // 70 % of the rise
  EXPECT_NEAR(slope_of(y, window->first, window->second), 0.3, 1e-12);
  EXPECT_FALSE(scaling_region(Eigen::VectorXd::Constant(60, 1)));
}

TEST(SpanningTime, IsTheLogarithmOfTheGrowthOverTheExponent) {
  Team team(1);
  const auto* system = in_catalogue("logistic");
  const auto values = catalogue_values(*system, {});
  const auto evolution = system->make(values, team);
  evolution->set_state(system->start(values, 1));
  const auto result = spanning_time(*evolution, {.transient = 1000, .longest = 500, .starts = 200});
  ASSERT_TRUE(result.time);
  // x is distributed like sin²: two of them are 4/π² apart in the mean
  EXPECT_NEAR(result.size, 4 / (std::numbers::pi * std::numbers::pi), 0.05);
  EXPECT_NEAR(result.time->value, std::log(0.5 / 1e-8) / std::numbers::ln2, 2);
}

TEST(SpanningTime, DoesNotExistOfASystemAtRest) {
  Team team(1);
  const auto* system = in_catalogue("lorenz63");
  const auto values = catalogue_values(*system, {"rho=10"});
  const auto evolution = system->make(values, team);
  evolution->set_state(system->start(values, 1));
  const auto result = spanning_time(*evolution, {.transient = 100, .longest = 10});
  EXPECT_EQ(result.size, 0);
  EXPECT_FALSE(result.time);
}

}  // namespace series_test
}  // namespace stoic
