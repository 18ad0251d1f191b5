#include "stoic/sim/contract/config.hpp"

#include <gmock/gmock.h>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace config_test {

using testing::HasSubstr;

/// The text of a built-in instance with one key replaced (or a line added).
std::string compact_with(const std::string& key, const std::string& value) {
  auto text = hardware_config_text(load_hardware_config("compact"));
  const auto at = text.find("\"" + key + "\"");
  const auto end = text.find_first_of(",\n", at);
  return text.replace(at, end - at, "\"" + key + "\": " + value);
}

std::string message_of(const std::string& text) {
  try {
    parse_hardware_config(text, "mine.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(HardwareConfig, HasFourBuiltInInstances) {
  for (const auto* name : {"tiny", "compact", "small", "default", "wide"})
    EXPECT_EQ(load_hardware_config(name).name, name);
}

TEST(HardwareConfig, SurvivesItsOwnText) {
  const auto config = load_hardware_config("wide");
  EXPECT_EQ(parse_hardware_config(hardware_config_text(config), "text"), config);
}

TEST(HardwareConfig, HashIgnoresNamesAndSeesEveryNumber) {
  const auto config = load_hardware_config("small");
  auto renamed = config;
  renamed.name = "mine";
  renamed.target = "elsewhere";
  EXPECT_EQ(config_hash(renamed), config_hash(config));
  auto other = config;
  other.table_words += 1;
  EXPECT_NE(config_hash(other), config_hash(config));
}

TEST(HardwareConfig, RefusesBadNumbersWithFileKeyAndRange) {
  EXPECT_THAT(message_of(compact_with("lanes", "6")),
              HasSubstr("mine.json: \"lanes\" must be a power of two"));
  EXPECT_THAT(message_of(compact_with("lanes", "128")), HasSubstr("from 2 to 64, not 128; lower it to 64"));
  EXPECT_THAT(message_of(compact_with("state_width", "16.5")), HasSubstr("whole number"));
  EXPECT_THAT(message_of(compact_with("state_width", "\"16\"")), HasSubstr("whole number"));
  EXPECT_THAT(message_of(compact_with("function_units", "8")),
              HasSubstr("at most lanes, 4, not 8; lower it to 4"));
  EXPECT_THAT(
      message_of(compact_with("accumulator_width", "32")),
      HasSubstr("at least 2 * state_width + 1, the exact sum of three squares, not 32; raise it to 33"));
  EXPECT_THAT(message_of(compact_with("loop_depth", "99999999999999999999")), HasSubstr("loop_depth"));
}

TEST(HardwareConfig, NamesAMisspeltKey) {
  auto text = compact_with("lanes", "4");
  text.replace(text.find("weight_words"), 12, "weigth_words");
  EXPECT_THAT(message_of(text),
              HasSubstr("\"weight_words\" is missing; did you write \"weigth_words\" instead?"));
  auto extra = compact_with("lanes", "4, \"lane\": 4");
  EXPECT_THAT(message_of(extra), HasSubstr("\"lane\" is not a known key; did you mean \"lanes\"?"));
}

TEST(HardwareConfig, SuggestsABuiltInName) {
  try {
    load_hardware_config("defualt");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean default?"));
  }
}

}  // namespace config_test
}  // namespace stoic
