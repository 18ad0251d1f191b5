#include "stoic/host/analysis/rate_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "stoic/host/analysis/radius_history.hpp"
#include "stoic/host/analysis/rate_fit.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace rate_search_test {

Recipe recipe_of(const std::string& training, int seed = 1) {
  return parse_recipe(
      R"({"dynamics": "mlp", "layers": [10, 10], "activation": "tanh", "initialisation": "normal", "inputs": 2,
    "classes": 3, "data": {"set": "spirals", "train_samples": 150, "test_samples": 30}, "training": )" +
          training + ", \"seed\": " + std::to_string(seed) + "}",
      "test");
}

RateSearch search(const Recipe& recipe, const RateSearchTask& task = {}, int threads = 1) {
  Team team(threads);
  return find_learning_rate(untrained_model(recipe), load_data(recipe, Split::train), task, team);
}

TEST(RateSearch, FindsTheOnsetForEveryOptimiserWithinItsBudget) {
  for (const char* training :
       {R"({"momentum": 0, "batch": 1000, "epochs": 1000})", R"({"batch": 30, "epochs": 1000})",
        R"({"optimizer": "adam", "batch": 30, "epochs": 1000})"}) {
    const auto recipe = recipe_of(training);
    const auto found = search(recipe);
    ASSERT_TRUE(found.found) << training << found.why;
    EXPECT_LE(found.probes.size(), 8u);
    EXPECT_LE(found.share, 0.15) << training;
    double stays = 0, parts = INFINITY;  // of the bisection
    for (std::size_t p = 0; p < 3; ++p)
      if (found.probes[p].parts)
        parts = std::min(parts, found.probes[p].rate);
      else
        stays = std::max(stays, found.probes[p].rate);
    EXPECT_LT(stays, 2 * found.onset) << training;
    EXPECT_GT(2 * parts, found.onset) << training;
    const bool above = rate_search_text(found).find("more is learnt above") != std::string::npos;
    EXPECT_EQ(found.rate > found.onset, above && recipe.training.batch >= 150) << "of a full batch alone";
    const auto same = search(recipe, {}, 2);
    EXPECT_EQ(rate_search_json(same), rate_search_json(found)) << "threads change nothing";
    EXPECT_THAT(rate_search_text(found), testing::HasSubstr("chosen"));
  }
}

TEST(RateSearch, OfTenSeedsAgreesWithinAFifth) {
  std::vector<double> rates;
  double logarithms = 0;
  for (int seed = 1; seed <= 10; ++seed) {
    rates.push_back(search(recipe_of(R"({"momentum": 0, "batch": 1000, "epochs": 2000})", seed)).rate);
    logarithms += std::log(rates.back());
  }
  const double mean = std::exp(logarithms / 10);
  for (const double rate : rates) EXPECT_NEAR(rate / mean, 1, 0.2);
}

TEST(RateSearch, GoesBelowTheOnsetWhereRectifiersAreLostThere) {
  const auto recipe = parse_recipe(
      R"({"dynamics": "mlp", "layers": [64, 64], "initialisation": "normal", "inputs": 49, "classes": 5,
    "data": {"set": "letters", "train_samples": 1000, "test_samples": 50},
    "training": {"momentum": 0, "batch": 1000, "epochs": 400}, "seed": 3})",
      "test");
  const auto found = search(recipe);
  ASSERT_TRUE(found.found) << found.why;
  EXPECT_LT(found.rate, found.onset / 2);
  double at = 0, most = 0;
  for (const auto& probe : found.probes) {
    if (std::isnan(probe.accuracy)) continue;
    if (at == 0) at = probe.accuracy;
    most = std::max(most, probe.accuracy);
  }
  EXPECT_GT(most, at + 0.02);
  EXPECT_THAT(rate_search_text(found), testing::HasSubstr("more is learnt below"));
}

TEST(RateSearch, GoesAboveTheOnsetWhereLayersPartAtFirstAndSettle) {
  for (int seed = 1; seed <= 3; ++seed) {
    const auto recipe = parse_recipe(
        R"({"dynamics": "mlp", "layers": [32, 32, 32], "activation": "tanh", "initialisation": "normal", "inputs": 49,
    "classes": 5, "data": {"set": "letters", "train_samples": 1000, "test_samples": 50},
    "training": {"momentum": 0, "batch": 1000, "epochs": 200}, "seed": )" +
            std::to_string(seed) + "}",
        "test");
    const auto found = search(recipe);
    ASSERT_TRUE(found.found) << found.why;
    EXPECT_LE(found.probes.size(), 8u);
    EXPECT_LE(found.share, 0.15);
    // Eight starts of seed 3 reach 60 % after 26.2, 11.0, 4.6, 4.1, 14.9 epochs at 0.1, 0.2, 0.4, 0.8, 1.6.
    EXPECT_LT(found.onset, 0.15);
    EXPECT_GT(found.rate, 0.3);
    EXPECT_LT(found.rate, 0.9);
    EXPECT_THAT(rate_search_text(found), testing::HasSubstr("more is learnt above"));
  }
}

