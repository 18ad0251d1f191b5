#include "stoic/host/model/setting.hpp"

#include <gmock/gmock.h>

#include "stoic/host/model/recipe.hpp"
#include "stoic/host/model/settings.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace setting_test {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

json value(std::string_view text) { return setting_value(text, "override \"x\""); }

TEST(Setting, NumbersAreReadAsPeopleWriteThem) {
  EXPECT_EQ(value(".01"), json(0.01));
  EXPECT_EQ(value("-.5"), json(-0.5));
  EXPECT_EQ(value("1e-3"), json(0.001));
  EXPECT_EQ(value("+1.5E+0"), json(1.5));
  for (const char* one : {"1", "1.", "+1", "01", "007", "1e0", "10e-1", " 1 ", "1.000"})
    EXPECT_EQ(value(one).dump(), std::string_view(one) == "007" ? "7" : "1") << one;
  EXPECT_EQ(value("1e4").dump(), "10000");
  EXPECT_EQ(value("000").dump(), "0");
  EXPECT_EQ(value("-0").dump(), "0");
  EXPECT_EQ(value("9223372036854775807").dump(), "9223372036854775807");
  EXPECT_EQ(value("18446744073709551615").dump(), "18446744073709551615");
}

TEST(Setting, TruthNothingListsAndTextsAreReadAsPeopleWriteThem) {
  for (const char* yes : {"true", "True", "TRUE", "yes", "on"}) EXPECT_EQ(value(yes), json(true)) << yes;
  for (const char* no : {"false", "False", "no", "Off"}) EXPECT_EQ(value(no), json(false)) << no;
  for (const char* nothing : {"null", "None", "none"}) EXPECT_TRUE(value(nothing).is_null()) << nothing;
  for (const char* text : {"abc", "\"abc\"", "'abc'", " abc "}) EXPECT_EQ(value(text), json("abc")) << text;
  EXPECT_EQ(value("[1, 2]"), json::parse("[1, 2]"));
  EXPECT_EQ(value("{\"kernel\": 3}"), json::parse("{\"kernel\": 3}"));
  for (const char* text : {"10k", "1,000", "0x10", "1e", ".", "-", "1.2.3", "--1", "e3"})
    EXPECT_EQ(value(text), json(text)) << text;
}

TEST(Setting, WhatIsNoValueIsRefusedInOneLine) {
  for (const char* text :
       {"", "  ", "nan", "-inf", "Infinity", "1e999", "[1, 2", "\"abc", "'abc", "'", "{1}"})
    EXPECT_THAT([&] { value(text); },
                ThrowsMessage<Error>(AllOf(HasSubstr("override \"x\""), Not(HasSubstr("\n")))))
        << text;
  for (const char* assignment : {"seed", "=3", " = 3", "seed=", "seed= "}) {
    json object = json::object();
    EXPECT_THAT([&] { apply_setting(assignment, object); }, ThrowsMessage<Error>(HasSubstr("key=value")))
        << assignment;
    EXPECT_TRUE(object.empty());
  }
}

TEST(Setting, SpacesAroundTheEqualsSignDoNotCountAndNoneBringsBackTheDefault) {
  const auto recipe = [](const std::string& setting) {
    return parse_recipe(
        R"({"dynamics": "ffesn", "neurons": 20, "steps": 2, "inputs": 49, "classes": 5, "seed": 5})",
        "r.json", {setting});
  };
  EXPECT_EQ(recipe("training.epochs = 7").training.epochs, 7);
  EXPECT_EQ(recipe(" training.epochs=1e1").training.epochs, 10);
  EXPECT_EQ(recipe("training.learning_rate=.25").training.learning_rate, 0.25);
  EXPECT_EQ(recipe("seed=010").seed, 10U);
  EXPECT_EQ(recipe("seed=None").seed, 1U);
  EXPECT_THAT([&] { recipe("steps=None"); }, ThrowsMessage<Error>(HasSubstr("\"steps\"")));
  EXPECT_THAT([&] { recipe("training.epochs=10k"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("\"epochs\""), HasSubstr("10k"))));
}

TEST(Setting, OfDeepBracketsOrOfAKeyOfManyPartsIsRefused) {
  const std::string deep(100000, '['), dots(100000, '.');
  EXPECT_THAT([&] { setting_value(deep, "here"); }, ThrowsMessage<Error>(HasSubstr("64")));
  nlohmann::json object = nlohmann::json::object();
  EXPECT_THAT([&] { set_key("a" + dots + "b", 1, object, "here"); },
              ThrowsMessage<Error>(HasSubstr("parts")));
}

TEST(Setting, WhatIsWrittenDownReadsAsItWasOrIsRefused) {
  for (const auto* text :
       {R"(training={"epochs": 3, "momentum": 0.5})", "data.set=letters", "data.set='007'", "a=[1, 2]"})
    for (const auto& setting : read_setting(text))
      EXPECT_EQ(read_setting(setting_text(setting)), std::vector{setting}) << text;
  // Written down, these would be other keys with other values.
  for (const auto* text : {R"(training={"epochs=": 3})", R"(a={"b=c": true})", R"(training={"epochs ": 3})"})
    EXPECT_THAT([&] { read_setting(text); }, ThrowsMessage<Error>(HasSubstr("no key has \"=\" in it")))
        << text;
  // Of bytes that are no UTF-8 a message can still be made.
  EXPECT_THAT(
      [&] {
        require_distinct({{"name", "\xff "}, {"name", 2}});
      },
      ThrowsMessage<Error>(HasSubstr("set twice")));
  EXPECT_THAT([&] { read_setting("seed=7", nlohmann::json(1)); }, ThrowsMessage<Error>(HasSubstr("seed=7")));
}

}  // namespace setting_test
}  // namespace stoic
