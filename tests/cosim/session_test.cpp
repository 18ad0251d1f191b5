// Image-level calls, on the stand-in of a device.
#include "stoic/sim/device/session.hpp"

#include <gmock/gmock.h>

#include "golden_device.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/device/carried_elements.hpp"
#include "stoic/sim/golden/batch.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cosim {
namespace session_test {

Image image_of(const std::string& program, const std::string& hw = "compact") {
  Image image;
  image.config = load_hardware_config(hw);
  auto assembly = assemble(program, image.config, "test");
  image.program = std::move(assembly.program);
  image.initial_state = std::move(assembly.initial_state);
  return image;
}

/// y = 3 * x - W x, the second W from the stream; 6 inputs, 6 outputs, 2 matrices a sample.
Image network() {
  auto image = image_of(R"(
.vector x 6
.vector w 6
.vector y 6
.constant three 3
LOAD destination=x length=6
MATVEC destination=w source=x rows=6 columns=6 stream=1
MATVEC destination=y source=w rows=6 columns=6 stream=1 result_shift=2
BUNDLE destination=y length=6 result_shift=1 : + x*[three] - y*[three]
STORE source=y length=6
HALT)");
  image.input_lengths = {6};
  image.output_lengths = {6};
  image.stream_schedule = {{0, 12}, {12, 12}};
  for (std::int32_t i = 0; i < 24 * 4; ++i) image.stream_weights.push_back(i * 37 % 255 - 127);
  image.slots = {{0, "x"}};
  return image;
}

/// Each sample adds its input to a sum that begins with zero, and to one that begins with 5.
Image accumulator() {
  auto image = image_of(R"(
.vector x 4
.vector sum 4
.constant one 1
.constant five 5
LOAD destination=x length=4
BUNDLE destination=sum length=4 : + sum*[one] + x*[one]
BUNDLE destination=five length=3 : + five*[one] + x*[one]
STORE source=sum length=4
STORE source=five length=4
HALT)");
  image.input_lengths = {4};
  image.output_lengths = {4, 4};
  return image;
}

void fill(std::int64_t sample, std::span<std::int32_t> codes) {
  for (std::size_t i = 0; i < codes.size(); ++i)
    codes[i] = static_cast<std::int32_t>((sample * 31 + static_cast<std::int64_t>(i) * 17) % 200 - 100);
}

TEST(Session, GivesWhatGoldenGivesForEverySample) {
  for (const auto& image : {network(), accumulator()}) {
    GoldenDevice device(image.config);
    load_image(device, image);
    const auto result = run_samples(device, image, 23, fill, {.samples_per_start = 5});
    const auto golden = golden::run_batch(image, 23, fill);
    EXPECT_EQ(result.outputs, golden.outputs);
    EXPECT_EQ(result.outputs_per_sample, golden.outputs_per_sample);
    EXPECT_EQ(result.saturations, golden.counters.saturations);
    EXPECT_EQ(result.mac_cycles, 23 * golden.counters.mac_cycles);
    EXPECT_EQ(result.unexplained_cycles(), 0);
    EXPECT_EQ(result.stalls.sum(), 0);
    // Twice in a row gives the same.
    EXPECT_EQ(run_samples(device, image, 23, fill).outputs, golden.outputs);
  }
}

TEST(Session, PutsSeveralSamplesInAStartWhereNothingIsCarriedOver) {
  const auto image = network();
  EXPECT_THAT(carried_elements(image), testing::IsEmpty());
  GoldenDevice device(image.config);
  load_image(device, image);
  const auto result = run_samples(device, image, 23, fill, {.samples_per_start = 5});
  ASSERT_EQ(result.starts.size(), 5u);
  EXPECT_EQ(result.starts[4].samples, 3);
  EXPECT_EQ(result.starts[4].cycles, result.starts[4].predicted_cycles);
}

TEST(Session, FindsTheElementsThatASampleCarriesOver) {
  // sum: words 1; five: word 3, whose lane 3 is only read.
  EXPECT_EQ(carried_elements(accumulator()), (std::vector<std::int64_t>{4, 5, 6, 7, 12, 13, 14}));
}

TEST(Session, FindsComponentsThatLieInWordsOfTheirOwn) {
  // Lanes 5 to 7 of the second word of a component are no part of it.
  const auto image = image_of("NORMALISE destination=0 source=0 length=5 segments=1\nHALT");
  EXPECT_EQ(carried_elements(image),
            (std::vector<std::int64_t>{0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 16, 17, 18, 19, 20}));
}

/// y = W s, then s = x: what a sample leaves in s is what the next one multiplies. W has two blocks of four rows.
Image multiplier(const std::string& stream) {
  auto image = image_of(R"(
.vector x 4
.vector s 4
.vector y 8
.constant one 1
LOAD destination=x length=4
MATVEC destination=y source=s rows=8 columns=4 )" +
                        stream + R"(
BUNDLE destination=s length=4 : + x*[one]
STORE source=y length=8
HALT)");
  image.input_lengths = {4};
  image.output_lengths = {8};
  return image;
}

