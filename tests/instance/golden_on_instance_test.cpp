// The golden model on the instance that is to be tested: its text, images for it, and batches against one
// machine a sample, on random programs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "../cosim/bodies.hpp"
#include "../cosim/draw.hpp"
#include "../cosim/needs.hpp"
#include "../cosim/random_instructions.hpp"
#include "stoic/sim/golden/batch.hpp"

namespace stoic::cosim {
namespace golden_on_instance_test {

enum Purpose : std::uint64_t { choose_image = 31, choose_input = 32 };

class GoldenOnInstance : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto lack = lacking_memory(config); !lack.empty()) GTEST_SKIP() << lack;
  }
  const HardwareConfig config = configs_for("systemc", 0, 1).front();
};

/// A program of random instructions, as an image: memories that hold what it reads, and its streams.
Image random_image(const HardwareConfig& config, std::uint64_t seed) {
  Draw draw(seed, choose_image, 0);
  const Window weights{0, std::min<std::int64_t>(config.weight_words, 4096 / config.lanes)};
  const Window tables{0, std::min<std::int64_t>(config.table_words, 512)};
  const Window states{0, std::min<std::int64_t>(config.state_words_per_lane, 4096 / config.lanes)};
  InstructionDraw instructions(config, draw, weights, tables, states);
  Image image;
  image.config = config;
  for (auto left = config.program_words - 1; left > 0 && image.program.size() < 60;) {
    const auto instruction = instructions.valid(600, left);
    if (!instruction) break;
    const auto encoded = encode(*instruction);
    image.program.insert(image.program.end(), encoded.begin(), encoded.end());
    left -= static_cast<std::int64_t>(encoded.size());
    if (const auto* load = std::get_if<Load>(&*instruction)) image.input_lengths.push_back(load->length);
    if (const auto* store = std::get_if<Store>(&*instruction)) image.output_lengths.push_back(store->length);
    if (const auto* matvec = std::get_if<Matvec>(&*instruction); matvec != nullptr && matvec->stream != 0) {
      const auto beats = config.beats(matvec->rows) * matvec->columns;
      const auto codes = draw.codes(beats * config.lanes, config.weight_width, config.lanes);
      image.stream_schedule.push_back(
          {static_cast<std::int64_t>(image.stream_weights.size()) / config.lanes, beats});
      image.stream_weights.insert(image.stream_weights.end(), codes.begin(), codes.end());
    }
  }
  for (const auto word : encode(Halt{})) image.program.push_back(word);
  image.weights = draw.codes(weights.count * config.lanes, config.weight_width, config.lanes);
  image.tables = draw.codes(tables.count, config.state_width + config.table_guard_bits, 4);
  image.initial_state = {{0, draw.codes(states.count * config.lanes, config.state_width, config.lanes)}};
  return image;
}

std::int64_t sum(const std::vector<std::int64_t>& lengths) {
  std::int64_t total = 0;
  for (const auto length : lengths) total += length;
  return total;
}

/// The outputs of one sample, on a machine of its own.
std::vector<std::int32_t> outputs_alone(golden::Machine& machine, const Image& image,
                                        std::span<const std::int32_t> codes) {
  std::fill(machine.state().begin(), machine.state().end(), 0);
  machine.load(image);
  machine.output().clear();
  golden::queue_weight_stream(image, machine.weight_stream());
  for (const auto length : image.input_lengths) {
    machine.input().emplace_back(codes.begin(), codes.begin() + length);
    codes = codes.subspan(static_cast<std::size_t>(length));
  }
  machine.start();
  EXPECT_EQ(machine.run(), STOIC_STATUS_CODE_OK);
  std::vector<std::int32_t> all;
  for (const auto& vector : machine.output()) all.insert(all.end(), vector.begin(), vector.end());
  return all;
}

TEST_F(GoldenOnInstance, ItsTextReadsBackAsItself) {
  const auto text = hardware_config_text(config);
  EXPECT_EQ(parse_hardware_config(text, "test"), config);
  EXPECT_EQ(config_hash(parse_hardware_config(text, "test")), config_hash(config));
}

TEST_F(GoldenOnInstance, ImagesReadBackAsThemselves) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto image = random_image(config, seed);
    EXPECT_EQ(parse_image(write_image(image), "test"), image) << "seed " << seed;
  }
}

TEST_F(GoldenOnInstance, BatchesEqualOneMachineASample) {
  constexpr std::int64_t samples = 7;
  const char* wanted = std::getenv("STOIC_INSTRUCTIONS");
  const std::int64_t least = wanted != nullptr ? std::strtoll(wanted, nullptr, 10) : 8000;
  golden::Machine machine(config);
  std::int64_t instructions = 0;
  for (std::uint64_t seed = 1; instructions < least; ++seed) {
    const auto image = random_image(config, seed);
    const auto inputs = sum(image.input_lengths), outputs = sum(image.output_lengths);
    const auto codes = Draw(seed, choose_input, 0).codes(samples * inputs, config.state_width, 1);
    const auto input = [&](std::int64_t sample, std::span<std::int32_t> out) {
      std::copy_n(codes.begin() + sample * inputs, inputs, out.begin());
    };
    const auto batch = golden::run_batch(image, samples, input);
    const auto schedule = golden::schedule(image.program, config);
    std::int64_t saturations = 0;
    for (std::int64_t s = 0; s < samples; ++s) {
      const auto alone = outputs_alone(
          machine, image,
          std::span(codes).subspan(static_cast<std::size_t>(s * inputs), static_cast<std::size_t>(inputs)));
      const auto* got = batch.outputs.data() + s * outputs;
      ASSERT_EQ(std::vector<std::int32_t>(got, got + outputs), alone) << "sample " << s << ", seed " << seed;
      ASSERT_EQ(machine.counters().cycles, schedule.cycles) << "seed " << seed;
      saturations += machine.counters().saturations;
    }
    ASSERT_EQ(batch.counters.saturations, saturations) << "seed " << seed;
    ASSERT_EQ(batch.counters.cycles, schedule.cycles) << "seed " << seed;
    instructions += samples * static_cast<std::int64_t>(schedule.order.size());
  }
}

}  // namespace golden_on_instance_test
}  // namespace stoic::cosim
