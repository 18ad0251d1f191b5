// What stoic export writes, read by the driver: both describe the layout by themselves.
#include <gmock/gmock.h>
#include <zlib.h>

#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/export_firmware.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic_image.h"

namespace stoic {
namespace image_test {

const Image& image() {
  static const auto compiled = [] {
    const auto model = read_model(STOIC_SOURCE_DIR "/models/letters-csto.npz");
    return compile(model, load_data(model.recipe, Split::train), load_hardware_config("default")).image;
  }();
  return compiled;
}

ExportedSamples two_samples() {
  ExportedSamples samples;
  for (std::int32_t i = 0; i < 2 * static_cast<std::int32_t>(image().input_lengths.at(0)); ++i)
    samples.codes.push_back(i);
  samples.labels = {3, 1};
  return samples;
}

/// As a memory holds it: aligned.
std::vector<std::uint32_t> in_memory(const std::string& bytes) {
  std::vector<std::uint32_t> words((bytes.size() + 3) / 4);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(words.data()));
  return words;
}

TEST(ExportedImage, IsWhatTheDriverLoads) {
  const auto file = replay_image(image(), two_samples());
  const auto memory = in_memory(file);
  stoic_model model;
  ASSERT_EQ(stoic_model_from_image(&model, memory.data(), file.size()), STOIC_OK);
  EXPECT_EQ(stoic_model_crc(&model), model.crc);
  EXPECT_EQ(model.config_hash, config_hash(image().config));
  EXPECT_EQ(model.classes, image().output_lengths.back());
  EXPECT_EQ(model.cycles, golden::schedule(image().program, image().config).cycles);
  ASSERT_EQ(model.program_halves, 2 * image().program.size());
  for (std::size_t w = 0; w < image().program.size(); ++w)
    EXPECT_EQ(model.program[2 * w] | std::uint64_t{model.program[2 * w + 1]} << 32, image().program[w]);
  ASSERT_EQ(model.weight_count, image().weights.size());
  for (std::size_t w = 0; w < image().weights.size(); ++w)
    ASSERT_EQ(static_cast<std::int8_t>(model.weights[w]), image().weights[w]) << w;
  ASSERT_EQ(model.table_count, image().tables.size());
  EXPECT_TRUE(std::equal(image().tables.begin(), image().tables.end(), model.tables));
  ASSERT_EQ(model.matrix_count, image().stream_schedule.size());
  EXPECT_EQ(model.input_count, image().input_lengths.size());
}

TEST(ExportedImage, CarriesItsSamplesBehindIt) {
  const auto file = replay_image(image(), two_samples());
  const auto memory = in_memory(file);
  const auto* head = reinterpret_cast<const stoic_image_header*>(memory.data());
  const auto behind =
      (head->bytes + STOIC_IMAGE_ALIGNMENT - 1) / STOIC_IMAGE_ALIGNMENT * STOIC_IMAGE_ALIGNMENT;
  const auto* place = reinterpret_cast<const std::uint8_t*>(memory.data()) + behind;
  const stoic_samples_header* samples = nullptr;
  ASSERT_EQ(stoic_samples_from_image(&samples, place, file.size() - behind), STOIC_OK);
  EXPECT_EQ(samples->count, 2u);
  EXPECT_EQ(samples->sample_bytes, head->input_bytes);
  EXPECT_EQ(place[samples->labels], 3);
  EXPECT_EQ(place[samples->labels + 1], 1);
  EXPECT_EQ(place[samples->data + 2], 1);  // code 1, the second element
  EXPECT_EQ(place[samples->data + samples->sample_bytes],
            image().input_lengths[0]);  // the second sample begins
}

TEST(ExportedImage, IsRefusedWhenAnyByteOfItIsWrongOrMissing) {
  auto file = replay_image(image(), two_samples());
  stoic_model model;
  auto memory = in_memory(file);
  const auto bytes = reinterpret_cast<const stoic_image_header*>(memory.data())->bytes;
  auto* raw = reinterpret_cast<std::uint8_t*>(memory.data());
  for (std::uint32_t at = 0; at < bytes; at += at < 160 ? 1 : 97) {
    raw[at] ^= 0x10;
    EXPECT_EQ(stoic_model_from_image(&model, memory.data(), file.size()), STOIC_CORRUPT_MODEL) << at;
    raw[at] ^= 0x10;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{20}, std::size_t{bytes} - 1})
    EXPECT_EQ(stoic_model_from_image(&model, memory.data(), size), STOIC_CORRUPT_MODEL) << size;
}

TEST(ExportedImage, NeedsAnOutput) {
  auto silent = image();
  silent.output_lengths.clear();
  EXPECT_THROW(replay_image(silent, {}), Error);
}

TEST(Crc, IsThatOfZlib) {
  const std::string text = "123456789";
  EXPECT_EQ(stoic_crc32(0, text.data(), text.size()), 0xcbf43926u);
  EXPECT_EQ(stoic_crc32(stoic_crc32(0, text.data(), 4), text.data() + 4, 5), 0xcbf43926u);
  EXPECT_EQ(stoic_crc32(0, "", 0), crc32(0, nullptr, 0));
}

}  // namespace image_test
}  // namespace stoic
