// stoic_input() and stoic_input_pixels(): from values to the bytes of a sample, at every edge.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "stoic.h"

namespace stoic_driver {
namespace input_test {

using Bytes = std::vector<std::uint8_t>;

/// A network of real values whose sample is two vectors, each of whole beats of 4 bytes: 3 and 2 elements.
struct TwoVectors {
  stoic_vector vectors[2]{{.offset = 0, .bytes = 8}, {.offset = 8, .bytes = 8}};
  std::uint32_t lengths[2]{3, 2};
  stoic_model model{};

  explicit TwoVectors(std::uint16_t kind, std::uint16_t state_bits = 16, std::int16_t fraction_bits = 0) {
    model.state_bits = state_bits;
    model.inputs = vectors;
    model.input_count = 2;
    model.input_bytes = 16;
    model.input_kind = kind;
    model.input_fraction_bits = fraction_bits;
    model.input_elements = 5;
    model.input_lengths = lengths;
    model.input_length_count = 2;
  }
  template <class Value>
  Bytes written(const std::vector<Value>& values, stoic_status expected = STOIC_OK) const {
    Bytes input(17, 0xee);  // one byte more than it may write
    stoic_status status;
    if constexpr (std::is_same_v<Value, double>)
      status = stoic_input(&model, values.data(), input.data());
    else
      status = stoic_input_pixels(&model, values.data(), input.data());
    EXPECT_EQ(status, expected);
    EXPECT_EQ(input.back(), 0xee);
    input.pop_back();
    return input;
  }
  /// Code of element e, of 16 bits.
  static int code(const Bytes& input, std::size_t e) {
    const auto at = e < 3 ? 2 * e : 8 + 2 * (e - 3);
    return static_cast<std::int16_t>(input[at] | input[at + 1] << 8);
  }
};

TEST(InputOfReals, FillsVectorAfterVectorAndTheRestOfABeatWithZeros) {
  const TwoVectors network(STOIC_INPUT_REALS);
  EXPECT_EQ(network.written<double>({1, -2, 3, 0x1234, 5}),
            (Bytes{1, 0, 0xfe, 0xff, 3, 0, 0, 0, 0x34, 0x12, 5, 0, 0, 0, 0, 0}));
}

TEST(InputOfReals, RoundsHalfUpAndSaturates) {
  const TwoVectors network(STOIC_INPUT_REALS);
  const struct {
    double value;
    int code;
  } cases[] = {{0.5, 1},
               {-0.5, 0},
               {1.5, 2},
               {-1.5, -1},
               {0.4999, 0},
               {std::nextafter(-0.5, -1), -1},
               {std::nextafter(-1.5, -2), -2},
               {2.25, 2},
               {-2.75, -3},
               {32766.5, 32767},
               {32767.49, 32767},
               {32767.5, 32767},
               {32768, 32767},
               {1e300, 32767},
               {INFINITY, 32767},
               {-32768, -32768},
               {-32768.5, -32768},
               {-32768.75, -32768},
               {-32769, -32768},
               {-1e300, -32768},
               {-INFINITY, -32768}};
  for (const auto& [value, code] : cases)
    EXPECT_EQ(TwoVectors::code(network.written<double>({0, value, 0, 0, 0}), 1), code) << value;
}

TEST(InputOfReals, HasTheBinaryPointOfTheModelOnBothSides) {
  EXPECT_EQ(TwoVectors::code(TwoVectors(STOIC_INPUT_REALS, 16, 3).written<double>({0, 0, 0, 1.3125, 0}), 3),
            11);
  EXPECT_EQ(TwoVectors::code(TwoVectors(STOIC_INPUT_REALS, 16, -3).written<double>({0, 0, 0, 0, 1000}), 4),
            125);
}

TEST(InputOfReals, WordsHaveAsManyBytesAsHoldThem) {
  TwoVectors narrow(STOIC_INPUT_REALS, 8);
  EXPECT_EQ(narrow.written<double>({127.5, -128, -1, 4, 5}),
            (Bytes{127, 0x80, 0xff, 0, 0, 0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0}));
  TwoVectors nine(STOIC_INPUT_REALS, 9);
  EXPECT_EQ(nine.written<double>({300, -300, -1, 4, 5}),
            (Bytes{0xff, 0, 0, 0xff, 0xff, 0xff, 0, 0, 4, 0, 5, 0, 0, 0, 0, 0}));
}

TEST(InputOfReals, IsStandardisedEntryByEntryAgainAndAgain) {
  TwoVectors network(STOIC_INPUT_REALS, 16, 4);
  const stoic_scaling scaling[]{{.mean = 1, .deviation = 2}, {.mean = -3, .deviation = 0.5}};
  // An image may lie at any multiple of 4.
  alignas(8) std::uint8_t place[sizeof scaling + 4];
  std::copy_n(reinterpret_cast<const std::uint8_t*>(scaling), sizeof scaling, place + 4);
  network.model.input_scaling = reinterpret_cast<const stoic_scaling*>(place + 4);
  network.model.input_entries = 2;
  const auto input = network.written<double>({2, 2, 3, -3, 0});
  const int expected[] = {8, 160, 16, 0, -8};
  for (std::size_t e = 0; e < 5; ++e) EXPECT_EQ(TwoVectors::code(input, e), expected[e]) << e;
}

TEST(InputOfReals, WhatIsNoNumberIsRefused) {
  for (std::size_t e = 0; e < 5; ++e) {
    std::vector<double> values(5, 1);
    values[e] = std::numeric_limits<double>::quiet_NaN();
    TwoVectors(STOIC_INPUT_REALS).written(values, STOIC_BAD_ARGUMENT);
  }
}

TEST(InputOfReals, WhatStandardisingMakesNoNumberIsRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const stoic_scaling scaling : {stoic_scaling{1, 0}, {nan, 1}, {0, nan}, {INFINITY, INFINITY}}) {
    TwoVectors network(STOIC_INPUT_REALS);
    network.model.input_scaling = &scaling;
    network.model.input_entries = 1;
    network.written<double>({1, 1, 1, 1, 1}, STOIC_BAD_ARGUMENT);
  }
}

TEST(InputOfReals, IsDividedAndRoundedOnce) {
  // 1/49 times a multiple of it is less than that in places: ties would go down.
  const stoic_scaling scaling{0, 49};
  TwoVectors network(STOIC_INPUT_REALS);
  network.model.input_scaling = &scaling;
  network.model.input_entries = 1;
  for (int half = 1; half < 200; half += 2) {
    const auto input = network.written<double>({half * 24.5, 0, 0, 0, 0});
    EXPECT_EQ(TwoVectors::code(input, 0), (half + 1) / 2) << half;
  }
}

TEST(InputOfPixels, IsTheirCodesOrHalfOfThemWhereStatesAreNarrow) {
  const std::vector<std::uint8_t> pixels{0, 1, 2, 254, 255};
  EXPECT_EQ(TwoVectors(STOIC_INPUT_PIXELS).written(pixels),
            (Bytes{0, 0, 1, 0, 2, 0, 0, 0, 254, 0, 255, 0, 0, 0, 0, 0}));
  EXPECT_EQ(TwoVectors(STOIC_INPUT_PIXELS, 8, -1).written(pixels),
            (Bytes{0, 1, 1, 0, 0, 0, 0, 0, 127, 127, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(TwoVectors(STOIC_INPUT_PIXELS, 8, 0).written(pixels),
            (Bytes{0, 1, 2, 0, 0, 0, 0, 0, 127, 127, 0, 0, 0, 0, 0, 0}));
}

TEST(Inputs, OfTheOtherKindAndWhatIsMissingIsRefusedAndNothingWritten) {
  const TwoVectors reals(STOIC_INPUT_REALS), pixels(STOIC_INPUT_PIXELS);
  const Bytes untouched(16, 0xee);
  const std::vector<double> values(5, 1);
  const std::vector<std::uint8_t> codes(5, 1);
  EXPECT_EQ(pixels.written(values, STOIC_BAD_ARGUMENT), untouched);
  EXPECT_EQ(reals.written(codes, STOIC_BAD_ARGUMENT), untouched);
  auto odd = reals;
  odd.model.inputs = odd.vectors;
  odd.model.input_lengths = odd.lengths;
  odd.model.input_length_count = 1;
  EXPECT_EQ(odd.written(values, STOIC_BAD_ARGUMENT), untouched);
  Bytes input(16, 0xee);
  EXPECT_EQ(stoic_input(nullptr, values.data(), input.data()), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_input(&reals.model, nullptr, input.data()), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_input(&reals.model, values.data(), nullptr), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_input_pixels(&pixels.model, nullptr, input.data()), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(input, untouched);
}

TEST(Inputs, AVectorWithoutElementsIsPassedOver) {
  TwoVectors network(STOIC_INPUT_REALS);
  network.lengths[0] = 0;
  network.model.input_elements = 2;
  EXPECT_EQ(network.written<double>({1, 2}), (Bytes{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0}));
}

}  // namespace input_test
}  // namespace stoic_driver
