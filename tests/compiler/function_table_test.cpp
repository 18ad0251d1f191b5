// The two tables against the functions that they stand for.
#include "stoic/host/compiler/function_table.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <regex>

#include "stoic/host/compare/local_error.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace function_table_test {

constexpr std::uint64_t seed = 1;

TableLookup lookup(const FunctionTable& table, const HardwareConfig& config) {
  return {table.knots, table.segments, table.segment_shift, config.table_guard_bits};
}

/// An instance with another state width.
HardwareConfig instance(const std::string& name, std::int64_t state_width) {
  auto config = load_hardware_config(name);
  config.state_width = state_width;
  return config;
}

/// Every input code: within a unit, monotone, odd.
void expect_tanh(const FunctionTable& table, std::int64_t fraction_bits, const HardwareConfig& config) {
  const auto function = tanh_function(table);
  const auto at = lookup(table, config);
  const auto f = [&](std::int64_t code) { return apply_function(function, at, config, code).value; };
  std::int64_t before = 0;
  ASSERT_EQ(f(0), 0);
  for (std::int64_t code = 1; code <= config.state_max(); ++code) {
    const auto value = f(code);
    const double exact =
        std::ldexp(std::tanh(std::ldexp(static_cast<double>(code), static_cast<int>(-fraction_bits))),
                   static_cast<int>(config.state_width - 1));
    ASSERT_LE(std::abs(static_cast<double>(value) - exact), 1.0) << "code " << code;
    ASSERT_GE(value, before) << "code " << code;
    ASSERT_EQ(f(-code), -value) << "code " << code;
    before = value;
  }
  EXPECT_EQ(f(config.state_min()), -before);
}

class TanhTables : public testing::TestWithParam<const char*> {};

