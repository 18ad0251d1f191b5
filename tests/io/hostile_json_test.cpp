// JSON and names from strangers: depth, size, bytes that are no text.
#include <gmock/gmock.h>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic {
namespace hostile_json_test {

using testing::HasSubstr;

std::string message_of(const std::string& text) {
  try {
    parse_json(text, "x.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(HostileJson, DepthIsLimited) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_EQ(message_of(nested(64)), "accepted");
  EXPECT_EQ(
      message_of(nested(65)),
      "x.json: line 1 column 65: brackets are nested deeper than 64; nothing here needs more than a few");
  EXPECT_THAT(message_of(nested(100000)), HasSubstr("line 1 column 65"));
  EXPECT_THAT(message_of(std::string(1000000, '[')), HasSubstr("nested deeper"));
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":\n";
  EXPECT_THAT(message_of(objects), HasSubstr("line 65 column 1"));
  EXPECT_EQ(message_of("[\"" + std::string(100, '[') + "\\\"" + std::string(100, '{') + "\"]"), "accepted");
  EXPECT_FALSE(try_parse_json(std::string(100000, '[')).has_value());
}

TEST(HostileJson, AMessageShowsAtMostTheBeginningAndTheEndOfAValue) {
  const auto json = parse_json("{\"n\": \"" + std::string(1000000, 'x') + "\"}", "x.json");
  try {
    JsonReader(json, "x.json").integer("n", 1, 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_LT(std::string(error.what()).size(), 500u);
  }
}

TEST(HostileJson, BytesThatAreNoUtf8AreWrittenAsReplacement) {
  const nlohmann::ordered_json json{{"file", "na\xefve.img"}};
  EXPECT_EQ(json_text(json), "{\"file\":\"na\xef\xbf\xbdve.img\"}");
}

TEST(Printable, ControlCharactersAndForeignBytesAreEscapedAndTextIsKept) {
  EXPECT_EQ(printable("a\nb\t\x1b[2J\x7f"), "a\\nb\\t\\x1b[2J\\x7f");
  EXPECT_EQ(printable("a\nb\t\x1b", "\n\t"), "a\nb\t\\x1b");
  EXPECT_EQ(printable("\xc3\xa4 \xe2\x86\x92 \xf0\x9f\x98\x80"), "\xc3\xa4 \xe2\x86\x92 \xf0\x9f\x98\x80");
  EXPECT_EQ(printable("\xe4"), "\\xe4");                                      // Latin-1
  EXPECT_EQ(printable("\xc0\xaf\xed\xa0\x80"), "\\xc0\\xaf\\xed\\xa0\\x80");  // overlong, surrogate
  EXPECT_EQ(printable("\xc2\x9b\xe2\x80\xae"), "\\x9b\\u202e");  // a terminal's CSI, right to left
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(Printable, OneLineKeepsBothEndsOfWhatIsTooLong) {
  const auto text = one_line("file.img: " + std::string(1000000, '\n') + "; the remedy");
  EXPECT_LT(text.size(), 5000u);
  EXPECT_TRUE(text.starts_with("file.img: ") && text.ends_with("; the remedy"));
  EXPECT_EQ(text.find('\n'), text.npos);
}

}  // namespace hostile_json_test
}  // namespace stoic
