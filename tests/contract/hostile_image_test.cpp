// Images whose checksums hold and whose contents mean harm.
#include <gmock/gmock.h>
#include <zlib.h>

#include <cstring>

#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace hostile_image_test {

using testing::HasSubstr;

Image plain_image() {
  Image image;
  image.config = load_hardware_config("compact");
  image.stream_weights.assign(4 * 8, 1);
  image.stream_schedule = {{0, 4}, {4, 4}, {0, 4}};
  image.vectors = {{"k = 1 + 4 h gamma a^2 + h beta diag A", 0, 3, 4}, {"(H_K - 4 pi M) / 3", 1, 1, 0}};
  image.slots = {{0, "x = W_in u"}};
  return image;
}

std::string message_of(const Image& image) {
  try {
    parse_image(write_image(image), "m.img");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(HostileImage, NamesThatCouldLeaveACommentOrALineAreRefused) {
  EXPECT_EQ(message_of(plain_image()), "accepted");
  for (const std::string name : {"x */ int planted(void) { return 1; } /*", "a\nb", "\x1b[2J",
                                 "?"
                                 "?/",
                                 "\"", "\\", "x\xc3\xa4", "", "#define"}) {
    auto image = plain_image();
    image.vectors[0].name = name;
    const auto message = message_of(image);
    EXPECT_THAT(message, HasSubstr("m.img: a vector is named")) << name;
    EXPECT_EQ(message.find('\n'), message.npos);
    EXPECT_EQ(message.find('\x1b'), message.npos);
  }
  auto image = plain_image();
  image.vectors[0].name = std::string(1000000, 'x');
  EXPECT_LT(message_of(image).size(), 1000u);
  image = plain_image();
  image.slots[0].text = "x\x1b]0;title\a";
  EXPECT_THAT(message_of(image), HasSubstr("the text of program word 0"));
}

/// Bytes of an image, changed at any place, with checksums that hold again. The header is 40 bytes, the entry of a section 24.
struct ImageBytes {
  std::string bytes;

  template <class T>
  T get(std::size_t at) const {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
  }
  template <class T>
  void put(std::size_t at, T value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
  }
  static std::size_t entry(std::size_t section) { return 40 + 24 * section; }
  std::size_t begin(std::size_t section) const { return get<std::uint64_t>(entry(section) + 8); }
  std::uint32_t crc(std::size_t from, std::size_t size) const {
    return static_cast<std::uint32_t>(
        ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data() + from), size));
  }
  std::string message() {
    const auto sections = get<std::uint32_t>(20);
    for (std::size_t s = 0; s < sections; ++s)
      put(entry(s) + 4, crc(begin(s), get<std::uint64_t>(entry(s) + 16)));
    put(36, std::uint32_t{0});
    put(36, crc(0, entry(sections)));
    try {
      parse_image(bytes, "m.img");
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  }
};

TEST(HostileImage, VersionsBeforeAndAfterThisOneAreRefused) {
  for (const std::size_t at : {8, 12})  // of the format, of the interface
    for (const int apart : {-1, 0, 1}) {
      ImageBytes image{write_image(plain_image())};
      image.put(at, image.get<std::uint32_t>(at) + static_cast<std::uint32_t>(apart));
      if (apart == 0)
        EXPECT_EQ(image.message(), "accepted");
      else
        EXPECT_THAT(image.message(), HasSubstr("m.img: ")) << at << " " << apart;
    }
}

TEST(HostileImage, ABlockOfStatesHasNoMoreValuesThanItsSection) {
  constexpr std::size_t state_section = 4;
  auto plain = plain_image();
  plain.initial_state = {{0, {1, 2, 3, 4, 5, 6, 7, 8}}};
  for (const std::int64_t count : {-1, 0, 7, 8, 9, 16, 33}) {
    ImageBytes image{write_image(plain)};
    image.put(image.begin(state_section) + 8, count);
    if (count == 8)
      EXPECT_EQ(image.message(), "accepted");
    else
      EXPECT_THAT(image.message(), HasSubstr("section")) << count;
  }
}

TEST(HostileImage, AnInstanceWithAnUnsafeNameIsRefused) {
  auto image = plain_image();
  image.config.name = "a */ int planted; /*";
  EXPECT_THAT(message_of(image), HasSubstr("\"name\" must have 1 to 100 letters"));
  image = plain_image();
  image.config.target = "a\nb";
  EXPECT_THAT(message_of(image), HasSubstr("\"target\" must be a text of one line"));
}

TEST(HostileImage, VectorsBeyondTheStateMemoryAreRefused) {
  const auto words = plain_image().config.state_words_per_lane;
  const auto largest = INT64_MAX;
  for (const VectorSymbol& vector : {VectorSymbol{"x", words, 1, 0}, VectorSymbol{"x", -1, 1, 0},
                                     VectorSymbol{"x", 0, largest, 0}, VectorSymbol{"x", largest, 1, 0},
                                     VectorSymbol{"x", 0, 1, largest}, VectorSymbol{"x", 0, 1, INT64_MIN}}) {
    auto image = plain_image();
    image.vectors[0] = vector;
    EXPECT_THAT(message_of(image), HasSubstr("the vector x does not lie in the state memory"));
  }
}

TEST(HostileImage, StreamedMatricesThatOverlapAreRefused) {
  auto image = plain_image();
  image.stream_schedule = {{0, 4}, {1, 4}};
  EXPECT_THAT(message_of(image), HasSubstr("two matrices of the stream schedule overlap at beat 1"));
  image.stream_schedule = {{0, 4}, {0, 8}};
  EXPECT_THAT(message_of(image), HasSubstr("overlap at beat 0"));
}

TEST(HostileImage, ARepeatedMatrixIsBoundedByWhatOneInferenceStreams) {
  auto image = plain_image();
  image.stream_weights.assign(4 << 14, 1);
  image.stream_schedule.assign(20000, {0, 1 << 14});
  EXPECT_THAT(message_of(image), HasSubstr("one inference streams more than"));
}

}  // namespace hostile_image_test
}  // namespace stoic
