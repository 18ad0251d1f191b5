#include "stoic/host/compiler/input_format.hpp"

#include <gtest/gtest.h>

namespace stoic {
namespace input_format_test {

InputFormat format(bool real_values, std::int64_t state_width, const Range& seen = {-1, 1}) {
  HardwareConfig config;
  config.state_width = state_width;
  const auto recipe = parse_recipe(
      R"({"dynamics": "linear", "inputs": 64, "classes": 4, "data": {"set": "random"}})", "recipe");
  return input_format(recipe, real_values, seen, config);
}

/// Whose magnitude is one more than the largest: proofs of the accumulator count with it.
TEST(InputFormat, RealValuesReachTheLeastCode) {
  for (const std::int64_t width : {8, 10, 16}) {
    const auto inputs = format(true, width);
    EXPECT_EQ(inputs.largest_code, std::int64_t{1} << (width - 1));
    EXPECT_EQ(inputs.fraction_bits, width - 2) << "1 and a quarter of room";
    EXPECT_EQ(inputs.reach, 2);
  }
  EXPECT_EQ(format(true, 16, {-0.5, 100}).fraction_bits, 8);
  EXPECT_EQ(format(true, 16, {-100, 0.5}).fraction_bits, 8);
  EXPECT_EQ(format(true, 16, {0, 103}).fraction_bits, 7) << "128.75 with its room";
}

TEST(InputFormat, PixelsAreWhatTheyAreOrHalfOfItWhereStatesAreNarrow) {
  EXPECT_EQ(format(false, 16).largest_code, 255);
  EXPECT_EQ(format(false, 16).fraction_bits, 0);
  EXPECT_EQ(format(false, 8).largest_code, 127);
  EXPECT_EQ(format(false, 8).fraction_bits, -1);
}

}  // namespace input_format_test
}  // namespace stoic
