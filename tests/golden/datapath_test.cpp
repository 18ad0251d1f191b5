#include "stoic/sim/golden/datapath.hpp"

#include <gtest/gtest.h>

#include <array>

#include "random_state.hpp"

namespace stoic::golden {
namespace datapath_test {

class Parts : public testing::TestWithParam<std::int64_t> {
 protected:
  static constexpr std::uint64_t seed = 11;
  HardwareConfig config = instance(8, 16, 8, GetParam());
  std::mt19937_64 random{seed};
  Datapath whole{config};
  Datapath part{config};
  std::vector<std::int32_t> before;

  void SetUp() override {
    const auto weights = random_codes(part.weights().size(), -128, 127, random);
    whole.writable_weights().assign(weights.begin(), weights.end());
    part.writable_weights().assign(weights.begin(), weights.end());
    whole.tables() = part.tables() = random_codes(part.tables().size(), -(1 << 19), (1 << 19) - 1, random);
    before = random_codes(part.state().size(), config.state_min(), config.state_max(), random);
  }

  /// Executes all of it and its first `issued` issues; `written(i)` tells whether element i is among these.
  void expect_part(const Instruction& instruction, std::int64_t issued, const auto& written) {
    std::copy(before.begin(), before.end(), whole.state().begin());
    std::copy(before.begin(), before.end(), part.state().begin());
    const auto all = whole.execute(instruction, issues(instruction, config));
    const auto some = part.execute(instruction, issued);
    EXPECT_LE(some.saturations, all.saturations);
    for (std::size_t i = 0; i < before.size(); ++i)
      ASSERT_EQ(part.state()[i], written(static_cast<std::int64_t>(i)) ? whole.state()[i] : before[i])
          << "element " << i << " after " << issued << " issues, seed " << seed;
  }
};

TEST_P(Parts, WriteWhatWasIssuedToItsEnd) {
  const auto units = config.function_units;
  const auto first_words = [](std::int64_t words) {  // of a destination at word 100
    return [words](std::int64_t i) { return i >= 800 && i < 800 + 8 * words; };
  };
  for (std::int64_t issued = 0; issued <= 40; ++issued) {
    expect_part(Matvec{.destination = 100, .rows = 30, .columns = 10, .weights = 3}, issued,
                first_words(issued / 10));
    expect_part(Bundle{.destination = 100, .length = 32, .terms = 3, .term = {{{1, 2}, {3, 4}, {5, 6}}}},
                issued, first_words(issued / 3));
    expect_part(Function{.destination = 100, .length = 32, .segments = 8, .segment_shift = 9}, issued,
                [&](std::int64_t i) { return i >= 800 && i < 800 + units * issued; });
  }
  for (std::int64_t issued = 0; issued <= 4; ++issued)
    expect_part(Normalise{.destination = 100, .length = 30, .segments = 8, .segment_shift = 9}, issued,
                [&](std::int64_t i) { return i >= 800 && i < 896 && (i - 800) % 32 < 8 * issued; });
}

TEST_P(Parts, OfMovesAreWordsOfTheDestination) {
  for (std::int64_t issued = 0; issued <= 5; ++issued) {
    expect_part(Copy{.destination = 803, .source = 9, .length = 30}, issued,
                [&](std::int64_t i) { return i >= 803 && i < 800 + 8 * issued; });
  }
  // Two runs: elements 0 to 18 in three words, then 19 to 29 in two, of which the first was touched before.
  EXPECT_EQ(issues(Rotate{.length = 30, .amount = 11}, config), 5);
  for (std::int64_t issued = 0; issued <= 5; ++issued) {
    const auto end = issued <= 3 ? std::min<std::int64_t>(8 * issued, 19) : issued == 4 ? 24 : 30;
    expect_part(Rotate{.destination = 100, .source = 2, .length = 30, .amount = 11}, issued,
                [&](std::int64_t i) { return i >= 800 && i < 800 + end; });
  }
}

INSTANTIATE_TEST_SUITE_P(Datapath, Parts, testing::Values(1, 2, 8));

TEST(DatapathTest, KnowsAStreamedMatrixByItsAddress) {
  const auto config = instance(8, 16, 8);
  Datapath datapath(config);
  datapath.state()[0] = 2;
  const Matvec matvec{.stream = 1, .destination = 100, .rows = 8, .columns = 1};
  for (const std::int32_t weight : {3, 4, 3}) {
    const auto beats = std::make_shared<const std::vector<std::int32_t>>(8, weight);
    for (int i = 0; i < 2; ++i) {
      datapath.execute_streamed(matvec, beats, 1);
      EXPECT_EQ(datapath.state()[800], 2 * weight);
    }
  }
}

TEST(DatapathTest, KnowsAMatrixOfTheWeightMemoryByItsPlaceRowsAndColumns) {
  const auto config = instance(8, 16, 8);
  Datapath datapath(config);
  for (std::int64_t i = 0; i < 32; ++i)
    datapath.state()[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i + 1);
  for (std::int64_t i = 0; i < 64 * 8; ++i)
    datapath.writable_weights()[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i * 37 % 255 - 127);
  // Each differs from the one before it in one of the three.
  for (int again = 0; again < 2; ++again)
    for (const auto& [place, rows, columns] : std::vector<std::array<std::int64_t, 3>>{
             {0, 8, 4}, {0, 8, 8}, {0, 16, 8}, {1, 16, 8}, {1, 9, 8}, {1, 9, 9}}) {
      const Instruction matvec =
          Matvec{.destination = 100, .source = 0, .rows = rows, .columns = columns, .weights = place};
      datapath.execute(matvec, issues(matvec, config));
      for (std::int64_t row = 0; row < rows; ++row) {
        std::int64_t sum = 0;
        for (std::int64_t c = 0; c < columns; ++c)
          sum += (c + 1) *
                 datapath.weights()[static_cast<std::size_t>((place + row / 8 * columns + c) * 8 + row % 8)];
        ASSERT_EQ(datapath.state()[static_cast<std::size_t>(800 + row)], sum)
            << place << " " << rows << " " << columns;
      }
    }
}

}  // namespace datapath_test
}  // namespace stoic::golden
