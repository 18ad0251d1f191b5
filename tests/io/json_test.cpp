#include "stoic/sim/io/json.hpp"

#include <gmock/gmock.h>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace json_test {

using testing::HasSubstr;

std::string message_of(const std::string& text) {
  try {
    parse_json(text, "x.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Json, SaysLineAndColumnOfASyntaxError) {
  EXPECT_THAT(message_of("{\n  \"a\": 1,\n  \"b\" 2\n}"), HasSubstr("x.json: line 3 column"));
  EXPECT_THAT(message_of(""), HasSubstr("line 1"));
  EXPECT_THAT(message_of("{\"a\": 1} x"), HasSubstr("line 1"));
}

TEST(Json, RefusesAKeyGivenTwice) {
  EXPECT_THAT(message_of(R"({"a": 1, "b": {"a": 2}, "a": 3})"), HasSubstr("\"a\" is given twice"));
  EXPECT_EQ(message_of(R"({"a": 1, "b": {"a": 2}, "c": [{"a": 1}, {"a": 1}]})"), "accepted");
}

TEST(Json, RefusesNumbersThatCannotBeRepresented) { EXPECT_NE(message_of(R"({"a": 1e999})"), "accepted"); }

TEST(JsonReader, RefusesWhatNobodyAskedFor) {
  const auto json = parse_json(R"({"epochs": 1, "epoch": 2})", "x.json");
  JsonReader reader(json, "x.json");
  EXPECT_EQ(reader.integer("epochs", 0, 10), 1);
  EXPECT_THROW(reader.finish(), Error);
}

TEST(JsonReader, NamesNestedObjects) {
  const auto json = parse_json(R"({"training": {"rate": "fast"}})", "x.json");
  JsonReader reader(json, "x.json");
  auto training = reader.object("training");
  try {
    training.number("rate", 0, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("x.json: \"training\": \"rate\" must be a number from 0 to 1, not \"fast\""));
  }
}

TEST(NearestWord, FindsASlipOfTheFingersAndNothingElse) {
  EXPECT_EQ(nearest_word("momentun", {"momentum", "epochs"}), "momentum");
  EXPECT_EQ(nearest_word("zzzzzz", {"momentum", "epochs"}), "");
}

}  // namespace json_test
}  // namespace stoic
