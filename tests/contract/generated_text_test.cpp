#include <gtest/gtest.h>

#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace generated_text_test {

class GeneratedText : public testing::TestWithParam<const char*> {};

TEST_P(GeneratedText, EqualsTheCopyThatReviewersRead) {
  const std::string generated = std::string(STOIC_GENERATED_DIR) + "/" + GetParam();
  const std::string golden = std::string(STOIC_SOURCE_DIR) + "/tests/contract/golden/" + GetParam();
  EXPECT_EQ(read_file(generated), read_file(golden))
      << "the contract changed; when that is meant: cp " << generated << " " << golden;
}

INSTANTIATE_TEST_SUITE_P(Contract, GeneratedText,
                         testing::Values("stoic_interface.h", "stoic_pkg.sv", "instructions.hpp",
                                         "INTERFACE.md", "stoic_platform.h", "platform_map.hpp", "memory.ld",
                                         "PLATFORM.md"));

TEST(GeneratedPackage, CarriesTheHashThatImagesAreCheckedWith) {
  const auto package = read_file(std::string(STOIC_GENERATED_DIR) + "/stoic_pkg.sv");
  const auto at = package.find("ConfigHash = 32'h");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(std::stoul(package.substr(at + 17, 8), nullptr, 16),
            config_hash(load_hardware_config("compact")));
}

}  // namespace generated_text_test
}  // namespace stoic
