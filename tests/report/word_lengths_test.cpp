#include "stoic/host/compare/word_lengths.hpp"

#include <gmock/gmock.h>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace word_lengths_test {

TEST(WordLengths, ChangeWidthsAndWhatHasToFollowThem) {
  const auto config = load_hardware_config("small");  // 12-bit states, 8-bit weights
  for (const auto& [state_width, table_growth] :
       {std::pair{8, 1}, {10, 1}, {12, 1}, {13, 2}, {14, 2}, {18, 8}}) {
    auto varied = with_word_lengths(config, state_width, 4);
    EXPECT_EQ(varied.state_width, state_width);
    EXPECT_EQ(varied.weight_width, 4);
    EXPECT_GE(varied.accumulator_width, config.accumulator_width);
    EXPECT_EQ(varied.table_words, table_growth * config.table_words);
    varied.name = config.name;
    varied.state_width = config.state_width;
    varied.weight_width = config.weight_width;
    varied.accumulator_width = config.accumulator_width;
    varied.table_words = config.table_words;
    EXPECT_EQ(varied, config);
  }
}

TEST(WordLengths, BeyondTheContractAreRefusedWithTheReason) {
  EXPECT_THAT([] { with_word_lengths(load_hardware_config("small"), 7, 8); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("state_width")));
}

}  // namespace word_lengths_test
}  // namespace stoic
