// What stoic export writes, number by number, and what the driver's checks of it see.
#include "stoic/host/compiler/export.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "../temporary_folder.hpp"
#include "recording_bus.hpp"
#include "stoic/host/compiler/export_firmware.hpp"
#include "stoic/host/compiler/export_folder.hpp"
#include "stoic/host/compiler/listing.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic_image.h"

namespace stoic_driver {
namespace export_test {

using stoic::exported_firmware;
using stoic::Image;
using testing::ElementsAre;
using testing::HasSubstr;

/// A state that lives on from sample to sample, and one that is written before it is read.
Image image_with(const std::string& program) {
  Image image;
  image.config = stoic::load_hardware_config("compact");
  auto assembly = stoic::assemble(program, image.config, "test");
  image.program = std::move(assembly.program);
  image.initial_state = std::move(assembly.initial_state);
  image.input_lengths = {4, 6};
  image.output_lengths = {4, 3};
  image.stream_schedule = {{0, 2}, {2, 1}};
  for (std::int32_t i = 0; i < 3 * 4; ++i) image.stream_weights.push_back(i - 6);
  image.weights = {1, -1, 127, -128};
  image.tables = {-5, 1 << 18};
  image.vectors = {{"x", 0, 4, 0}, {"sum", 3, 3, -2}};
  return image;
}
const char* const carries = R"(
.vector x 4
.vector u 6
.vector sum 3
.constant one 1
.constant five 5
LOAD destination=x length=4
LOAD destination=u length=6
BUNDLE destination=sum length=3 : + sum*[one] + x*[one]
BUNDLE destination=five length=3 : + five*[one] + x*[one]
STORE source=x length=4
STORE source=sum length=3
HALT)";
const char* const forgets = R"(
.vector x 4
.vector u 6
.vector sum 3
.constant one 1
LOAD destination=x length=4
LOAD destination=u length=6
BUNDLE destination=sum length=3 : + x*[one]
STORE source=x length=4
STORE source=sum length=3
HALT)";

std::string file_of(const std::vector<stoic::NamedFile>& files, const std::string& name) {
  for (const auto& file : files)
    if (file.name == name) return file.bytes;
  return "";
}

/// As a memory holds it: aligned.
std::vector<std::uint32_t> in_memory(const std::string& bytes) {
  std::vector<std::uint32_t> words((bytes.size() + 3) / 4);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(words.data()));
  return words;
}

struct Exported : testing::Test {
  std::vector<std::uint32_t> memory;
  std::size_t bytes = 0;
  stoic_model model{};
  void load(const Image& image) {
    const auto file = file_of(exported_firmware(image, {}), "model.bin");
    bytes = file.size();
    memory = in_memory(file);
    ASSERT_EQ(stoic_model_from_image(&model, memory.data(), bytes), STOIC_OK);
    ASSERT_EQ(stoic_model_crc(&model), model.crc);
  }
  std::vector<std::uint32_t> vectors(const stoic_vector* first, std::uint32_t count) {
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < count; ++i)
      numbers.insert(numbers.end(), {first[i].offset, first[i].bytes});
    return numbers;
  }
  std::vector<std::uint32_t> blocks(const stoic_state_block* first, std::uint32_t count) {
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < count; ++i)
      numbers.insert(numbers.end(), {first[i].entry, first[i].count, first[i].offset});
    return numbers;
  }
};

TEST_F(Exported, ANetworkWithStatesThatASampleLeavesBehindRunsOneSampleAStart) {
  load(image_with(carries));
  EXPECT_EQ(model.samples_per_start_max, 1);
  const auto files = exported_firmware(image_with(carries), {});
  EXPECT_THAT(file_of(files, "model.c"), HasSubstr("/* samples_per_start_max */ 1,"));
  // sum in word 3, five in word 5 without its last lane: both begin anew before every START.
  EXPECT_EQ(blocks(model.restored, model.restored_count), (std::vector<std::uint32_t>{12, 3, 8, 20, 3, 11}));
  RecordingBus bus;
  stoic_device device{};
  bus.registers[engine + STOIC_REG_CONFIG_HASH] = model.config_hash;
  ASSERT_EQ(stoic_init(&device, &bus.port, engine, dma, false), STOIC_OK);
  ASSERT_EQ(stoic_load(&device, &model), STOIC_OK);
  bus.take_writes();
  EXPECT_EQ(stoic_run(&device, memory.data(), memory.data(), 2, 0), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_run(&device, memory.data(), memory.data(), 1, 0), STOIC_OK);
  auto writes = bus.take_writes();
  writes.resize(10);
  EXPECT_THAT(writes, ElementsAre("MEM_SELECT=0x3", "MEM_ADDRESS=0xc", "MEM_DATA=0x0", "MEM_DATA=0x0",
                                  "MEM_DATA=0x0", "MEM_SELECT=0x3", "MEM_ADDRESS=0x14", "MEM_DATA=0x5",
                                  "MEM_DATA=0x5", "MEM_DATA=0x5"));
}