TEST(Session, CarriesNothingThatOnlyMeetsWeightsOfZero) {
  auto image = multiplier("");
  EXPECT_EQ(carried_elements(image), (std::vector<std::int64_t>{4, 5, 6, 7}))
      << "weights of nobody knows whom";
  image.weights.assign(32, 0);
  image.weights[0] = 9;    // row 0 of column 0
  image.weights[27] = -1;  // row 7 of column 2
  EXPECT_EQ(carried_elements(image), (std::vector<std::int64_t>{4, 6}));
  GoldenDevice device(image.config);
  load_image(device, image);
  EXPECT_EQ(run_samples(device, image, 23, fill).outputs, golden::run_batch(image, 23, fill).outputs);
  image.weights[0] = image.weights[27] = 0;
  EXPECT_THAT(carried_elements(image), testing::IsEmpty());
  EXPECT_THAT(elements_read_first(image), testing::ElementsAre(4, 5, 6, 7, 16, 17, 18, 19))
      << "an engine whose memory was never written";
  EXPECT_EQ(carried_elements(multiplier("stream=1")), (std::vector<std::int64_t>{4, 5, 6, 7}));
}

TEST(Session, CarriesWhatReachesTheOutputAndNothingElse) {
  const auto carried = [](const std::string& body) {
    return carried_elements(image_of(".vector a 4\n.vector b 4\n.constant one 1\n" + body + "\nHALT"));
  };
  using Elements = std::vector<std::int64_t>;
  const Elements a{0, 1, 2, 3};
  const std::string store = "\nSTORE source=b length=4", clear = "\nLOAD destination=a length=4";
  EXPECT_EQ(carried("COPY destination=4 source=0 length=3" + store + clear), (Elements{0, 1, 2}));
  EXPECT_EQ(carried("COPY destination=4 source=0 length=4" + clear), Elements{}) << "nobody stores it";
  EXPECT_EQ(carried("BUNDLE destination=b length=4 : + a*[one]" + clear), a)
      << "it may saturate, which is counted";
  EXPECT_EQ(carried("COPY destination=0 source=4 length=4" + store + clear), Elements{})
      << "b is never written";
  const std::string rectified =
      "FUNCTION destination=b source=a length=4 segments=1 segment_shift=15 table=0 count_outside=";
  EXPECT_EQ(carried(rectified + "0" + clear), Elements{});
  EXPECT_EQ(carried(rectified + "0" + store + clear), a);
  EXPECT_EQ(carried(rectified + "1" + clear), a) << "arguments outside of the table are counted";
}

TEST(Session, CarriesWhatALoopTakesToTheOutput) {
  // b[0] = b[1], b[1] = b[2], b[2] = b[3], which is never written: three times it takes until b[3] is in b[0].
  const auto image = image_of(R"(
.vector a 4
.vector b 4
LOOP count=3
COPY destination=4 source=5 length=1
COPY destination=5 source=6 length=1
COPY destination=6 source=7 length=1
END
STORE source=b length=1
HALT)");
  EXPECT_EQ(carried_elements(image), (std::vector<std::int64_t>{5, 6}));
}

TEST(Session, CountsSaturationsOfAllStarts) {
  auto image = image_of(R"(
.vector x 4
.constant big 30000
LOAD destination=x length=4
BUNDLE destination=x length=4 : + x*[big]
STORE source=x length=4
HALT)");
  image.input_lengths = image.output_lengths = {4};
  const auto golden = golden::run_batch(image, 23, fill).counters;
  ASSERT_GT(golden.saturations, 23);
  for (const std::int64_t together : {1, 5, 23}) {
    GoldenDevice device(image.config);
    load_image(device, image);
    const auto result = run_samples(device, image, 23, fill, {.samples_per_start = together});
    EXPECT_EQ(result.saturations, golden.saturations);
    EXPECT_EQ(result.saturations_by_slot.at(1), golden.saturations_by_slot[1]);
  }
}

TEST(Session, NamesTheFaultWithItsWordAndSymbol) {
  auto image = network();
  image.input_lengths = {9};  // a packet of three beats, where LOAD takes two
  GoldenDevice device(image.config);
  load_image(device, image);
  try {
    run_samples(device, image, 4, fill);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("program word 0 (x) with STREAM_TOO_LONG"));
  }
}

TEST(Session, RefusesAnImageOfAnotherInstance) {
  GoldenDevice device(load_hardware_config("small"));
  EXPECT_THROW(load_image(device, network(), "x.img"), Error);
}

}  // namespace session_test
}  // namespace stoic::cosim
