#include "stoic/host/random/random.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

namespace stoic {
namespace random_test {

using testing::ElementsAre;

// Random123 1.09, examples/kat_vectors, philox4x32 10.
TEST(Philox, GivesThePublishedWords) {
  EXPECT_THAT(philox4x32({0, 0, 0, 0}, {0, 0}), ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  EXPECT_THAT(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
              ElementsAre(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
  EXPECT_THAT(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
              ElementsAre(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

/// Two purposes with one number would draw the same; here they are two equal cases, which do not compile. A
/// purpose that is missing here does not compile either, with warnings as errors.
constexpr bool is_known(Purpose purpose) {
  switch (purpose) {
    case Purpose::letters:
    case Purpose::digits:
    case Purpose::digits_grain:
    case Purpose::random_pixels:
    case Purpose::data_split:
    case Purpose::reservoir_mask:
    case Purpose::reservoir_weights:
    case Purpose::read_in_weights:
    case Purpose::read_out_weights:
    case Purpose::convolution_weights:
    case Purpose::read_in_bias:
    case Purpose::read_in_mask:
    case Purpose::feedback_weights:
    case Purpose::time_series:
    case Purpose::shuffle:
    case Purpose::input_noise:
    case Purpose::initial_state:
    case Purpose::dropout:
    case Purpose::test_pixel_noise:
    case Purpose::pixel_noise:
    case Purpose::observation_noise:
    case Purpose::dynamic_noise:
    case Purpose::thermal_field:
    case Purpose::singular_vector:
    case Purpose::initial_tangents:
    case Purpose::orbit_start:
    case Purpose::resampled_runs:
    case Purpose::capacity_inputs:
    case Purpose::planar:
    case Purpose::test:
      return true;
  }
  return false;
}
static_assert(is_known(Purpose::test));

constexpr RandomKey key{0x1234567890abcdef, Purpose::test, 0x42fedcba98765432};

TEST(RandomWords, AreTheSameOneByOneAndInBulkFromAnyStart) {
  std::vector<std::uint32_t> all(500);
  fill_words(all, key);
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], random_word(key, i)) << i;
  for (const std::size_t first : {1, 63, 64, 65, 200}) {
    std::vector<std::uint32_t> part(150);
    fill_words(part, key, first);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + first)) << first;
  }
}

TEST(RandomWords, DependOnEveryPartOfTheKey) {
  const auto word = random_word(key, 0);
  for (const auto& other :
       {RandomKey{key.seed ^ 1, key.purpose, key.sample},
        RandomKey{key.seed ^ (1ull << 63), key.purpose, key.sample},
        RandomKey{key.seed, Purpose::shuffle, key.sample}, RandomKey{key.seed, key.purpose, key.sample ^ 1},
        RandomKey{key.seed, key.purpose, key.sample ^ (1ull << 63)}})
    EXPECT_NE(random_word(other, 0), word);
}

TEST(NormalCodes, AreTheSameFromAnyStartAndAsNumbers) {
  std::vector<std::int16_t> all(1000);
  fill_normal_codes(all, key);
  for (const std::size_t first : {0, 1, 127, 128, 129, 500}) {
    std::vector<std::int16_t> codes(300);
    std::vector<float> values(300);
    fill_normal_codes(codes, key, first);
    fill_normal(values, key, first);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      ASSERT_EQ(codes[i], all[first + i]) << first << " + " << i;
      ASSERT_EQ(values[i], std::ldexp(static_cast<float>(codes[i]), -noise_fraction_bits));
    }
  }
}

// Over n draws the k-th moment of a standard normal has the variance (E x^2k - (E x^k)^2) / n; five
// deviations allowed.
void expect_normal(const std::vector<double>& draws) {
  const double n = static_cast<double>(draws.size());
  double moment[5] = {};
  for (const double x : draws)
    for (int k = 1; k <= 4; ++k) moment[k] += std::pow(x, k) / n;
  EXPECT_NEAR(moment[1], 0, 5 * std::sqrt(1 / n));
  EXPECT_NEAR(moment[2], 1, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(moment[3], 0, 5 * std::sqrt(15 / n));
  EXPECT_NEAR(moment[4], 3, 5 * std::sqrt(96 / n));
  for (const double t : {-2.0, -1.0, -0.3, 0.5, 1.5, 3.0}) {
    const double expected = 0.5 * std::erfc(-t / std::sqrt(2.0));
    const double below =
        static_cast<double>(std::ranges::count_if(draws, [&](double x) { return x < t; })) / n;
    // The codes are steps of 2^-12: half a step of the steepest density, 0.4, besides the sampling error.
    EXPECT_NEAR(below, expected, 5 * std::sqrt(expected * (1 - expected) / n) + 0.4 * 0x1p-13) << t;
  }
}

TEST(NormalCodes, AreNormallyDistributed) {
  std::vector<float> values(1 << 20);
  fill_normal(values, key);
  expect_normal({values.begin(), values.end()});
}

TEST(NormalCodes, OfOneWordAreUncorrelated) {
  constexpr std::size_t n = 1 << 20;
  std::vector<float> values(n);
  fill_normal(values, key);
  double product = 0, squares = 0;
  for (std::size_t i = 0; i < n; i += 128)
    for (std::size_t j = i; j < i + 64; ++j) {
      product += values[j] * values[j + 64];
      squares += (values[j] * values[j] - 1) * (values[j + 64] * values[j + 64] - 1);
    }
  EXPECT_NEAR(product / (n / 2), 0, 5 / std::sqrt(n / 2.0));
  EXPECT_NEAR(squares / (n / 2), 0, 5 * 2 / std::sqrt(n / 2.0));
}

TEST(RandomNormal, IsNormallyDistributed) {
  std::vector<double> draws(1 << 18);
  for (std::size_t i = 0; i < draws.size(); ++i) draws[i] = random_normal(key, i);
  expect_normal(draws);
}

TEST(RandomPermutation, HoldsEveryNumberOnceAndMovesThem) {
  const auto order = random_permutation(key, 1000);
  auto sorted = order;
  std::ranges::sort(sorted);
  std::size_t fixed = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    ASSERT_EQ(sorted[i], i);
    fixed += order[i] == i;
  }
  EXPECT_LT(fixed, 8);  // one is expected
  EXPECT_EQ(order, random_permutation(key, 1000));
  EXPECT_NE(order, random_permutation({key.seed, key.purpose, key.sample + 1}, 1000));
  EXPECT_TRUE(random_permutation(key, 0).empty());
}

TEST(RandomBelow, ReachesEveryNumberBelowItsBoundEquallyOften) {
  std::vector<int> count(7);
  constexpr int draws = 70000;
  for (int i = 0; i < draws; ++i) ++count.at(random_below(key, i, 7));
  for (const int c : count) EXPECT_NEAR(c, draws / 7, 5 * std::sqrt(draws / 7.0));
}

}  // namespace random_test
}  // namespace stoic
