#include "stoic/sim/contract/image.hpp"

#include <gmock/gmock.h>

#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace image_test {

using testing::HasSubstr;

Image small_image() {
  Image image;
  image.config = load_hardware_config("compact");
  for (const Instruction& instruction :
       {Instruction(Load{.destination = 0, .length = 3}), Instruction(Halt{})})
    for (const auto word : encode(instruction)) image.program.push_back(word);
  image.weights = {1, -2, 3, -128};
  image.tables = {0, 5, 524287};
  image.initial_state = {{7, {1, 2, 3}}, {9, {}}};
  image.stream_weights = {1, 2, 3, 4, 5, 6, 7, 127};
  image.stream_schedule = {{0, 1}, {1, 1}, {0, 1}};
  image.input_lengths = {3};
  image.vectors = {{"u", 0, 3, 0}};
  image.slots = {{0, "load the input"}};
  image.metadata = "{\"a\":\"\xc3\xa4\"}";
  return image;
}

std::string message_of(const std::string& bytes) {
  try {
    parse_image(bytes, "m.img");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Image, ReadsBackAsWritten) {
  const auto image = small_image();
  const auto bytes = write_image(image);
  EXPECT_EQ(parse_image(bytes, "m.img"), image);
  EXPECT_EQ(write_image(image), bytes);
}

TEST(Image, AnyFlippedBitIsFound) {
  auto bytes = write_image(small_image());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_THROW(parse_image(bytes, "m.img"), Error) << "bit " << bit;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
}

TEST(Image, AnyCutIsFoundAndSoAreTrailingBytes) {
  const auto bytes = write_image(small_image());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_THROW(parse_image(bytes.substr(0, size), "m.img"), Error) << size;
  EXPECT_THAT(message_of(bytes.substr(0, bytes.size() - 1)), HasSubstr("m.img: is cut short"));
  EXPECT_THAT(message_of(bytes + '\0'), HasSubstr("has 1 bytes after its end"));
  EXPECT_THAT(message_of("PK"), HasSubstr("is no stoic image"));
}

TEST(Image, IsForOneInstanceOnly) {
  const auto image = small_image();
  EXPECT_NO_THROW(require_config(image, load_hardware_config("compact"), "m.img"));
  try {
    require_config(image, load_hardware_config("wide"), "m.img");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("m.img: was compiled for the instance compact"));
  }
}

TEST(Image, ContentsMustFitTheInstance) {
  auto image = small_image();
  image.weights[0] = 128;  // does not fit 8 bits, and the file's byte would wrap
  EXPECT_NE(parse_image(write_image(image), "m.img"), image);
  image = small_image();
  image.tables[0] = 1 << 20;
  EXPECT_THAT(message_of(write_image(image)), HasSubstr("section tables: entry 0"));
  image = small_image();
  image.initial_state[0].word = 512;
  EXPECT_THAT(message_of(write_image(image)), HasSubstr("beyond the state memory"));
  image = small_image();
  image.stream_schedule[1].beats = 2;
  EXPECT_THAT(message_of(write_image(image)), HasSubstr("stream schedule"));
  image = small_image();
  image.program.resize(257);
  EXPECT_THAT(message_of(write_image(image)), HasSubstr("program words"));
}

}  // namespace image_test
}  // namespace stoic
