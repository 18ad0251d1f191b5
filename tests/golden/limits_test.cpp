// Golden at its edges: sums as wide as each way of multiplying holds, lists that are one too long, codes at
// their ends.
#include <gmock/gmock.h>

#include "random_state.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/golden/batch.hpp"
#include "stoic/sim/golden/machine.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::golden {
namespace limits_test {

using testing::HasSubstr;

/// Columns of -2^(width-1) each, and one product of 1 * 1, which a sum that was rounded has lost.
void expect_exact(std::int64_t state_width, std::int64_t weight_width, std::int64_t columns) {
  auto config = instance(4, state_width, weight_width);
  config.accumulator_width = 64;
  const auto size = static_cast<std::size_t>(columns + 1);
  std::vector<std::int32_t> weights(4 * size, static_cast<std::int32_t>(-config.weight_max() - 1));
  for (std::size_t lane = 0; lane < 4; ++lane) weights[4 * (size - 1) + lane] = lane % 2 == 0 ? 1 : -1;
  std::vector<std::int32_t> states(size + 1, static_cast<std::int32_t>(config.state_min()));
  states[size - 1] = 1;
  states[size] = 77;  // belongs to no column
  const WeightMatrix matrix(weights, 4, columns + 1, config);
  std::vector<std::int64_t> sums(4);
  matrix.multiply(states.data(), columns + 2, 1, sums.data());
  const auto large = columns << (state_width + weight_width - 2);
  EXPECT_EQ(sums, (std::vector<std::int64_t>{large + 1, large - 1, large + 1, large - 1}))
      << columns << " columns";
}

TEST(WeightMatrices, AreExactWhereSumsLeaveThirtyTwoAndFiftyThreeBits) {
  for (const std::int64_t columns : {1, 2, 3, 4}) expect_exact(16, 16, columns);  // 2^30 each
  for (const std::int64_t columns : {127, 128, 129, 255, 256, 257})
    expect_exact(16, 9, columns);  // 2^23 each
  for (const std::int64_t columns : {8191, 8192, 8193, 16383, 16384, 16385})
    expect_exact(24, 18, columns);  // 2^40 each
}

struct Streams {
  std::vector<std::int64_t> inputs{3, 5}, outputs{3, 2};
  std::vector<StreamedMatrix> schedule{{0, 3}};
};

std::string message_of(const Streams& streams, std::int32_t code = 0) {
  Image image;
  image.config = instance(4, 10, 8);
  image.program = assemble(R"(
.vector a 3
.vector b 5
.vector c 3
LOAD destination=a length=3
LOAD destination=b length=5
MATVEC destination=c source=a rows=3 columns=3 stream=1
STORE source=c length=3
STORE source=b length=2
HALT)",
                           image.config, "test")
                      .program;
  image.stream_weights.assign(4 * 8, 1);
  image.input_lengths = streams.inputs;
  image.output_lengths = streams.outputs;
  image.stream_schedule = streams.schedule;
  try {
    run_batch(image, 1, [&](std::int64_t, std::span<std::int32_t> codes) {
      std::fill(codes.begin(), codes.end(), 0);
      codes.back() = code;
    });
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(BatchLists, AreAsLongAsTheProgramMovesVectors) {
  EXPECT_EQ(message_of({}), "accepted");
  for (const auto& [inputs, what] : {std::pair<std::vector<std::int64_t>, const char*>{{3}, "LOAD number 1"},
                                     {{3, 4}, "LOAD number 1"},
                                     {{2, 5}, "LOAD number 0"},
                                     {{}, "LOAD number 0"},
                                     {{3, 5, 1}, "more stream vectors"}})
    EXPECT_THAT(message_of({.inputs = inputs}), HasSubstr(what));
  for (const auto& [outputs, what] :
       {std::pair<std::vector<std::int64_t>, const char*>{{3}, "STORE number 1"},
        {{3, 3}, "STORE number 1"},
        {{3, 2, 1}, "more stream vectors"}})
    EXPECT_THAT(message_of({.outputs = outputs}), HasSubstr(what));
  EXPECT_THAT(message_of({.schedule = {}}), HasSubstr("streamed matrix number 0"));
  EXPECT_THAT(message_of({.schedule = {{0, 4}}}), HasSubstr("streamed matrix number 0"));
  EXPECT_THAT(message_of({.schedule = {{0, 3}, {3, 3}}}), HasSubstr("more stream vectors"));
  EXPECT_EQ(message_of({.schedule = {{5, 3}}}), "accepted");
}

TEST(BatchInputs, AreStates) {
  EXPECT_EQ(message_of({}, 511), "accepted");
  EXPECT_EQ(message_of({}, -512), "accepted");
  EXPECT_THAT(message_of({}, 512), HasSubstr("512 is no state of 10 bits"));
  EXPECT_THAT(message_of({}, -513), HasSubstr("-513 is no state of 10 bits"));
}

/// Four elements saturate in word 2 of the second sample, three in word 4 of all.
Image saturating() {
  Image image;
  image.config = instance(4, 10, 8);
  const auto assembly = assemble(R"(
.vector a 4
.vector b 4
.constant big 511
.constant one 1
LOAD destination=a length=4
BUNDLE destination=b length=4 : + a*[one] + a*[one]
BUNDLE destination=b length=3 : + [big]*[big]
STORE source=b length=4
HALT)",
                                 image.config, "test");
  image.program = assembly.program;
  image.initial_state = assembly.initial_state;
  image.input_lengths = image.output_lengths = {4};
  return image;
}

TEST(BatchCounters, AreThoseOfTheSamplesTogether) {
  const auto image = saturating();
  const auto fill = [](std::int64_t sample, std::span<std::int32_t> codes) {
    std::fill(codes.begin(), codes.end(), sample == 1 ? 256 : 255);
  };
  for (const std::int64_t samples : {1, 2, 50}) {
    const auto counters = run_batch(image, samples, fill).counters;
    EXPECT_EQ(counters.saturations_by_slot[1], samples > 1 ? 4 : 0);
    EXPECT_EQ(counters.saturations_by_slot[3], 3 * samples);
    EXPECT_EQ(counters.saturations, 3 * samples + (samples > 1 ? 4 : 0));
    EXPECT_EQ(counters.first_saturated, samples > 1 ? 1 : 3);
    EXPECT_EQ(counters.overflows, 0);
    EXPECT_EQ(counters.first_overflowed, -1);
  }
}

TEST(Overflows, AreToldByTheFirstInstructionThatHasThem) {
  // Words 0 and 4 saturate, words 2 and 6 wrap: 2 * 2^30 << 9 is 2^40.
  auto config = instance(4, 16, 8);
  config.accumulator_width = 40;
  const auto wraps = "BUNDLE destination=x length=4 : + [least]*[least]<<9 + [least]*[least]<<9\n";
  const auto saturates = "BUNDLE destination=x length=4 : + [least]*[least]\n";
  const auto assembly = assemble(std::string(".vector x 4\n.constant least -32768\n") + saturates + wraps +
                                     saturates + wraps + "STORE source=x length=4\nHALT",
                                 config, "test");
  Image image;
  image.config = config;
  image.program = assembly.program;
  image.initial_state = assembly.initial_state;
  image.output_lengths = {4};
  const auto batch = run_batch(image, 2, [](std::int64_t, std::span<std::int32_t>) {});
  Machine machine(config);
  machine.load(image);
  machine.start(0, 2);
  EXPECT_EQ(machine.run(), STOIC_STATUS_CODE_OK);
  const auto first_wrap = words(stoic::Instruction(Bundle{.terms = 1}));
  for (const auto* counters : {&batch.counters, &machine.counters()}) {
    EXPECT_EQ(counters->overflows, 2 * 2 * 4);
    EXPECT_EQ(counters->first_overflowed, first_wrap);
    EXPECT_EQ(counters->first_saturated, 0);
  }
}

TEST(MachineSamples, AreAtLeastOne) {
  Machine machine(load_hardware_config("compact"));
  const auto program = assemble("HALT", machine.config(), "test").program;
  std::copy(program.begin(), program.end(), machine.program().begin());
  for (const std::int64_t samples : {0, 1, 2, 3}) {
    machine.start(0, samples);
    EXPECT_EQ(machine.run(), STOIC_STATUS_CODE_OK);
    EXPECT_EQ(machine.samples_done(), std::max<std::int64_t>(samples, 1));
    const auto one = STOIC_FETCH_CYCLES + 1 + STOIC_CONTROL_CYCLES;
    EXPECT_EQ(machine.counters().cycles, 2 * STOIC_START_CYCLES + machine.samples_done() * one);
  }
}

TEST(MachineRuns, EndAfterAsManyInstructionsAsTheyMay) {
  Machine machine(load_hardware_config("compact"));
  const auto program = assemble("LOOP count=5\nEND\nHALT", machine.config(), "test").program;
  std::copy(program.begin(), program.end(), machine.program().begin());
  machine.start();
  EXPECT_EQ(machine.run(7), STOIC_STATUS_CODE_OK);  // LOOP, 5 times END, HALT
  machine.start();
  EXPECT_EQ(machine.run(6), STOIC_STATUS_CODE_CYCLE_LIMIT);
}

}  // namespace limits_test
}  // namespace stoic::golden