TEST_F(Exported, ANetworkWithoutThemTakesAnyNumber) {
  load(image_with(forgets));
  EXPECT_EQ(model.samples_per_start_max, 0);
  EXPECT_EQ(model.restored_count, 0u);
  EXPECT_THAT(file_of(exported_firmware(image_with(forgets), {}), "model.c"),
              HasSubstr("/* samples_per_start_max */ 0,"));
}

TEST_F(Exported, ModelHasTheNumbersOfItsImage) {
  const auto image = image_with(carries);
  load(image);
  const auto& config = image.config;
  EXPECT_EQ(model.config_hash, config_hash(config));
  EXPECT_EQ(model.lanes, 4);
  EXPECT_EQ(model.state_bits, config.state_width);
  EXPECT_EQ(model.weight_bits, config.weight_width);
  EXPECT_EQ(model.classes, 3) << "elements of the last output";
  EXPECT_EQ(model.output_fraction_bits, -2) << "binary point of the last output";
  EXPECT_LE(model.state_count, config.state_words_per_lane * config.lanes);
  EXPECT_EQ(model.cycles, stoic::golden::schedule(image.program, config).cycles);
  // Words of two bytes, four in a beat: a vector of six takes two beats.
  EXPECT_EQ(vectors(model.inputs, model.input_count), (std::vector<std::uint32_t>{0, 8, 8, 16}));
  EXPECT_EQ(model.input_bytes, 24u);
  EXPECT_EQ(vectors(model.outputs, model.output_count), (std::vector<std::uint32_t>{0, 8, 8, 8}));
  EXPECT_EQ(model.output_bytes, 16u);
  // Weights of one byte.
  EXPECT_EQ(vectors(model.matrices, model.matrix_count), (std::vector<std::uint32_t>{0, 8, 8, 4}));
  EXPECT_EQ(model.stream_weight_bytes, 12u);
  for (std::uint32_t i = 0; i < 12; ++i)
    EXPECT_EQ(static_cast<std::int8_t>(model.stream_weights[i]), static_cast<int>(i) - 6);
  EXPECT_EQ(blocks(model.state_blocks, model.state_block_count),
            (std::vector<std::uint32_t>{16, 4, 0, 20, 4, 4}));
  EXPECT_EQ(model.states_stored, 14u);
  EXPECT_EQ(model.states[2 * 4] | model.states[2 * 4 + 1] << 8, 5);
  EXPECT_EQ(static_cast<std::int8_t>(model.weights[3]), -128);
  EXPECT_EQ(model.tables[0], -5);
  EXPECT_EQ(model.tables[1], 1 << 18);
}

