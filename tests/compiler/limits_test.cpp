// Every proof and every memory at its exact edge: the last value that fits is taken, the next one is refused.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "stoic/host/compiler/does_not_fit.hpp"
#include "stoic/host/compiler/network_builder.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace limits_test {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

HardwareConfig instance(std::int64_t accumulator_width, std::int64_t state_width = 16) {
  auto config = load_hardware_config("default");
  config.name = "edge";
  config.lanes = 4;
  config.accumulator_width = accumulator_width;
  config.state_width = state_width;
  return config;
}

std::int64_t power(std::int64_t exponent) { return std::int64_t{1} << exponent; }

/// The first instruction of a kind in the image of a builder.
template <class T>
T first_of(NetworkBuilder& builder) {
  builder.program.emit(Halt{}, "done");
  const auto image = builder.program.finish("{}");
  for (const auto& step : golden::schedule(image.program, image.config).steps)
    if (const auto* found = std::get_if<T>(&step.instruction)) return *found;
  throw std::out_of_range("no such instruction");
}

/// Emits a BUNDLE of terms with these largest |left|, |right| and fraction bits.
struct Term {
  std::int64_t left, right, fraction_bits;
};
Bundle bundle(std::int64_t accumulator_width, const std::vector<Term>& terms, std::int64_t result_bits = 0) {
  NetworkBuilder builder(instance(accumulator_width));
  const auto word = builder.program.vector("d", 4, 0), a = builder.program.vector("a", 4, 0);
  std::vector<Summand> sum;
  for (const auto& t : terms) sum.push_back({false, {a, false, t.left}, {a, true, t.right}, t.fraction_bits});
  builder.bundle(word, 4, sum, result_bits, "the sum");
  return first_of<Bundle>(builder);
}

TEST(SumOfABundle, MayReachTheLargestOfTheAccumulatorAndNoMore) {
  for (std::int64_t width = 24; width <= 64; ++width) {
    // One bit more does, as long as there is one.
    const auto remedy = width < 64 ? fmt::format("raise accumulator_width to {}", width + 1)
                                   : std::string("make the network smaller");
    const auto refused = ThrowsMessage<Error>(
        AllOf(HasSubstr("edge"), HasSubstr("the sum"), HasSubstr("beyond"), HasSubstr(remedy)));
    for (const std::int64_t align : {0, 1, 7, 31}) {
      const auto low = std::max<std::int64_t>(width - 1 - 15 - align, 1), high = width - 1 - low - align;
      if (high < 1) continue;
      SCOPED_TRACE(fmt::format("{} bits, align {}", width, align));
      // (2^high - 1) 2^(low + align) + 2^(low + align) - 1 = 2^(width - 1) - 1
      const Term upper{power(high) - 1, power(low), 0}, lower{power(low + align) - 1, 1, align};
      EXPECT_NO_THROW(bundle(width, {upper, lower}));
      EXPECT_NO_THROW(bundle(width, {lower, upper}));
      EXPECT_THAT([&] { bundle(width, {upper, {power(low + align), 1, align}}); }, refused);
      EXPECT_THAT([&] { bundle(width, {upper, lower, {1, 1, align}}); }, refused);
      EXPECT_THAT([&] { bundle(width, {{1, 1, align}, lower, upper}); }, refused);
      EXPECT_THAT([&] { bundle(width, {{power(high), power(low), 0}, {1, 1, align}}); }, refused);
    }
  }
}

TEST(SumOfABundle, CountsAStateOfAnySizeAsTheMostNegativeOne) {
  for (const std::int64_t width : {8, 12, 16, 24}) {
    const auto emit = [&](std::int64_t accumulator_width, std::size_t terms) {
      NetworkBuilder builder(instance(accumulator_width, width));
      const auto word = builder.program.vector("d", 4, 0);
      builder.bundle(word, 4, std::vector<Summand>(terms, {false, {word}, {word}, 0}), 0, "the sum");
    };
    // (2^(width-1))² each
    EXPECT_NO_THROW(emit(2 * width, 1)) << width;
    EXPECT_THROW(emit(2 * width - 1, 1), Error) << width;
    EXPECT_NO_THROW(emit(2 * width + 1, 3)) << width;
    EXPECT_THROW(emit(2 * width + 1, 4), Error) << width;
  }
}

