// Information processing capacity: of states that are known functions of the input, and of reservoirs whose sum is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stoic/host/driven/driven_recipe.hpp"
#include "stoic/host/driven/processing_capacity.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/host/report/capacity_report.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace capacity_test {

using Eigen::Index;
using Eigen::MatrixXd;
using testing::HasSubstr;

constexpr Index lead = 20, samples = 20000;
const CapacityOptions options{.samples = samples, .degree = 3, .delays = lead};

MatrixXd uniform(Index inputs, std::uint64_t seed = 1) {
  MatrixXd u(inputs, lead + samples);
  for (Index i = 0; i < u.size(); ++i)
    u.data()[i] = 2 * random_uniform({seed, Purpose::test}, static_cast<std::uint64_t>(i)) - 1;
  return u;
}

ProcessingCapacity of_states(const MatrixXd& states, const MatrixXd& inputs) {
  Team team(2);
  return processing_capacity(states, inputs, options, team);
}

/// The input of `delay` steps before, at every sample.
Eigen::ArrayXd past(const MatrixXd& u, Index delay, Index input = 0) {
  return u.row(input).segment(lead - delay, samples).transpose().array();
}

double capacity_of(const ProcessingCapacity& capacity, const std::string& term, std::int64_t inputs = 1) {
  for (const auto& t : capacity.terms)
    if (term_text(t, inputs) == term) return t.capacity;
  return 0;
}

TEST(Capacity, OfFunctionsIsOneEachAndOfMixturesTheirShares) {
  const auto u = uniform(1);
  MatrixXd states(3, samples);
  const auto two = past(u, 2);
  states.row(0) = (1.5 * past(u, 3).square() - 0.5).matrix().transpose();
  states.row(1) = (past(u, 0) * past(u, 1)).matrix().transpose();
  // halves of the variance: u has 1/3, P3 = (5u³ - 3u)/2 has 1/7
  states.row(2) =
      (std::sqrt(3.0) * two + std::sqrt(7.0) * (2.5 * two.cube() - 1.5 * two)).matrix().transpose();
  const auto capacity = of_states(states, u);
  EXPECT_EQ(capacity.rank, 3);
  EXPECT_NEAR(capacity_of(capacity, "P2(u(t-3))"), 1, 1e-9);
  EXPECT_NEAR(capacity_of(capacity, "u(t-1) u(t)"), 1, 1e-9);
  EXPECT_NEAR(capacity_of(capacity, "u(t-2)"), 0.5, 0.02);
  EXPECT_NEAR(capacity_of(capacity, "P3(u(t-2))"), 0.5, 0.02);
  EXPECT_EQ(capacity.terms.size(), 4u);
  EXPECT_NEAR(capacity.degrees[0].capacity, 0.5, 0.02);
  EXPECT_NEAR(capacity.degrees[1].capacity, 2, 1e-9);
  EXPECT_EQ(capacity.degrees[1].by_delay.size(), 4u);
  EXPECT_NEAR(capacity.total, 3, 0.04);
}

TEST(Capacity, OfSeveralInputsNamesThem) {
  const auto u = uniform(2);
  MatrixXd states(2, samples);
  states.row(0) = (past(u, 1, 0) * past(u, 0, 1)).matrix().transpose();
  states.row(1) = past(u, 4, 1).matrix().transpose();
  const auto capacity = of_states(states, u);
  EXPECT_NEAR(capacity_of(capacity, "u1(t-1) u2(t)", 2), 1, 1e-9);
  EXPECT_NEAR(capacity_of(capacity, "u2(t-4)", 2), 1, 1e-9);
  EXPECT_NEAR(capacity.total, 2, 1e-6);
}

TEST(Capacity, OfNoiseIsNoneAndNoiseTakesItsShare) {
  const auto u = uniform(1), noise = uniform(1, 2);
  EXPECT_EQ(of_states(noise.rightCols(samples), u).total, 0);
  const MatrixXd half = (past(u, 1) + past(noise, 0)).matrix().transpose();
  EXPECT_NEAR(of_states(half, u).total, 0.5, 0.02);
}

/// With a hundred states of noise beside it, chance would make 1/2 of the variance look like 0.545.
TEST(Capacity, IsCorrectedForChance) {
  constexpr Index noises = 100, steps = 1100;
  constexpr int draws = 12;
  double sum = 0;
  for (std::uint64_t draw = 0; draw < draws; ++draw) {
    const auto u = uniform(1, 1000 * draw);
    MatrixXd states(noises + 1, steps);
    for (Index i = 0; i < noises; ++i)
      states.row(i) = uniform(1, 1000 * draw + 10 + static_cast<std::uint64_t>(i)).leftCols(steps);
    states.row(noises) =
        (past(u, 1) + past(uniform(1, 1000 * draw + 1), 0)).matrix().transpose().leftCols(steps);
    Team team(1);
    sum += processing_capacity(states, u.leftCols(lead + steps),
                               {.samples = steps, .degree = 1, .delays = lead}, team)
               .total;
  }
  EXPECT_NEAR(sum / draws, 0.5, 0.02);
}

