#include "stoic/sim/golden/batch.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "random_state.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::golden {
namespace batch_test {

/// A program with two inputs, two outputs, a streamed matrix in a loop, a local one, and plenty of
/// saturation.
Image image_for(const HardwareConfig& config, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Image image;
  image.config = config;
  const auto assembly = assemble(R"(
.vector u 13
.vector v 9
.vector x 21
.vector z 21
.constant c 300
LOAD destination=u length=13
LOAD destination=v length=9
MATVEC destination=x source=u rows=21 columns=13 stream=1 result_shift=3
STORE source=x length=21
LOOP count=3
MATVEC destination=z source=x rows=21 columns=21 stream=1 result_shift=4
FUNCTION destination=z source=z length=21 symmetry=1 count_outside=1 segments=16 segment_shift=4 table=3
BUNDLE destination=x length=21 result_shift=7 : + z*[c] - x*[c]<<1
END
MATVEC destination=z source=x rows=5 columns=21 weights=2 biased=1 bias=v result_shift=2
STORE source=z length=5
HALT)",
                                 config, "test");
  image.program = assembly.program;
  image.initial_state = assembly.initial_state;
  const auto weights = [&](std::int64_t beats) {
    return random_codes(static_cast<std::size_t>(beats * config.lanes), -config.weight_max() - 1,
                        config.weight_max(), random);
  };
  const auto input_beats = config.beats(21) * 13;
  const auto loop_beats = config.beats(21) * 21;
  image.stream_weights = weights(input_beats + 2 * loop_beats);
  image.stream_schedule = {{0, input_beats},
                           {input_beats, loop_beats},
                           {input_beats + loop_beats, loop_beats},
                           {input_beats, loop_beats}};
  image.weights = weights(2 + config.beats(5) * 21);
  image.tables = random_codes(20, -(1 << 12), 1 << 12, random);
  image.input_lengths = {13, 9};
  image.output_lengths = {21, 5};
  return image;
}

struct Inputs {
  std::vector<std::int32_t> codes;
  void operator()(std::int64_t sample, std::span<std::int32_t> out) const {
    std::copy_n(codes.begin() + sample * 22, 22, out.begin());
  }
};

class Batches : public testing::TestWithParam<std::int64_t> {};

TEST_P(Batches, EqualOneMachineASample) {
  constexpr std::uint64_t seed = 3;
  constexpr std::int64_t samples = 101;  // two full chunks and a rest
  const auto config = instance(8, GetParam(), 8);
  const auto image = image_for(config, seed);
  std::mt19937_64 random(seed + 1);
  const Inputs inputs{random_codes(22 * samples, config.state_min(), config.state_max(), random)};
  const auto batch = run_batch(image, samples, inputs);
  ASSERT_EQ(batch.outputs_per_sample, 26);
  std::int64_t saturations = 0;
  for (std::int64_t s = 0; s < samples; ++s) {
    Machine machine(config);
    machine.load(image);
    queue_weight_stream(image, machine.weight_stream());
    const auto* codes = inputs.codes.data() + s * 22;
    machine.input() = {{codes, codes + 13}, {codes + 13, codes + 22}};
    machine.start();
    ASSERT_EQ(machine.run(), STOIC_STATUS_CODE_OK);
    auto expected = machine.output()[0];
    expected.insert(expected.end(), machine.output()[1].begin(), machine.output()[1].end());
    const auto* got = batch.outputs.data() + s * 26;
    ASSERT_EQ(std::vector<std::int32_t>(got, got + 26), expected) << "sample " << s << ", seed " << seed;
    EXPECT_EQ(machine.counters().cycles, batch.counters.cycles);
    EXPECT_EQ(machine.counters().mac_cycles, batch.counters.mac_cycles);
    saturations += machine.counters().saturations;
  }
  EXPECT_GT(saturations, 0);
  EXPECT_EQ(batch.counters.saturations, saturations);
}

TEST_P(Batches, DoNotDependOnTheNumberOfThreads) {
  const auto config = instance(8, GetParam(), 8);
  const auto image = image_for(config, 5);
  std::mt19937_64 random(6);
  const Inputs inputs{random_codes(22 * 150, config.state_min(), config.state_max(), random)};
  const auto one = run_batch(image, 150, inputs, {.threads = 1});
  const auto three = run_batch(image, 150, inputs, {.threads = 3});
  EXPECT_EQ(one.outputs, three.outputs);
  EXPECT_EQ(one.counters.saturations_by_slot, three.counters.saturations_by_slot);
}

INSTANTIATE_TEST_SUITE_P(Golden, Batches, testing::Values(10, 12, 16, 18, 24));

/// The sample's number as the first code, counted from the least.
Image function_of_codes(std::int64_t origin, int symmetry) {
  Image image;
  image.config = instance(8, 10, 8);
  image.program = assemble(fmt::format(R"(
.vector x 8
LOAD destination=x length=8
FUNCTION destination=x source=x length=8 symmetry={} count_outside=1 segments=4 segment_shift=6 table=0 origin={}
STORE source=x length=8
HALT)",
                                       symmetry, origin),
                           image.config, "test")
                      .program;
  image.tables = {-4000, 100, 4095, -7, 4090};  // some sums of the last segment saturate
  image.input_lengths = {8};
  image.output_lengths = {8};
  return image;
}

