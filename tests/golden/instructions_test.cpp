// Each instruction against its definition, written here a second time in 128-bit integers, element by
// element.
#include <gtest/gtest.h>

#include <cmath>

#include "random_state.hpp"
#include "stoic/sim/golden/lockstep.hpp"

namespace stoic::golden {
namespace instructions_test {

__extension__ using Wide = __int128;

/// floor((value + 2^(shift-1)) / 2^shift), wrapped to the accumulator first, then saturated.
std::int64_t finish(Wide sum, std::int64_t shift, const HardwareConfig& config, std::int64_t& saturations) {
  const Wide span = Wide{1} << config.accumulator_width;
  sum = ((sum % span) + span) % span;
  if (sum >= span / 2) sum -= span;
  Wide result = shift > 0 ? (sum + (Wide{1} << (shift - 1))) >> shift : sum * (Wide{1} << -shift);
  const Wide clamped = std::min<Wide>(std::max<Wide>(result, config.state_min()), config.state_max());
  saturations += clamped != result;
  return static_cast<std::int64_t>(clamped);
}

struct Case {
  std::int64_t lanes, state_width, weight_width;
};

class Instructions : public testing::TestWithParam<Case> {
 protected:
  static constexpr std::uint64_t seed = 7;
  HardwareConfig config = instance(GetParam().lanes, GetParam().state_width, GetParam().weight_width);
  std::mt19937_64 random{seed};
  std::vector<std::int32_t> memory =
      random_codes(static_cast<std::size_t>(config.state_words_per_lane * config.lanes), config.state_min(),
                   config.state_max(), random);
  std::int64_t element(std::int64_t word, std::int64_t i) const {
    return memory[static_cast<std::size_t>(word * config.lanes + i)];
  }