TEST(Capacity, OfStatesThatAreConstantOrTheSameIsThatOfTheOthers) {
  const auto u = uniform(1);
  MatrixXd states = MatrixXd::Constant(3, samples, 7);
  states.row(1) = past(u, 2).matrix().transpose();
  states.row(2) = -2 * states.row(1);
  const auto capacity = of_states(states, u);
  EXPECT_EQ(capacity.rank, 1);
  EXPECT_NEAR(capacity.total, 1, 1e-9);
  EXPECT_EQ(of_states(MatrixXd::Zero(2, samples), u).total, 0);
  // Constant but for rounding.
  const MatrixXd nearly = MatrixXd::Constant(2, samples, 0.3) + 1e-17 * u.rightCols(samples).replicate(2, 1);
  EXPECT_EQ(of_states(nearly, u).rank, 0);
}

ProcessingCapacity of_recipe(const std::string& keys, CapacityOptions more = {.degree = 3}, int threads = 1) {
  const auto recipe = parse_driven_recipe(
      R"({"dynamics": "esn", "data": {"set": "memory", "delays": 5, "train": 500, "test": 100},)" + keys +
          "}",
      "test");
  const auto series = load_series(recipe.data, recipe.seed);
  Team team(threads);
  return processing_capacity(draw_driven_model(recipe, series), series, more, team);
}

/// What J. Dambre and others prove: with fading memory the capacities sum to the number of independent states.
TEST(Capacity, OfALinearReservoirIsItsNumberOfStatesAllOfDegreeOne) {
  for (const std::string topology : {"orthogonal", "ring"}) {
    const auto capacity =
        of_recipe(R"("neurons": 30, "activation": "linear", "spectral_radius": 0.9, "topology": ")" +
                  topology + R"(", "drive": {})");
    EXPECT_EQ(capacity.rank, 30) << topology;
    EXPECT_NEAR(capacity.total, 30, 0.02 * 30) << topology;
    EXPECT_NEAR(capacity.degrees[0].capacity, capacity.total, 1e-9) << topology;
  }
}

TEST(Capacity, OfATanhReservoirIsOfOddDegreesUnlessItHasABias) {
  const std::string keys =
      R"("neurons": 20, "density": 1, "spectral_radius": 0.7, "drive": {"input_scale": 1)";
  const auto odd = of_recipe(keys + "}"), biased = of_recipe(keys + R"(, "bias": 0.8})");
  EXPECT_GT(odd.degrees[0].capacity, 5);
  EXPECT_LT(odd.degrees[1].capacity, 0.05) << "two or three of twenty thousand by chance";
  EXPECT_GT(odd.degrees[2].capacity, 1);
  EXPECT_GT(biased.degrees[1].capacity, 1);
  for (const auto& c : {odd, biased}) EXPECT_LT(c.total, 1.02 * 20);
}

TEST(Capacity, IsTheSameWithAnyNumberOfThreads) {
  const std::string keys = R"("neurons": 10, "density": 1, "drive": {"bias": 0.5})";
  const CapacityOptions few{.samples = 3000, .degree = 3};
  const auto one = of_recipe(keys, few), two = of_recipe(keys, few, 2);
  EXPECT_EQ(one.total, two.total);
  ASSERT_EQ(one.terms.size(), two.terms.size());
  for (std::size_t t = 0; t < one.terms.size(); ++t) EXPECT_EQ(one.terms[t].factors, two.terms[t].factors);
}

TEST(Capacity, EndsWithWholeDelaysAndSaysSo) {
  const std::string keys = R"("neurons": 30, "activation": "linear", "topology": "orthogonal", "drive": {})";
  const auto few = of_recipe(keys, {.degree = 1, .terms = 4});
  EXPECT_TRUE(few.degrees[0].cut);
  EXPECT_EQ(few.degrees[0].terms, 4);
  const auto near = of_recipe(keys, {.degree = 1, .delays = 6});
  EXPECT_TRUE(near.degrees[0].cut);
  EXPECT_EQ(near.degrees[0].terms, 7);
  EXPECT_EQ(near.degrees[0].delays, 7);
  EXPECT_FALSE(of_recipe(keys, {.degree = 1}).degrees[0].cut);
}

TEST(Capacity, RefusesWhatCannotBeMeasured) {
  const auto why = [](const std::string& keys, const CapacityOptions& more) -> std::string {
    try {
      of_recipe(keys, more);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  EXPECT_THAT(why(R"("neurons": 50, "density": 1, "drive": {})", {.samples = 499}),
              HasSubstr("take at least 500"));
  EXPECT_THAT(why(R"("neurons": 5, "density": 1, "drive": {"feedback": 0.1})", {}),
              HasSubstr("set drive.feedback=0"));
  EXPECT_THAT(
      why(R"("neurons": 5, "density": 1, "activation": "linear", "spectral_radius": 9, "drive": {})", {}),
      HasSubstr("diverges"));
}

}  // namespace capacity_test
}  // namespace stoic