TEST(SumOfABundle, CountsAConstantAsItsSizeWhateverItsSign) {
  const auto emit = [&](std::int64_t accumulator_width, std::int32_t code) {
    NetworkBuilder builder(instance(accumulator_width));
    const auto word = builder.program.vector("d", 4, 0);
    builder.bundle(word, 4, {{false, {word}, builder.constant("c", code, 0), 0}}, 0, "the sum");
  };
  for (const int sign : {1, -1}) {
    EXPECT_NO_THROW(emit(18, 3 * sign));  // 3 * 2^15 < 2^17
    EXPECT_THROW(emit(18, 4 * sign), Error);
    EXPECT_NO_THROW(emit(19, 4 * sign));
  }
  EXPECT_NO_THROW(emit(17, 0));  // as 1
  EXPECT_THROW(emit(16, 0), Error);
}

TEST(SumOfABundle, IsAlignedToItsFinestTermByAtMostThirtyOneBits) {
  const auto aligned = bundle(64, {{1, 1, 5}, {1, 1, 36}, {1, 1, 20}}, 30);
  EXPECT_EQ(aligned.term[0].align, 31);
  EXPECT_EQ(aligned.term[1].align, 0);
  EXPECT_EQ(aligned.term[2].align, 16);
  EXPECT_EQ(aligned.result_shift, 6);
  EXPECT_THAT(
      [] {
        bundle(64, {{1, 1, 5}, {1, 1, 37}});
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("5 fraction bits"), HasSubstr("another 37"))));
}

TEST(SumOfABundle, ThatIsFarBelowTheResultIsShiftedBySixtyThreeBits) {
  EXPECT_EQ(bundle(64, {{1, 1, 63}}).result_shift, 63);
  EXPECT_EQ(bundle(64, {{1, 1, 64}}).result_shift, 63);
  EXPECT_EQ(bundle(64, {{power(40), power(22) - 1, 90}}).result_shift, 63);
  // 2^62 >> 63 is 1 when it is rounded, which a shift by more would not give.
  EXPECT_THROW(bundle(64, {{power(40), power(22), 90}}), Error);
}

/// Binds a MATVEC of three rows, of which the second may reach sum + |bias|.
struct Row {
  Eigen::RowVectorXi codes;
  std::int64_t source_magnitude;
  double bias = 0;  ///< in units of the products
};
Matvec matvec(std::int64_t accumulator_width, const Row& row, std::int64_t result_bits = 0) {
  NetworkBuilder builder(instance(accumulator_width));
  QuantisedMatrix weights{Eigen::MatrixXi::Zero(3, row.codes.size()), 3};
  weights.codes.row(1) = row.codes;
  Eigen::VectorXd bias = Eigen::VectorXd::Zero(3);
  bias(1) = std::ldexp(row.bias, -3 - 7);
  Matvec result{.destination = builder.program.vector("y", 3, 0),
                .source = builder.program.vector("x", row.codes.size(), 7),
                .rows = 3,
                .columns = row.codes.size()};
  builder.bind(result, {"W", weights, 7, row.source_magnitude, result_bits}, bias);
  return result;
}