/// What is judged where copies were followed before or after is one probe.
TEST(RateSearch, TriesEachRateOnce) {
  for (int seed = 1; seed <= 12; ++seed) {
    const auto found = search(recipe_of(R"({"momentum": 0, "batch": 1000, "epochs": 1000})", seed));
    std::vector<double> rates;
    for (const auto& probe : found.probes) rates.push_back(probe.rate);
    std::sort(rates.begin(), rates.end());
    EXPECT_EQ(std::adjacent_find(rates.begin(), rates.end()), rates.end()) << seed;
    EXPECT_LE(rates.size(), 8u);
  }
}

TEST(RateSearch, JudgesRatesBehindOnesThatDiverged) {
  const auto recipe = parse_recipe(
      R"({"dynamics": "lorenz96", "neurons": 40, "forcing": 4.75, "duration": 0.2, "step": 0.05, "inputs": 49, "classes": 5,
    "data": {"set": "letters", "train_samples": 200, "test_samples": 50}, "training": {"epochs": 20}})",
      "test");
  const auto found = search(recipe);
  double before = 0;
  for (std::size_t p = 0; p < found.probes.size(); ++p)
    if (!std::isnan(found.probes[p].accuracy)) {
      EXPECT_TRUE(std::isfinite(found.probes[p].loss)) << "probe " << p;
    } else if (p < 3) {
      before += std::isfinite(found.probes[p].loss) ? 0 : 1;
    }
  EXPECT_GT(before, 0) << "else none diverged";
}

TEST(RateSearch, ChangesNothingWhereTheRecipeShowsNoTransition) {
  const auto found = search(
      recipe_of(R"({"momentum": 0, "batch": 1000, "learning_rate": 0.25, "epochs": 1000})"), {.probes = 1});
  EXPECT_FALSE(found.found);
  EXPECT_EQ(found.rate, 0.25);
  EXPECT_THAT(rate_search_text(found), testing::HasSubstr("no transition"));
}

TEST(RateFit, CrossesWhereALineThroughLogarithmsDoes) {
  const auto exact = [](double x) { return PlacedExponent{x, 0.05 * std::exp(2 * (x - 1.25))}; };
  EXPECT_NEAR(crossing({exact(0), exact(1), exact(1.5)}, 0.05, 0.5), 1.25, 1e-12);
  EXPECT_EQ(crossing({{0, 0.01}, {1, 0.011}}, 0.05, 0.5), 2) << "no further than a factor of two";
  EXPECT_EQ(crossing({{0, 0.02}, {1, 0.01}}, 0.05, 0.5), 0.5) << "exponents that fall say nothing";
  EXPECT_NEAR(crossing({{0, -1}, {2, 7}}, std::sqrt(1e-3 * 0.5), 0.5), 1, 1e-12) << "within bounds";
}

TEST(RateFit, LiesBelowWhereMostIsLearnt) {
  const auto merit = [](double x) { return 0.9 - 0.03 * (x + 2.3) * (x + 2.3); };
  EXPECT_NEAR(place_best({{0, merit(0)}, {-2, merit(-2)}, {-4, merit(-4)}}, 0, true), -2.3, 1e-12);
  EXPECT_NEAR(place_best({{0, merit(0)}, {-2, merit(-2)}, {-3, merit(-3)}, {-4, merit(-4)}}, 0, true), -2.3,
              1e-12);
  EXPECT_EQ(place_best({{0, 0.8}, {-2, 0.7}, {-4, 0.9}}, 0, true), -4) << "a parabola that opens upwards";
  EXPECT_EQ(place_best({{0, 0.1}, {-2, 0.8}, {-4, 1.4}}, 0, true), -4) << "within the places";
  // Half of the onset is best.
  const std::map<double, double> half{{0, 0.4}, {-1, 0.54}, {-2, 0.5}, {-4, 0.3}};
  EXPECT_EQ(place_best(half, 0, true), -0.5) << "the onset was put too high";
  EXPECT_LT(place_best(half, 0, false), -1) << "of batches it does not count";
  // Above the onset, as far as the same is learnt but for 0.03.
  EXPECT_NEAR(place_best({{-6, merit(-6)}, {-3, merit(-3)}, {-1, merit(-1)}}, -6, true, 0.03), -1.3, 1e-12);
  EXPECT_EQ(place_best({{-6, merit(-6)}, {-3, merit(-3)}, {-1, merit(-1)}}, -6, true, 0.3), -1)
      << "within the places";
}

