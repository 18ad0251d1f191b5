#include <gtest/gtest.h>

#include "stoic/host/report/text.hpp"

namespace stoic {
namespace fitting_test {

TEST(Fitting, ALineIsCutToItsCharactersAndKeepsNoControlCharacter) {
  EXPECT_EQ(fitting("training [###   ]  50% epoch 1", 12), "training [##");
  EXPECT_EQ(fitting("short", 12), "short");
  EXPECT_EQ(fitting("ρ = 0.9", 3), "ρ =");
  EXPECT_EQ(fitting("a\nb\x1b[2J", 80), "a?b?[2J");
  EXPECT_EQ(fitting("x", 0), "");
}

}  // namespace fitting_test
}  // namespace stoic