TEST(SumOfARow, MayReachTheLargestOfTheAccumulatorAndNoMore) {
  const auto refused = ThrowsMessage<Error>(
      AllOf(HasSubstr("edge"), HasSubstr("row 1 of W"), HasSubstr("raise accumulator_width")));
  for (std::int64_t width = 24; width <= 52; ++width) {
    SCOPED_TRACE(width);
    // Σ|w| (2^15) + bias = (2^(width - 16) - 1) 2^15 + 2^15 - 1 = 2^(width - 1) - 1
    const auto sum = power(std::min<std::int64_t>(width - 16, 30)) - 1;
    Eigen::RowVectorXi codes(3);
    codes << static_cast<int>(-(sum / 2)), static_cast<int>(sum - sum / 2), 0;
    const auto magnitude = power(width - 1) / (sum + 1);
    const auto rest = std::min<std::int64_t>(magnitude, power(15)) - 1;
    const Row fits{codes, magnitude, static_cast<double>(rest)};
    Row negative = fits, beyond = fits, heavier = fits;
    negative.bias = -negative.bias;
    beyond.bias = static_cast<double>(magnitude);
    heavier.codes(2) = -1;
    EXPECT_NO_THROW(matvec(width, fits));
    EXPECT_NO_THROW(matvec(width, negative));
    EXPECT_THAT([&] { matvec(width, beyond); }, refused);
    EXPECT_THAT([&] { matvec(width, {codes, magnitude, -static_cast<double>(magnitude)}); }, refused);
    EXPECT_THAT([&] { matvec(width, heavier); }, refused);
  }
}

TEST(SumOfARow, IsExactInTheWidestAccumulators) {
  for (std::int64_t width = 54; width <= 64; ++width) {
    SCOPED_TRACE(width);
    const auto high = width - 32;
    Eigen::RowVectorXi codes(1);
    codes << static_cast<int>(power(high - 1));
    // 2^(high - 1) * 2^(width - high) = 2^(width - 1), one more than there is
    EXPECT_THROW(matvec(width, {codes, power(width - high)}), Error);
    EXPECT_NO_THROW(matvec(width, {codes, power(width - high) - 1}));
    // What is left then is 2^(high - 1) - 1.
    const auto last = power(high - 1) - 1;
    EXPECT_NO_THROW(
        matvec(width, {codes, power(width - high) - 1, static_cast<double>(std::min(last, power(15) - 1))}));
  }
}

TEST(SumOfARow, CountsTheBiasWhereItIsShifted) {
  Eigen::RowVectorXi codes(1);
  for (const std::int64_t shift : {1, 10, 15}) {
    const auto bias = (power(15) - 1) << shift;
    codes << static_cast<int>(power(31) - 1 - bias);
    EXPECT_EQ(matvec(32, {codes, 1, static_cast<double>(bias)}).bias_shift, shift);
    codes(0) += 1;
    EXPECT_THROW(matvec(32, {codes, 1, static_cast<double>(bias)}), Error);
  }
}

TEST(ShiftOfAProduct, GoesFromSixtyFourLeftToSixtyThreeRight) {
  const Row row{Eigen::RowVectorXi::Ones(1), 1};
  EXPECT_EQ(matvec(32, row, 10 + 64).result_shift, -64);
  EXPECT_EQ(matvec(32, row, 10 - 63).result_shift, 63);
  const auto refused = ThrowsMessage<Error>(HasSubstr("-64 to 63"));
  EXPECT_THAT([&] { matvec(32, row, 10 + 65); }, refused);
  EXPECT_THAT([&] { matvec(32, row, 10 - 64); }, refused);
}

TEST(Bias, HasTheFinestFormatThatHoldsItAndIsNoFinerThanTheProducts) {
  for (const std::int64_t width : {8, 12, 16, 24})
    for (const double largest : {1.0, 0.75, 0.50001, 0.4999, 3e-3, 100.0, 1e7}) {
      SCOPED_TRACE(fmt::format("{} bits, {}", width, largest));
      NetworkBuilder builder(instance(64, width));
      const QuantisedMatrix weights{Eigen::MatrixXi::Ones(2, 1), 9};
      const Eigen::Vector2d values(-largest, largest / 3);
      const auto y = builder.program.vector("y", 2, 0), x = builder.program.vector("x", 1, 6);
      Matvec product{.destination = y, .source = x, .rows = 2, .columns = 1};
      builder.bind(product, {"W", weights, 6, 1, 0}, values);
      ASSERT_EQ(product.biased, 1);
      builder.program.emit(Halt{}, "done");
      const auto image = builder.program.finish("{}");
      ASSERT_EQ(image.initial_state.size(), 1u);
      EXPECT_EQ(image.initial_state[0].word, product.bias);
      const auto bits = image.vectors.back().fraction_bits;
      EXPECT_EQ(product.bias_shift, 15 - bits);
      const auto codes = image.initial_state[0].values;
      for (Eigen::Index i = 0; i < 2; ++i)
        EXPECT_EQ(codes[static_cast<std::size_t>(i)],
                  std::floor(std::ldexp(values(i), static_cast<int>(bits)) + 0.5));
      const double most = std::ldexp(1.0, static_cast<int>(width - 1)) - 1;
      EXPECT_LE(std::round(std::ldexp(largest, static_cast<int>(bits))), most);
      EXPECT_TRUE(bits == 15 || std::round(std::ldexp(largest, static_cast<int>(bits + 1))) > most);
      EXPECT_LE(bits, 15);
    }
}