TEST(Batch, CountsTheArgumentsOutsideATableThatOneMachineCounts) {
  // 128 samples of 8 elements are one of each code: the batch looks up what it evaluated once a code.
  int partly = 0;
  for (const int symmetry : {0, 1, 2})
    for (const std::int64_t origin : {-512, -256, -100, 0, 255, 256, 400, 511}) {
      const auto image = function_of_codes(origin, symmetry);
      const auto codes = [&](std::int64_t sample, std::span<std::int32_t> out) {
        for (std::size_t i = 0; i < 8; ++i)
          out[i] = static_cast<std::int32_t>(sample * 8 + std::int64_t(i) + image.config.state_min());
      };
      std::int64_t saturations = 0;
      for (std::int64_t s = 0; s < 128; ++s) {
        Machine machine(image.config);
        machine.load(image);
        machine.input().emplace_back(8);
        codes(s, machine.input().front());
        machine.start();
        ASSERT_EQ(machine.run(), STOIC_STATUS_CODE_OK);
        saturations += machine.counters().saturations;
      }
      EXPECT_EQ(run_batch(image, 128, codes).counters.saturations, saturations)
          << "origin " << origin << ", symmetry " << symmetry;
      partly += saturations > 0 && saturations < 1024;
    }
  EXPECT_GT(partly, 12);
}

TEST(Batch, TellsMatricesOfTheWeightMemoryFromStreamedOnes) {
  // Place in the memory or in the stream, rows and columns: each alone makes another matrix.
  auto image = image_for(instance(8, 16, 8), 5);
  const auto program = assemble(R"(
.vector x 21
.vector z 21
LOAD destination=x length=13
MATVEC destination=z source=x rows=8 columns=8
STORE source=z length=8
MATVEC destination=z source=x rows=8 columns=8 stream=1
STORE source=z length=8
MATVEC destination=z source=x rows=8 columns=4
STORE source=z length=8
MATVEC destination=z source=x rows=16 columns=4
STORE source=z length=16
HALT)",
                                image.config, "test");
  image.program = program.program;
  image.initial_state.clear();
  image.stream_schedule = {{0, 8}};
  image.stream_weights.resize(8 * 8);
  image.input_lengths = {13};
  image.output_lengths = {8, 8, 8, 16};
  const auto input = [](std::int64_t sample, std::span<std::int32_t> codes) {
    for (std::size_t i = 0; i < codes.size(); ++i)
      codes[i] = static_cast<std::int32_t>(sample * 7 + 3) * int(i + 1);
  };
  const auto batch = run_batch(image, 3, input);
  for (std::int64_t s = 0; s < 3; ++s) {
    Machine machine(image.config);
    machine.load(image);
    queue_weight_stream(image, machine.weight_stream());
    machine.input().emplace_back(13);
    input(s, machine.input().front());
    machine.start();
    ASSERT_EQ(machine.run(), STOIC_STATUS_CODE_OK);
    std::vector<std::int32_t> expected;
    for (const auto& packet : machine.output()) expected.insert(expected.end(), packet.begin(), packet.end());
    EXPECT_EQ(std::vector(batch.outputs.begin() + 40 * s, batch.outputs.begin() + 40 * (s + 1)), expected);
  }
}

TEST(Batch, ShowsStatesAfterEachInstruction) {
  const auto image = image_for(instance(8, 16, 8), 5);
  int seen = 0;
  const BatchOptions options{
      .observer = [&](const Step& step, std::int64_t first, std::int64_t samples, const auto& state) {
        if (!std::holds_alternative<Load>(step.instruction) || step.slot != 0) return;
        for (std::int64_t s = 0; s < samples; ++s, ++seen) EXPECT_EQ(state(s, 2), first + s);
      }};
  run_batch(
      image, 60,
      [](std::int64_t sample, std::span<std::int32_t> codes) {
        codes[2] = static_cast<std::int32_t>(sample);
      },
      options);
  EXPECT_EQ(seen, 60);
}

TEST(Batch, RefusesStreamsThatDoNotFitTheProgramAndCodesThatAreNoStates) {
  const auto zeros = [](std::int64_t, std::span<std::int32_t> codes) {
    std::fill(codes.begin(), codes.end(), 0);
  };
  auto image = image_for(instance(8, 16, 8), 5);
  EXPECT_NO_THROW(run_batch(image, 1, zeros));
  EXPECT_THROW(run_batch(image, 1, [](std::int64_t, std::span<std::int32_t> codes) { codes[0] = 32768; }),
               Error);
  image.input_lengths = {13};
  EXPECT_THROW(run_batch(image, 1, zeros), Error);
  image.input_lengths = {13, 9};
  image.stream_schedule.pop_back();
  EXPECT_THROW(run_batch(image, 1, zeros), Error);
}

}  // namespace batch_test
}  // namespace stoic::golden
