// What an image says of itself: written and read by one pair of functions, and refused with its place when it
// is wrong.
#include "stoic/host/compiler/image_notes.hpp"

#include <gmock/gmock.h>

#include "stoic/host/compare/deviation.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace image_notes_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

Image image_with(const std::string& metadata) {
  Image image;
  image.metadata = metadata;
  return image;
}

TEST(ImageNotes, AreReadAsTheyWereWritten) {
  ImageNotes notes;
  notes.recipe = R"({"dynamics": "linear", "inputs": 4, "classes": 2, "data": {"set": "random"}})";
  notes.noise = {.observation = 0.1, .dynamic = 1.0 / 3, .seed = 7, .trial = 3};
  notes.functions = {{3, "tanh", 11, 15, {}}, {9, "spin_torque", -2, 12, {0.25, 1.0 / 3}}};
  notes.results = {{5, "x(0)", 11, {}, {}, 0}, {7, "m_y", 14, 12, "m_y(#)", 1}};
  notes.phases = {{0, "input"}, {4, "3 steps of \"RK4\""}};
  notes.input = {9, Standardisation{{0.5, -1}, {2, 0.125}}};
  const auto image = image_with(image_notes_text(notes));
  EXPECT_EQ(recipe_of(image, "a").inputs, 4);
  const auto noise = noise_of(image, "a");
  EXPECT_EQ(noise.dynamic, 1.0 / 3);
  EXPECT_EQ(noise.trial, 3u);
  const auto functions = functions_of(image, "a");
  ASSERT_EQ(functions.size(), 2u);
  EXPECT_TRUE(functions[0].parameters.empty());
  EXPECT_EQ(functions[1].input_fraction_bits, -2);
  EXPECT_EQ(functions[1].parameters, (std::vector<double>{0.25, 1.0 / 3}));
  const auto results = results_of(image, "a");
  ASSERT_EQ(results.size(), 2u);
  EXPECT_FALSE(results[0].word);
  EXPECT_EQ(results[1].word, 12);
  EXPECT_EQ(results[1].label, "m_y(#)");
  EXPECT_EQ(results[1].first, 1);
  EXPECT_EQ(phases_of(image, "a")[1].name, notes.phases[1].name);
  const auto input = input_coding_of(image, 4, "a");
  ASSERT_TRUE(input);
  EXPECT_EQ(input->standardisation->deviation, (std::vector<double>{2, 0.125}));
  EXPECT_FALSE(training_data_of(image, "a"));
}

TEST(ImageNotes, AreFewInAnImageThatNoCompilerMade) {
  for (const char* text : {"", "{}", "[]"}) {
    const auto image = image_with(text);
    EXPECT_TRUE(functions_of(image, "a").empty());
    EXPECT_TRUE(results_of(image, "a").empty());
    EXPECT_TRUE(phases_of(image, "a").empty());
    EXPECT_FALSE(noise_of(image, "a").any());
    EXPECT_FALSE(input_coding_of(image, 4, "a"));
  }
}

TEST(ImageNotes, ThatAreWrongAreRefusedWithTheirPlace) {
  const auto refused = [](const char* text, const char* place, const auto& reader) {
    EXPECT_THAT([&] { reader(image_with(text), "x.img"); },
                ThrowsMessage<Error>(AllOf(HasSubstr("x.img"), HasSubstr(place))))
        << text;
  };
  refused(R"({"results": 1})", "results", results_of);
  refused(R"({"results": [{"slot": 0, "name": "x"}]})", "results[0]", results_of);
  refused(R"({"results": [{"slot": 0, "name": "x", "fraction_bits": "9"}]})", "results[0]", results_of);
  refused(R"({"results": [{"slot": 0, "name": "x", "fraction_bits": 9, "label": "x", "first": 1e9}]})",
          "results[0]", results_of);
  refused(R"({"functions": [{"slot": 0, "name": "bound", "input_fraction_bits": 3, "output_fraction_bits": 3,
                             "parameters": ["1"]}]})",
          "functions[0]", functions_of);
  refused(
      R"({"functions": [{"slot": 0, "name": "x", "input_fraction_bits": 3, "output_fraction_bits": 9999}]})",
      "functions[0]", functions_of);
  refused(R"({"phases": [{"slot": 0}]})", "phases[0]", phases_of);
  refused(R"({"phases": [{"slot": 0, "name": "x", "cycles": 3}]})", "phases[0]", phases_of);
  refused(R"({"noise": {"observation": -1}})", "noise", noise_of);
  refused("{", "metadata", noise_of);
}

}  // namespace image_notes_test
}  // namespace stoic