TEST(RateFit, TakesThoseBesideTheBestWhereTheyAreNear) {
  // No parabola: it falls steeply towards the onset.
  const std::map<double, double> learnt{{0, 0.1}, {-1, 0.5}, {-2, 0.58}, {-3, 0.56}, {-4, 0.5}};
  EXPECT_NEAR(place_best(learnt, 0, true), -2.3, 1e-12);
  EXPECT_GT(std::abs(place_best(learnt, 0, false) + 2.3), 0.05) << "of batches all places count";
}

TEST(RateFit, LooksBesideTheBestUntilAFactorOfTwoIsOnEachSide) {
  using Learnt = std::map<double, double>;
  EXPECT_EQ(beside_best(Learnt{{0, 0.1}, {-2, 0.5}, {-4, 0.4}}, 2), -3) << "on the better side first";
  EXPECT_EQ(beside_best(Learnt{{0, 0.1}, {-2, 0.5}, {-3, 0.45}, {-4, 0.4}}, 2), -1);
  EXPECT_EQ(beside_best(Learnt{{0, 0.1}, {-1, 0.3}, {-2, 0.5}, {-3, 0.45}}, 2), std::nullopt);
  EXPECT_EQ(beside_best(Learnt{{0, 0.1}, {-2, 0.5}, {-4, 0.6}}, 2), -6) << "below all";
  EXPECT_EQ(beside_best(Learnt{{0, 0.6}, {-2, 0.5}, {-4, 0.4}}, 2), -1);
}

/// A quarter of the onset is judged beside it.
TEST(RateSearch, TakesAnyGainOfBatchesAndAClearOneOfAllSamples) {
  int close = 0;
  const double by_chance = std::log(3.0);
  for (const bool full : {false, true})
    for (int seed = 1; seed <= 12; ++seed) {
      const auto found = search(recipe_of(
          full ? R"({"momentum": 0, "batch": 1000, "epochs": 1000})" : R"({"batch": 30, "epochs": 1000})",
          seed));
      std::vector<double> learnt;
      for (const auto& probe : found.probes)
        if (!std::isnan(probe.accuracy))
          learnt.push_back(full ? probe.accuracy : -std::log(std::min(probe.cross_entropy, by_chance)));
      ASSERT_GE(learnt.size(), 2u);
      const double gain = learnt[1] - learnt[0];
      close += gain >= 0 && gain < 0.02;
      const bool goes_below = gain >= (full ? 0.02 : 0);
      const bool goes_above = full && !goes_below && learnt[0] < 0.75 && learnt.at(2) - learnt[0] >= 0.02;
      const std::size_t looked = full && !goes_below && learnt[0] < 0.75 ? 3 : 2;
      EXPECT_EQ(learnt.size() > looked, goes_below || goes_above) << "seed " << seed << ", gain " << gain;
    }
  EXPECT_GT(close, 0) << "else the two are not told apart";
}

TEST(RadiusHistory, BeginsWithTheRecipesRadiusAndHasEveryEpoch) {
  auto recipe = parse_recipe(
      R"({"dynamics": "mlp", "layers": [12, 12, 12], "activation": "tanh", "spectral_radius": 1.3,
    "inputs": 2, "classes": 2, "data": {"set": "moons", "train_samples": 60, "test_samples": 20}, "training": {"epochs": 3}})",
      "test");
  const auto data = load_data(recipe, Split::train);
  const auto history = radius_history(recipe, data, data, 1, nullptr);
  ASSERT_TRUE(history);
  EXPECT_THAT(history->names, testing::ElementsAre("W_1", "W_2"));
  for (const auto& radii : history->radii) {
    ASSERT_EQ(radii.size(), 4u);
    EXPECT_NEAR(radii[0], 1.3, 1e-5);
    EXPECT_NE(radii[3], radii[0]);
  }
  EXPECT_EQ(history->test_loss.size(), 4u);
  EXPECT_THROW(require_hidden_squares(
                   parse_recipe(R"({"dynamics": "linear", "inputs": 2, "classes": 2})", "test"), "linear"),
               Error);
}

}  // namespace rate_search_test
}  // namespace stoic