TEST_P(TanhTables, AreWithinOneUnitMonotoneAndOddForEveryCodeUpToSixteenBits) {
  for (std::int64_t width = 8; width <= 16; ++width) {
    const auto config = instance(GetParam(), width);
    for (const std::int64_t bits : {width - 1, width - 2, width - 3, width - 4, width / 2, std::int64_t{2},
                                    std::int64_t{0}, std::int64_t{-1}, std::int64_t{-5}}) {
      SCOPED_TRACE(testing::Message() << width << " bits, " << bits << " of them fraction");
      const auto table = tanh_table(bits, config, config.table_words);
      ASSERT_LE(table.knots.size(), static_cast<std::size_t>(config.table_words));
      ASSERT_EQ(static_cast<std::int64_t>(table.knots.size()), table.segments + 1);
      ASSERT_LE(table.largest_error, 1.0);
      expect_tanh(table, bits, config);
      if (HasFatalFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Instances, TanhTables, testing::Values("compact", "small", "default"),
                         [](const auto& instance_name) { return std::string(instance_name.param); });

TEST(TanhTables, AreWithinOneUnitOnTheWideInstance) {
  const auto config = load_hardware_config("wide");
  for (const std::int64_t bits : {17, 15, 13})
    expect_tanh(tanh_table(bits, config, config.table_words), bits, config);
}

TEST(TanhTables, InTwoWordsAreExactAtTheirKnots) {
  for (const auto* name : {"small", "default", "wide"}) {
    const auto config = load_hardware_config(name);
    for (const std::int64_t bits : {config.state_width - 1, config.state_width - 3, config.state_width - 6}) {
      SCOPED_TRACE(testing::Message() << name << ", " << bits << " fraction bits");
      const auto tanh = tanh_in_two_words(bits, config, config.table_words);
      const auto words = tanh.high.knots.size() + tanh.low.knots.size();
      ASSERT_LE(words, static_cast<std::size_t>(config.table_words));
      // the finest that has room
      EXPECT_TRUE(tanh.high.segment_shift == 1 ||
                  2 * words > static_cast<std::size_t>(config.table_words) - 2);
      const auto look_up = [&](const FunctionTable& table, std::int64_t code) {
        const TableLookup lookup{table.knots, table.segments, table.segment_shift, config.table_guard_bits};
        return static_cast<double>(apply_function(tanh_function(table), lookup, config, code).value);
      };
      const auto real = real_function("tanh_rest", bits, tanh.low_fraction_bits,
                                      {static_cast<double>(config.state_width - 1)}, "test");
      // a knot is rounded with its guard bits, and then without them
      const double half = 0.5 + std::ldexp(0.5, -static_cast<int>(config.table_guard_bits)) + 1e-9;
      const auto step = std::int64_t{1} << tanh.high.segment_shift;
      for (auto code = -config.state_max() / step * step; code <= config.state_max(); code += step) {
        const double high = std::ldexp(look_up(tanh.high, code), 1 - static_cast<int>(config.state_width));
        const double low = std::ldexp(look_up(tanh.low, code), -static_cast<int>(tanh.low_fraction_bits));
        const double exact = std::tanh(std::ldexp(static_cast<double>(code), -static_cast<int>(bits)));
        // beyond the table: less than the last place that was kept of its last knot
        const bool inside = std::abs(code) <= tanh.high.segments * step;
        ASSERT_NEAR(high + low, exact,
                    inside ? std::ldexp(half, -static_cast<int>(tanh.low_fraction_bits))
                           : std::ldexp(0.5, -static_cast<int>(config.state_width)))
            << code;
        if (inside && code > 0) {
          ASSERT_NEAR(look_up(tanh.low, code), static_cast<double>(real(static_cast<long double>(code))),
                      half);
        }
      }
    }
  }
  EXPECT_THROW(tanh_in_two_words(13, load_hardware_config("default"), 3), Error);
}

TEST(TanhTables, TooSmallAreRefusedWithTheWordsThatWouldDo) {
  const auto config = load_hardware_config("default");
  for (const std::int64_t bits : {15, 12, 8}) {
    for (const std::int64_t words : {2, 20, 40}) {
      try {
        tanh_table(bits, config, words);
        FAIL() << words << " words were enough for " << bits << " fraction bits";
      } catch (const Error& error) {
        const std::string message = error.what();
        std::smatch match;
        ASSERT_TRUE(std::regex_search(message, match, std::regex("needs ([0-9]+) table words"))) << message;
        EXPECT_THAT(message, testing::HasSubstr("raise table_words"));
        const auto needed = std::stoll(match[1]);
        EXPECT_NO_THROW(tanh_table(bits, config, needed));
        EXPECT_THROW(tanh_table(bits, config, needed - 1), Error);
      }
    }
  }
}

/// Largest | |d| - unit | over vectors of length 16 and more.
class NormaliseLengths : public testing::TestWithParam<std::int64_t> {
 protected:
  void include(std::int64_t x, std::int64_t y, std::int64_t z) {
    const auto squares = x * x + y * y + z * z;
    if (squares < 256) return;
    const std::int64_t v[3] = {x, y, z};
    for (const std::int64_t result_shift : {0, 1, 3}) {
      Rounded d[3];
      normalise_vector(v, at, result_shift, config, d);
      const double unit = std::ldexp(1.0, static_cast<int>(config.state_width - 1 - result_shift));
      double length = 0;
      for (const auto& component : d) length += static_cast<double>(component.value * component.value);
      const double error = std::abs(std::sqrt(length) - unit);
      if (error > worst) {
        worst = error;
        where = testing::PrintToString(v) + " with result_shift " + std::to_string(result_shift);
      }
    }
  }
  static HardwareConfig roomy(std::int64_t state_width) {
    auto config = instance("default", state_width);
    config.table_words = 65536;
    return config;
  }

  HardwareConfig config = roomy(GetParam());
  FunctionTable table = reciprocal_root_table(config, config.table_words);
  TableLookup at = lookup(table, config);
  double worst = 0;
  std::string where;
};

TEST_P(NormaliseLengths, AreWithinTwoUnits) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  const auto least = config.state_min();
  const auto most = config.state_max();
  // Short vectors exhaustively, all lengths on a coarse grid and at the extremes, then random ones of every
  // length.
  for (std::int64_t x = -24; x <= 24; ++x)
    for (std::int64_t y = 0; y <= 24; ++y)
      for (std::int64_t z = 0; z <= 24; ++z) include(x, y, z);
  const auto pace = std::int64_t{1} << (config.state_width - 5);
  for (std::int64_t x = least; x <= most; x += pace)
    for (std::int64_t y = least; y <= most; y += pace)
      for (std::int64_t z = least; z <= 0; z += pace) include(x, y, z + 1);
  for (const auto x : {least, least + 1, most, std::int64_t{0}})
    for (const auto y : {least, most, std::int64_t{1}, std::int64_t{0}})
      for (const auto z : {least, most, std::int64_t{-1}, std::int64_t{0}}) include(x, y, z);
  for (std::int64_t x = 16; x <= std::min<std::int64_t>(most, 4096); ++x) include(x, 0, 0);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> code(least, most);
  for (int i = 0; i < 30000; ++i) {
    const auto shift = static_cast<int>(random() % static_cast<std::uint64_t>(config.state_width - 4));
    include(code(random) >> shift, code(random) >> shift, code(random) >> shift);
    // Lengths just above a power of two: mantissas near 1, where the table is steepest.
    const auto power = std::int64_t{1} << (4 + i % (config.state_width - 5));
    include(power, static_cast<std::int64_t>(random() % 8), static_cast<std::int64_t>(random() % 8));
  }
  EXPECT_LE(worst, 2) << where;
  RecordProperty("worst", std::to_string(worst));
}

INSTANTIATE_TEST_SUITE_P(StateWidths, NormaliseLengths, testing::Range<std::int64_t>(8, 25),
                         testing::PrintToStringParamName());

TEST(NormaliseTable, IsWithinOneUnitForEveryCodeUpToSixteenBits) {
  for (std::int64_t width = 8; width <= 16; ++width) {
    auto config = instance("default", width);
    const auto table = reciprocal_root_table(config, config.table_words);
    const auto at = lookup(table, config);
    const auto bits = static_cast<int>(width - 2);
    for (std::int64_t code = 0; code < 3 * (std::int64_t{1} << bits); ++code) {
      // The engine cuts t, so that a code stands for the middle of its interval.
      const double t = 1 + std::ldexp(static_cast<double>(code) + 0.5, -bits);
      const auto value = at(code, config.state_min(), config.state_max()).value;
      ASSERT_LE(
          std::abs(static_cast<double>(value) - std::ldexp(1 / std::sqrt(t), static_cast<int>(width - 1))), 1)
          << width << " bits, code " << code;
    }
  }
}

TEST(NormaliseTable, IsRefusedWhenItDoesNotFit) {
  auto config = load_hardware_config("default");
  EXPECT_THAT([&] { reciprocal_root_table(config, 384); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("needs 385 table words")));
  EXPECT_NO_THROW(reciprocal_root_table(config, 385));
}

TEST(BoundTable, HoldsWhatIsBeyondAndLeavesTheRestExactly) {
  const auto config = load_hardware_config("default");
  const std::int64_t input_bits = 11, output_bits = 13;
  const auto table = bound_table(1.3, input_bits, output_bits, config, 1024);
  const TableLookup lookup{table.knots, table.segments, table.segment_shift, config.table_guard_bits};
  const auto limit = -table.origin;
  EXPECT_NEAR(std::ldexp(static_cast<double>(limit), -static_cast<int>(input_bits)), 1.3, 1.3 / 512);
  for (std::int64_t code = config.state_min(); code <= config.state_max(); ++code) {
    const auto result = apply_function(bound_function(table), lookup, config, code);
    ASSERT_EQ(result.value, std::clamp(code, -limit, limit) * 4) << "code " << code;
    ASSERT_FALSE(result.counted);
  }
  EXPECT_THROW(bound_table(1.3, input_bits, output_bits, config, 2), Error);
}

TEST(BoundTable, IsAsFineAsItsWordsAllow) {
  const auto config = load_hardware_config("default");
  for (std::int64_t words = 3; words <= 600; ++words) {
    const auto table = bound_table(1.3, 11, 13, config, words);
    ASSERT_EQ(std::ssize(table.knots), table.segments + 1);
    ASSERT_LE(std::ssize(table.knots), words);
    // Half the width of a segment makes about twice as many.
    ASSERT_GT(2 * table.segments + 2, std::min<std::int64_t>(words - 1, 512));
  }
}

TEST(SigmoidTable, IsTheFinestThatFitsAndAFitToTheLastWordIsOne) {
  const auto config = load_hardware_config("default");
  const auto words = [&](std::int64_t room) {
    return static_cast<std::int64_t>(sigmoid_table(12, config, room).knots.size());
  };
  for (const std::int64_t room : {1200, 2400, 4800}) {
    const auto taken = words(room);
    EXPECT_GT(2 * taken, room) << "a finer one would fit";
    EXPECT_EQ(words(taken), taken);
    EXPECT_LT(words(taken - 1), taken);
  }
}

}  // namespace function_table_test
}  // namespace stoic
