#include <gtest/gtest.h>

#include "stoic/sim/contract/file.hpp"

namespace stoic {
namespace {

class GeneratedText : public testing::TestWithParam<const char*> {};

TEST_P(GeneratedText, EqualsTheCopyThatReviewersRead) {
  const std::string generated = std::string(STOIC_GENERATED_DIR) + "/" + GetParam();
  const std::string golden = std::string(STOIC_SOURCE_DIR) + "/tests/contract/golden/" + GetParam();
  EXPECT_EQ(read_file(generated), read_file(golden))
      << "the contract changed; when that is meant: cp " << generated << " " << golden;
}

INSTANTIATE_TEST_SUITE_P(Contract, GeneratedText,
                         testing::Values("stoic_interface.h", "stoic_pkg.sv", "instructions.hpp",
                                         "INTERFACE.md"));

}  // namespace
}  // namespace stoic