TEST(Bias, ThatIsZeroCostsNoVector) {
  NetworkBuilder builder(instance(40));
  const QuantisedMatrix weights{Eigen::MatrixXi::Ones(2, 1), 9};
  Matvec product{.rows = 2, .columns = 1};
  builder.bind(product, {"W", weights, 6, 1, 0}, Eigen::VectorXd::Zero(2));
  EXPECT_EQ(product.biased, 0);
  EXPECT_EQ(builder.program.state_words_used(), 0);
  builder.bind(product, {"W", weights, 6, 1, 0}, Eigen::VectorXd::Constant(2, 1e-30));
  EXPECT_EQ(product.biased, 1);
}

TEST(WeightMemory, HoldsAMatrixThatFillsItToTheLastWord) {
  auto config = instance(40);
  const QuantisedMatrix first{Eigen::MatrixXi::Ones(5, 3), 0}, second{Eigen::MatrixXi::Constant(4, 7, 2), 0};
  // 2 beats of rows by 3 columns, then 1 by 7
  for (const std::int64_t words : {5, 6, 7, 12, 13, 14}) {
    SCOPED_TRACE(words);
    config.weight_words = words;
    ProgramBuilder builder(config);
    const auto a = builder.matrix(first), b = builder.matrix(second);
    EXPECT_EQ(a.streamed, words < 6);
    EXPECT_EQ(a.beat, 0);
    EXPECT_EQ(b.streamed, words < 13);
    EXPECT_EQ(b.beat, a.streamed != b.streamed ? 0 : 6);
  }
  config.weight_words = 6;
  ProgramBuilder builder(config);
  EXPECT_TRUE(builder.matrix(second).streamed);
  EXPECT_FALSE(builder.matrix(first).streamed) << "a later matrix may fit where an earlier one did not";
}

TEST(StateMemory, HoldsVectorsThatFillItToTheLastWord) {
  auto config = instance(40);
  config.state_words_per_lane = 5;
  ProgramBuilder fits(config);
  EXPECT_EQ(fits.vector("a", 9, 0), 0);     // 3 words
  EXPECT_EQ(fits.vector("b", 1, 0, 8), 3);  // 1 element, 2 words set aside
  EXPECT_EQ(fits.state_words_used(), 5);
  ProgramBuilder one_more(config);
  one_more.vector("a", 9, 0);
  EXPECT_THAT([&] { one_more.vector("b", 9, 0); },
              ThrowsMessage<Error>(AllOf(HasSubstr("vector b"), HasSubstr("needs 6 state_words_per_lane"),
                                         HasSubstr("has 5"), HasSubstr("raise state_words_per_lane"))));
  ProgramBuilder reserved(config);
  reserved.vector("a", 9, 0);
  EXPECT_THROW(reserved.vector("b", 1, 0, 9), Error);
}

TEST(ProgramMemory, HoldsInstructionsThatFillItToTheLastWord) {
  auto config = instance(40);
  config.program_words = Copy::words + Matvec::words + Halt::words;
  const auto emit = [&] {
    ProgramBuilder builder(config);
    EXPECT_EQ(builder.emit(Copy{.destination = 8, .length = 1}, "copy"), 0);
    EXPECT_EQ(builder.emit(Matvec{.destination = 2, .source = 1, .rows = 1, .columns = 1}, "matvec"),
              Copy::words);
    EXPECT_EQ(builder.emit(Halt{}, "done"), Copy::words + Matvec::words);
  };
  EXPECT_NO_THROW(emit());
  --config.program_words;
  EXPECT_THAT([&] { emit(); }, ThrowsMessage<Error>(HasSubstr("raise program_words")));
}

