#include "stoic/host/compare/local_error.hpp"

#include <fmt/format.h>

#include <random>

#include "program_run.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/function_table.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace local_error_test {

constexpr std::uint64_t seed = 1;

/// x = round(3 * 5 / 2): a tie, 8 instead of 7.5.
constexpr const char* tie =
    ".vector x 4\n.constant three 3\n.constant five 5\nBUNDLE destination=x length=4 result_shift=1 : + "
    "[three]*[five]\n"
    "HALT";

TEST(LocalErrors, OfATieIsExactlyHalfAUnit) {
  ProgramRun run("compact", tie);
  const auto errors = local_errors(run.machine, {});
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].mnemonic, "BUNDLE");
  EXPECT_EQ(errors[0].slot, 0);
  EXPECT_EQ(errors[0].elements, 4);
  EXPECT_EQ(errors[0].largest, 0.5);
  EXPECT_TRUE(errors[0].within_bound());
}

TEST(LocalErrors, SeeAResultThatIsOneUnitOff) {
  ProgramRun run("compact", tie);
  const auto& config = run.machine.config();
  const auto step = golden::decode_step(run.machine.program(), 0, config);
  const std::vector<std::int32_t> before(run.machine.state().begin(), run.machine.state().end());
  auto after = before;
  after[2] = 9;
  const auto error = local_error(step, {.state_before = before, .state_after = after}, config);
  EXPECT_EQ(error.largest, 7.5);  // the zeros
  std::fill_n(after.begin(), 4, 8);
  after[2] = 9;
  EXPECT_EQ(local_error(step, {.state_before = before, .state_after = after}, config).largest, 1.5);
  EXPECT_FALSE(local_error(step, {.state_before = before, .state_after = after}, config).within_bound());
}

TEST(LocalErrors, KeepTheirBoundsOnRandomOperandsAndCountTheSaturationsOfTheMachine) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  ProgramRun run(
      "small",
      ".vector u 37\n.vector v 37\n.vector w 37\n.vector out 37\n.vector bias 37\n"
      "LOAD destination=u length=37\n"
      "LOOP count=2\n"
      "MATVEC destination=v source=u bias=bias biased=1 bias_shift=3 rows=37 columns=37 result_shift=8\n"
      "MATVEC destination=w source=v rows=37 columns=37 result_shift=9 stream=1\n"
      "END\n"
      "BUNDLE destination=v length=37 result_shift=9 : + w*u - u*u<<1 + w*[bias]\n"
      "ROTATE destination=w source=v length=37 amount=5\n"
      "COPY destination=out+3 source=w+1 length=33\n"
      "STORE source=out length=37\nHALT");
  auto& machine = run.machine;
  const auto& config = machine.config();
  std::mt19937_64 random(seed);
  const auto codes = [&](std::int64_t count, std::int64_t most) {
    std::uniform_int_distribution<std::int32_t> any(static_cast<std::int32_t>(-most - 1),
                                                    static_cast<std::int32_t>(most));
    std::vector<std::int32_t> result(static_cast<std::size_t>(count));
    for (auto& code : result) code = any(random);
    return result;
  };
  const auto beats = config.beats(37) * 37;
  const auto weights = codes(beats * config.lanes, config.weight_max());
  std::copy(weights.begin(), weights.end(), machine.weights().begin());
  run.set("bias", codes(37, config.state_max()));
  machine.input().push_back(codes(37, config.state_max()));
  for (int i = 0; i < 2; ++i)
    machine.weight_stream().push_back(codes(beats * config.lanes, config.weight_max()));
  const auto errors = local_errors(machine, {});
  ASSERT_EQ(errors.size(), 7u);
  for (const auto& error : errors) {
    EXPECT_TRUE(error.within_bound()) << error.mnemonic << ": " << error.largest;
    EXPECT_EQ(error.saturated, machine.counters().saturations_by_slot[static_cast<std::size_t>(error.slot)])
        << error.mnemonic;
  }
  EXPECT_EQ(errors[1].elements, 2 * 37);
  EXPECT_GT(errors[1].saturated, 0);
  EXPECT_LT(errors[1].saturated, 2 * 37);
  EXPECT_GT(errors[1].largest, 0.4);
  EXPECT_EQ(errors[0].largest + errors[4].largest + errors[5].largest + errors[6].largest, 0);
}

TEST(LocalErrors, OfNormaliseAreTwoUnitsOfLengthAndZeroBecomesEz) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  constexpr int n = 200;
  constexpr int unit_bits = 14;
  ProgramRun run("default",
                 fmt::format(".vector v {0}\n.vector vy {0}\n.vector vz {0}\n"
                             ".vector d {0}\n.vector dy {0}\n.vector dz {0}\n"
                             "NORMALISE destination=d source=v length={0} result_shift=1 segments=384 "
                             "segment_shift=7\nHALT",
                             n));
  const auto table = reciprocal_root_table(run.machine.config(), run.machine.config().table_words);
  ASSERT_EQ(table.segments, 384);
  ASSERT_EQ(table.segment_shift, 7);
  std::copy(table.knots.begin(), table.knots.end(), run.machine.tables().begin());
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::uniform_int_distribution<int> magnitude(4, 13);
  std::vector<std::int32_t> v[3];
  for (int i = 0; i < n; ++i) {
    const double scale = i % 20 == 0 ? 0 : std::ldexp(1.0, magnitude(random));
    for (auto& component : v)
      component.push_back(
          static_cast<std::int32_t>(std::clamp(std::lround(scale * normal(random)), -32768L, 32767L)));
  }
  run.set("v", v[0]);
  run.set("vy", v[1]);
  run.set("vz", v[2]);
  run.run();
  EXPECT_EQ(run.machine.counters().cycles, ClosedForm::start_and_halt + ClosedForm::normalise(n));
  const auto x = run.reals("d", n, unit_bits);
  const auto y = run.reals("dy", n, unit_bits);
  const auto z = run.reals("dz", n, unit_bits);
  for (int i = 0; i < n; ++i)
    if (i % 20 == 0) {
      EXPECT_EQ(std::tuple(x[static_cast<std::size_t>(i)], y[static_cast<std::size_t>(i)],
                           z[static_cast<std::size_t>(i)]),
                std::tuple(0, 0, 1));
    }
}

TEST(LocalErrors, NeedTheRealFunctionOfEveryFunction) {
  ProgramRun run("compact", ".vector x 4\nFUNCTION destination=x source=x length=4 segments=1\nHALT");
  EXPECT_THROW(local_errors(run.machine, {}), Error);
  EXPECT_THROW(real_function("sinh", 1, 1, {}, "image"), Error);
  Image image;
  image.metadata = R"({"functions": [{"slot": 0, "name": "tanh", "input_fraction_bits": 3}]})";
  EXPECT_THROW(real_functions(image), Error);
  image.metadata =
      R"({"functions": [{"slot": 7, "name": "tanh", "input_fraction_bits": 3, "output_fraction_bits": 15}]})";
  EXPECT_NEAR(static_cast<double>(real_functions(image).at(7)(8)), 32768 * std::tanh(1.0), 1e-9);
}

TEST(LocalErrors, NameTheFaultThatStopsARun) {
  ProgramRun run("compact", "LOAD length=4\nHALT");
  EXPECT_THROW(local_errors(run.machine, {}), Error);
}

}  // namespace local_error_test
}  // namespace stoic