TEST_F(Exported, ArraysInCAreThoseOfTheBinary) {
  const auto image = image_with(carries);
  load(image);
  const auto text = file_of(exported_firmware(image, {}), "model.c");
  for (const auto& line :
       {std::string("weights[] ALIGNED = {\n  1, 255, 127, 128,};"),
        std::string("tables[] ALIGNED = {\n  -5, 262144,};"),
        std::string("stoic_state_block model_restored[] ALIGNED = {\n  {12u, 3u, 8u}, {20u, 3u, 11u},};"),
        std::string("stoic_vector model_matrices[] ALIGNED = {\n  {0u, 8u}, {8u, 4u},};"),
        std::string("/* output_fraction_bits */ -2,"), std::string("/* states_stored */ 14u,"),
        std::string("/* stream_weight_bytes */ 12u,"), std::string("/* input_bytes */ 24u,"),
        fmt::format("/* crc */ 0x{:08x}u", model.crc), fmt::format("/* cycles */ {}u", model.cycles),
        fmt::format("program[] ALIGNED = {{\n  0x{:08x}u, 0x{:08x}u,", model.program[0], model.program[1])})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST_F(Exported, ImageIsRefusedWhereItIsShorterThanItSaysOrOfAnotherKind) {
  load(image_with(carries));
  EXPECT_EQ(bytes, memory[2]);
  for (const auto& section : reinterpret_cast<const stoic_image_header*>(memory.data())->sections)
    EXPECT_EQ(section.offset % STOIC_IMAGE_ALIGNMENT, 0u);
  EXPECT_EQ(stoic_model_from_image(&model, memory.data(), bytes + 1000), STOIC_OK);
  EXPECT_EQ(stoic_model_from_image(&model, memory.data(), bytes - 1), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(stoic_model_from_image(nullptr, memory.data(), bytes), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_model_from_image(&model, nullptr, bytes), STOIC_BAD_ARGUMENT);
  const stoic_samples_header* samples = nullptr;
  EXPECT_EQ(stoic_samples_from_image(&samples, memory.data(), bytes), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(stoic_samples_from_image(nullptr, memory.data(), bytes), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(stoic_samples_from_image(&samples, nullptr, bytes), STOIC_BAD_ARGUMENT);
  // The CRC of a shorter image may be right by itself.
  const auto with_size = [&](std::uint32_t size) {
    auto changed = memory;
    changed[2] = size;
    changed[3] = size < 16 ? 0 : stoic_crc32(0, changed.data() + 4, size - 16);
    return stoic_model_from_image(&model, changed.data(), bytes);
  };
  EXPECT_EQ(with_size(memory[2] - STOIC_IMAGE_ALIGNMENT), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(with_size(sizeof(stoic_image_header)), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(with_size(sizeof(stoic_image_header) - 1), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(with_size(15), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(with_size(0), STOIC_CORRUPT_MODEL);
  ++memory[1];
  EXPECT_EQ(stoic_model_from_image(&model, memory.data(), bytes), STOIC_CORRUPT_MODEL) << "another layout";
}

TEST(ExportedManifest, SaysWhatTheImageIs) {
  auto image = image_with(carries);
  image.slots = {{0, "the input"}, {3, "the sum"}};
  const auto json = nlohmann::json::parse(stoic::export_manifest(image, {"a.hex", "driver/b.c"}));
  EXPECT_EQ(json["hw"], nlohmann::json::parse(hardware_config_text(image.config)));
  EXPECT_EQ(json["config_hash"], fmt::format("{:08x}", config_hash(image.config)));
  EXPECT_EQ(json["input_lengths"], (std::vector{4, 6}));
  EXPECT_EQ(json["output_lengths"], (std::vector{4, 3}));
  EXPECT_EQ(json["stream_schedule"],
            nlohmann::json::parse(R"([{"first_beat": 0, "beats": 2}, {"first_beat": 2, "beats": 1}])"));
  EXPECT_EQ(json["vectors"][1],
            nlohmann::json::parse(R"({"name": "sum", "word": 3, "length": 3, "fraction_bits": -2})"));
  EXPECT_EQ(json["vectors"].size(), 2u);
  EXPECT_EQ(json["slots"],
            nlohmann::json::parse(R"([{"slot": 0, "text": "the input"}, {"slot": 3, "text": "the sum"}])"));
  EXPECT_EQ(json["files"], (std::vector<std::string>{"a.hex", "driver/b.c"}));
}

TEST(ExportedManifest, NamesNothingOutsideItsFolder) {
  const stoic::TemporaryFolder folder;
  const auto precious = folder / "precious.txt";
  const auto inside = folder / "export";
  stoic::write_bytes(precious, "kept");
  std::filesystem::create_directories(inside / "driver");
  const std::vector<std::string> hostile{
      "../precious.txt", precious.string(), "driver/../../precious.txt", "..", ".", "", "a/b.c",
      "driver/",         "driver/.."};
  auto named = hostile;
  named.insert(named.end(), {"old.hex", "driver/old.c"});
  auto image = image_with(carries);
  stoic::write_bytes(inside / "manifest.json", stoic::export_manifest(image, named));
  const auto files = stoic::export_files(inside);
  EXPECT_THAT(files, testing::IsSupersetOf({"old.hex", "driver/old.c"}));
  for (const auto& name : hostile) EXPECT_THAT(files, testing::Not(testing::Contains(name)));
  stoic::write_bytes(inside / "old.hex", "");
  stoic::write_export(inside, image, {});
  EXPECT_FALSE(std::filesystem::exists(inside / "old.hex"));
  EXPECT_EQ(stoic::read_bytes(precious), "kept");
}

TEST(ExportedSamples, LieInWholeBeatsOneBehindTheOther) {
  const auto image = image_with(carries);
  stoic::ExportedSamples samples;
  for (std::int32_t i = 0; i < 20; ++i) samples.codes.push_back(i - 10);
  samples.labels = {2, 0};
  const auto file = file_of(exported_firmware(image, samples), "samples.bin");
  const auto memory = in_memory(file);
  const stoic_samples_header* header = nullptr;
  ASSERT_EQ(stoic_samples_from_image(&header, memory.data(), file.size()), STOIC_OK);
  EXPECT_EQ(header->count, 2u);
  EXPECT_EQ(header->sample_bytes, 24u);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(memory.data());
  EXPECT_EQ(bytes[header->labels], 2);
  EXPECT_EQ(bytes[header->labels + 1], 0);
  // Vectors of 4 and 6 codes of two bytes; the second is filled up to 8.
  const std::int32_t codes[] = {-10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 0,
                                0,   1,  2,  3,  4,  5,  6,  7,  8,  9,  0, 0};
  for (std::size_t i = 0; i < std::size(codes); ++i) {
    const auto* at = bytes + header->data + 2 * i;
    EXPECT_EQ(static_cast<std::int16_t>(at[0] | at[1] << 8), codes[i]) << i;
  }
  EXPECT_THAT(
      file_of(exported_firmware(image, samples), "model.h"),
      testing::AllOf(HasSubstr("#define MODEL_SAMPLES 2u"), HasSubstr("#define MODEL_INPUT_BYTES 24u"),
                     HasSubstr("#define MODEL_OUTPUT_BYTES 16u"), HasSubstr("#define MODEL_CLASSES 3u"),
                     HasSubstr("value = code * 2^--2")));
}

TEST(Listing, CountsWhatTheImageHolds) {
  const auto image = image_with(carries);
  const auto text = stoic::listing(image);
  const auto cycles = stoic::golden::schedule(image.program, image.config).cycles;
  EXPECT_THAT(
      text, HasSubstr(fmt::format("program {} of 256 words, weights 1 of 32768 beats, tables 2 of 512 words, "
                                  "3 streamed beats a sample",
                                  image.program.size())));
  EXPECT_THAT(text, HasSubstr("    3 - 3     sum                       3 elements,  -2 fraction bits"));
  EXPECT_THAT(text, HasSubstr(fmt::format("{} cycles from START to DONE, 4 of them products", cycles)));
}

TEST(ExportedMemories, AreHexadecimalWordsWithLaneZeroLowest) {
  auto image = image_with(carries);
  image.weights = {1, -1, 127, -128, 2, 3, 4, 5};
  const auto files = stoic::exported_memories(image);
  EXPECT_EQ(file_of(files, "weights.hex"), "807fff01\n05040302\n");
  EXPECT_EQ(file_of(files, "stream_weights.hex"), "fdfcfbfa\n0100fffe\n05040302\n");
  // Tables have table_guard_bits more than states, here 16 + 4.
  const auto width = image.config.state_width + image.config.table_guard_bits;
  EXPECT_EQ(file_of(files, "tables.hex"),
            fmt::format("{:0{}x}\n{:0{}x}\n", (1u << width) - 5, (width + 3) / 4, 1 << 18, (width + 3) / 4));
  EXPECT_EQ(file_of(files, "state.hex"), "@4\n0001000100010001\n@5\n0005000500050005\n");
  EXPECT_EQ(file_of(files, "program.hex").substr(0, 17), fmt::format("{:016x}\n", image.program[0]));
}

TEST(ExportedBench, IsTheBeatsOfTheStreamsAndWhatGoldenAnswers) {
  auto image = image_with(carries);
  image.stream_schedule.clear();
  image.stream_weights.clear();
  const auto files = stoic::exported_bench(image, {1, -1, 3, 4, 5, 6, 7, 8, 9, 10,  //
                                                   2, 2,  2, 2, 0, 0, 0, 0, 0, -1});
  // TLAST, then lane 3 to lane 0; the last beat of a vector is filled up with zeros.
  EXPECT_EQ(file_of(files, "inputs.hex"),
            "100040003ffff0001\n00008000700060005\n100000000000a0009\n"
            "10002000200020002\n00000000000000000\n100000000ffff0000\n");
  EXPECT_EQ(file_of(files, "outputs.hex"),
            "100040003ffff0001\n100000003ffff0001\n"
            "10002000200020002\n10000000200020002\n")
      << "each sample begins with the initial state";
  EXPECT_EQ(file_of(files, "stream_schedule.hex"), "");
  EXPECT_TRUE(stoic::exported_bench(image, {}).empty());
}

TEST(ModelCrc, SeesEveryNumberAndEveryArray) {
  const SmallModel whole;
  std::set<std::uint32_t> seen{whole.model.crc};
  const auto differs = [&](auto change) {
    SmallModel changed;
    change(changed);
    return seen.insert(stoic_model_crc(&changed.model)).second;
  };
  int number = 0;
  const auto expect_seen = [&](auto change) { EXPECT_TRUE(differs(change)) << "change " << number++; };
  expect_seen([](auto& m) { m.model.config_hash ^= 0x01000000; });
  expect_seen([](auto& m) { m.model.lanes ^= 0x0100; });
  expect_seen([](auto& m) { m.model.state_bits -= 1; });
  expect_seen([](auto& m) { m.model.weight_bits -= 1; });
  expect_seen([](auto& m) { m.model.classes += 1; });
  expect_seen([](auto& m) { m.model.output_fraction_bits = -1; });
  expect_seen([](auto& m) { m.model.samples_per_start_max = 1; });
  expect_seen([](auto& m) { m.model.state_count += 0x10000; });
  expect_seen([](auto& m) { m.model.input_bytes += 4; });
  expect_seen([](auto& m) { m.model.output_bytes += 4; });
  expect_seen([](auto& m) { m.model.cycles += 1; });
  expect_seen([](auto& m) { m.program[1] ^= 0x80000000; });
  expect_seen([](auto& m) { m.weights[2] ^= 1; });
  expect_seen([](auto& m) { m.tables[0] ^= 1; });
  expect_seen([](auto& m) { m.states[3] ^= 1; });
  expect_seen([](auto& m) { m.blocks[0].offset ^= 1; });
  expect_seen([](auto& m) { m.restored[0].count ^= 1; });
  expect_seen([](auto& m) { m.stream[3] ^= 1; });
  expect_seen([](auto& m) { m.matrices[0].bytes ^= 1; });
  expect_seen([](auto& m) { m.vectors[0].offset ^= 1; });
}

TEST(ModelCrc, SeesAllBytesOfWordsOfAnyWidth) {
  for (const int bits : {1, 7, 8, 9, 10, 12, 15, 16, 17, 20, 24, 25, 32}) {
    std::vector<std::uint8_t> states(static_cast<std::size_t>((bits + 7) / 8 * 3)), weights = states;
    SmallModel small;
    small.model.state_bits = small.model.weight_bits = static_cast<std::uint16_t>(bits);
    small.model.states = states.data();
    small.model.states_stored = 3;
    small.model.weights = weights.data();
    small.model.weight_count = 3;
    std::set<std::uint32_t> seen{stoic_model_crc(&small.model)};
    for (auto* bytes : {&states, &weights})
      for (auto& byte : *bytes) {
        byte ^= 1;
        EXPECT_TRUE(seen.insert(stoic_model_crc(&small.model)).second)
            << bits << " bits, byte " << &byte - bytes->data();
        byte ^= 1;
      }
  }
}

}  // namespace export_test
}  // namespace stoic_driver