TEST(NumbersOfAnInstance, MayBeRaisedToTheirLargest) {
  const auto config = load_hardware_config("default");
  for (const char* key :
       {"accumulator_width", "state_words_per_lane", "program_words", "table_words", "table_guard_bits"}) {
    const auto most = largest_of(key);
    EXPECT_THAT([&] { refuse_to_fit(config, "it", key, most); },
                ThrowsMessage<DoesNotFit>(HasSubstr(fmt::format("raise {} to {}", key, most))));
    EXPECT_THAT([&] { refuse_to_fit(config, "it", key, most + 1); },
                ThrowsMessage<Error>(HasSubstr("does not do either")));
  }
}

TEST(TableMemory, HandsOutWhatIsLeft) {
  auto config = instance(40);
  config.table_words = 10;
  ProgramBuilder builder(config);
  FunctionTable table{.knots = {1, 2, 3}, .segments = 2};
  EXPECT_EQ(builder.free_table_words(), 10);
  EXPECT_EQ(builder.table(table), 0);
  EXPECT_EQ(builder.table(table), 3);
  EXPECT_EQ(builder.free_table_words(), 4);
}

TEST(Format, HasRoomForAQuarterMoreThanWasSeen) {
  NetworkBuilder builder(instance(40));
  // 1.25 m must round to a code of at most 32767.
  EXPECT_EQ(builder.format("v", {-26213.9, 3}), 0);
  EXPECT_EQ(builder.format("v", {-26214.1, 3}), -1);
  EXPECT_EQ(builder.format("v", {-3, 26213.9}), 0);
  EXPECT_EQ(builder.format("v", {-3, 26214.1}), -1);
  EXPECT_EQ(builder.result.formats.back().most, 26214.1);
  EXPECT_EQ(builder.result.formats.back().fraction_bits, -1);
  const auto noisy = with_noise({-1, 2}, 2);
  EXPECT_EQ(noisy.least, -10);
  EXPECT_EQ(noisy.most, 11);
}

TEST(Factor, IsAsFineAsItsSizeAllowsAndItsResultCanUse) {
  NetworkBuilder builder(instance(40));
  // By its size: 0.9 has 15 bits; by the result: 8 guard bits beyond it when the other factor fills its
  // state.
  EXPECT_EQ(builder.factor_bits(0.9, 10, 10), 15);
  EXPECT_EQ(builder.factor_bits(1e-6, 10, 10), 10 + 8 + 16 - 10);
  EXPECT_EQ(builder.factor_bits(1e-6, 10, 14), 14 + 8 + 16 - 10);
  EXPECT_EQ(builder.factor_bits(1e-6, 12, 10), 10 + 8 + 16 - 12);
  EXPECT_EQ(builder.factor_bits(0, 12, 10), 10 + 8 + 16 - 12);
  EXPECT_EQ(builder.factor_format("f", {-0.9, 0.1}, 10, 10), 14);  // with a quarter more, 1.125
}

TEST(Weights, AreNoFinerThanTheAccumulatorCanHoldTheirResult) {
  NetworkBuilder builder(instance(40));
  const Eigen::MatrixXd tiny = Eigen::MatrixXd::Constant(2, 2, 1e-12),
                        moments = Eigen::MatrixXd::Identity(2, 2);
  const auto fine = builder.weights("W", tiny, moments, {7, 12});
  EXPECT_EQ(fine.fraction_bits, 12 - 7 + 40 - 16);  // the result shifted left by 24 bits fills 40
  const auto coarse = builder.weights("W", 1e12 * tiny, moments, {7, 12});
  EXPECT_EQ(coarse.fraction_bits, 6);
  EXPECT_THAT(builder.result.matrices, testing::SizeIs(2));
  EXPECT_EQ(builder.result.matrices[0].fraction_bits, fine.fraction_bits);
}

}  // namespace limits_test
}  // namespace stoic