  /// Runs `act` on a Lockstep of each state type that holds the width and compares with `expected`.
  void expect(std::int64_t destination, const std::vector<std::int64_t>& expected, std::int64_t saturations,
              const auto& act) {
    const auto run = [&]<class T>(T) {
      Lockstep<T> lockstep(config, 2);
      for (int s = 0; s < 2; ++s)
        for (std::size_t i = 0; i < memory.size(); ++i)
          *lockstep.at(s, static_cast<std::int64_t>(i)) = static_cast<T>(memory[i]);
      const Effect effect = act(lockstep);
      EXPECT_EQ(effect.saturations, 2 * saturations);
      const auto first = destination * config.lanes;
      const auto size = static_cast<std::int64_t>(expected.size());
      for (int s = 0; s < 2; ++s)
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(memory.size()); ++i) {
          const bool written = i >= first && i < first + size;
          ASSERT_EQ(*lockstep.at(s, i), written ? expected[static_cast<std::size_t>(i - first)]
                                                : memory[static_cast<std::size_t>(i)])
              << "element " << i << " of sample " << s << " with seed " << seed;
        }
    };
    if (config.state_width <= 16) run(std::int16_t{});
    run(std::int32_t{});
  }
};

TEST_P(Instructions, MatvecIsTheRoundedExactSum) {
  for (const auto& [rows, columns] : {std::pair{1, 1}, {5, 3}, {37, 41}, {130, 200}}) {
    for (const bool small : {false, true}) {
      const auto beats = config.beats(rows) * columns;
      const auto most = small ? 3 : config.weight_max();
      const auto weights =
          random_codes(static_cast<std::size_t>(beats * config.lanes), -most - 1, most, random);
      const Matvec matvec{.biased = 1,
                          .destination = 100,
                          .source = 0,
                          .bias = 60,
                          .bias_shift = 5,
                          .result_shift = config.weight_width + (small ? -8 : 2),
                          .rows = rows,
                          .columns = columns};
      std::vector<std::int64_t> expected;
      std::int64_t saturations = 0;
      for (std::int64_t r = 0; r < rows; ++r) {
        Wide sum = Wide{element(60, r)} * 32;
        for (std::int64_t c = 0; c < columns; ++c)
          sum += Wide{weights[static_cast<std::size_t>((r / config.lanes * columns + c) * config.lanes +
                                                       r % config.lanes)]} *
                 element(0, c);
        expected.push_back(finish(sum, matvec.result_shift, config, saturations));
      }
      expect(100, expected, saturations, [&](auto& lockstep) {
        return lockstep.matvec(matvec, WeightMatrix(weights, rows, columns, config));
      });
    }
  }
}

TEST_P(Instructions, BundleIsTheRoundedExactSumOfProducts) {
  for (std::int64_t terms = 1; terms <= STOIC_BUNDLE_TERMS_MAX; ++terms) {
    Bundle bundle{.destination = 100, .length = 45, .terms = terms, .result_shift = config.state_width + 1};
    for (std::int64_t t = 0; t < terms; ++t)
      bundle.term[static_cast<std::size_t>(t)] = {.left = 20 * t % 80,
                                                  .right = (20 * t + 40) % 100 == 80 ? 0 : (20 * t + 40) % 80,
                                                  .left_fixed = t % 3 == 1,
                                                  .right_fixed = t % 4 == 2,
                                                  .subtract = t % 2,
                                                  .align = t % 5};
    std::vector<std::int64_t> expected;
    std::int64_t saturations = 0;
    for (std::int64_t i = 0; i < bundle.length; ++i) {
      Wide sum = 0;
      for (std::int64_t t = 0; t < terms; ++t) {
        const auto& term = bundle.term[static_cast<std::size_t>(t)];
        const auto product = Wide{element(term.left, term.left_fixed != 0 ? i % config.lanes : i)} *
                             element(term.right, term.right_fixed != 0 ? i % config.lanes : i) *
                             (Wide{1} << term.align);
        sum += term.subtract != 0 ? -product : product;
      }
      expected.push_back(finish(sum, bundle.result_shift, config, saturations));
    }
    expect(100, expected, saturations, [&](auto& lockstep) { return lockstep.bundle(bundle); });
  }
}

TEST_P(Instructions, FunctionInterpolatesBetweenKnots) {
  const auto table_max = (std::int64_t{1} << (config.state_width + config.table_guard_bits - 1)) - 1;
  const auto tables =
      random_codes(static_cast<std::size_t>(config.table_words), -table_max - 1, table_max, random);
  for (const std::int64_t symmetry : {0, 1, 2}) {
    const Function function{.destination = 100,
                            .source = 0,
                            .length = 333,
                            .symmetry = symmetry,
                            .count_outside = 1,
                            .table = 17,
                            .segments = 5,
                            .segment_shift = config.state_width - 4,
                            .origin = symmetry == 0 ? config.state_min() / 2 : 3};
    const auto segment = std::int64_t{1} << function.segment_shift;
    std::vector<std::int64_t> expected;
    std::int64_t saturations = 0;
    for (std::int64_t i = 0; i < function.length; ++i) {
      const auto x = element(0, i);
      const auto u = (symmetry == 0 ? x : std::min(std::abs(x), config.state_max())) - function.origin;
      const auto inside = std::min(std::max<std::int64_t>(u, 0), 5 * segment);
      const auto k = std::min<std::int64_t>(inside / segment, 4);
      const auto low = tables[static_cast<std::size_t>(17 + k)];
      const auto high = tables[static_cast<std::size_t>(18 + k)];
      const Wide value = Wide{low} * segment + (Wide{high} - low) * (inside - k * segment);
      const auto shift = function.segment_shift + config.table_guard_bits;
      const Wide rounded = (value + (Wide{1} << (shift - 1))) >> shift;
      const Wide least = symmetry == 1 ? -config.state_max() : config.state_min();
      const auto clamped =
          static_cast<std::int64_t>(std::min<Wide>(std::max(rounded, least), config.state_max()));
      saturations += clamped != rounded || u != inside;
      expected.push_back(symmetry == 1 && x < 0 ? -clamped : clamped);
    }
    expect(100, expected, saturations, [&](auto& lockstep) { return lockstep.function(function, tables); });
  }
}

TEST_P(Instructions, CopyAndRotateMoveElementsAcrossLanes) {
  const Copy copy{.destination = 100 * config.lanes + 3, .source = 7, .length = 45};
  std::vector<std::int64_t> expected;
  for (std::int64_t i = 0; i < 3; ++i) expected.push_back(element(100, i));
  for (std::int64_t i = 0; i < 45; ++i) expected.push_back(element(0, 7 + i));
  expect(100, expected, 0, [&](auto& lockstep) {
    lockstep.copy(copy);
    return Effect{};
  });
  for (const std::int64_t length : {1, 2, 37, 64})
    for (const std::int64_t amount : {std::int64_t{0}, std::int64_t{1}, length / 2, length - 1}) {
      if (amount >= length) continue;
      expected.clear();
      for (std::int64_t i = 0; i < length; ++i) expected.push_back(element(0, (i + amount) % length));
      const Rotate rotate{.destination = 100, .source = 0, .length = length, .amount = amount};
      expect(100, expected, 0, [&](auto& lockstep) {
        lockstep.rotate(rotate);
        return Effect{};
      });
    }
}

INSTANTIATE_TEST_SUITE_P(Golden, Instructions,
                         testing::Values(Case{4, 10, 4}, Case{4, 16, 8}, Case{8, 12, 8}, Case{16, 16, 16},
                                         Case{16, 16, 18}, Case{32, 18, 16}, Case{64, 24, 18}),
                         [](const auto& tested) {
                           return "lanes" + std::to_string(tested.param.lanes) + "states" +
                                  std::to_string(tested.param.state_width) + "weights" +
                                  std::to_string(tested.param.weight_width);
                         });

TEST(WeightMatrices, AreExactAtTheBoundsOfEachWay) {
  // All weights and states at their extremes, sizes around the switch from 32 to 53 bits and beyond.
  auto config = instance(4, 16, 16);
  config.accumulator_width = 64;
  for (const int columns : {1, 2, 3, 5, 64}) {
    const std::vector<std::int32_t> weights(static_cast<std::size_t>(columns * 4), -32768);
    const WeightMatrix matrix(weights, 4, columns, config);
    const std::vector<std::int16_t> states(static_cast<std::size_t>(columns + 1), -32768);
    std::vector<std::int64_t> sums(4);
    matrix.multiply(states.data(), columns + 1, 1, sums.data());
    EXPECT_EQ(sums, std::vector<std::int64_t>(4, std::int64_t{columns} << 30));
  }
}

TEST(Overflows, AreCountedWhereTheAccumulatorWraps) {
  auto config = instance(4, 16, 8);
  config.accumulator_width = 33;
  Lockstep<std::int32_t> lockstep(config, 1);
  for (int i = 0; i < 4; ++i) *lockstep.at(0, i) = -32768;
  Bundle bundle{.destination = 8, .length = 4, .terms = 4, .result_shift = 20};
  for (int t = 0; t < 4; ++t) bundle.term[static_cast<std::size_t>(t)] = {.left = 0, .right = 0};
  EXPECT_EQ(lockstep.bundle(bundle).overflows, 4);  // 4 * 2^30 = 2^32 = the first sum beyond 33 bits
  bundle.terms = 3;
  EXPECT_EQ(lockstep.bundle(bundle).overflows, 0);
}

}  // namespace instructions_test
}  // namespace stoic::golden
