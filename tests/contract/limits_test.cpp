// What an instance, an image and a program text may hold: the last that fits is taken, the next one is
// refused.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace limits_test {

using testing::HasSubstr;

/// What is said against it, or "accepted".
template <class F>
std::string message(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

std::string message_of(const HardwareConfig& config) {
  return message([&] { parse_hardware_config(hardware_config_text(config), "mine.json"); });
}

struct Key {
  const char* name;
  std::int64_t HardwareConfig::*member;
  std::int64_t least, most;
};
const Key keys[] = {
    {"state_width", &HardwareConfig::state_width, STOIC_STATE_WIDTH_MIN, STOIC_STATE_WIDTH_MAX},
    {"weight_width", &HardwareConfig::weight_width, STOIC_WEIGHT_WIDTH_MIN, STOIC_WEIGHT_WIDTH_MAX},
    {"state_words_per_lane", &HardwareConfig::state_words_per_lane, 1, STOIC_STATE_WORDS_MAX},
    {"weight_words", &HardwareConfig::weight_words, 1, STOIC_WEIGHT_WORDS_MAX},
    {"program_words", &HardwareConfig::program_words, 1, STOIC_PROGRAM_WORDS_MAX},
    {"table_words", &HardwareConfig::table_words, 2, STOIC_TABLE_WORDS_MAX},
    {"table_guard_bits", &HardwareConfig::table_guard_bits, 0, STOIC_TABLE_GUARD_BITS_MAX},
    {"loop_depth", &HardwareConfig::loop_depth, 1, STOIC_LOOP_DEPTH_MAX},
    {"input_buffer_beats", &HardwareConfig::input_buffer_beats, 1, STOIC_INPUT_BUFFER_BEATS_MAX}};

HardwareConfig roomy() {
  auto config = load_hardware_config("compact");
  config.accumulator_width = 64;
  return config;
}

TEST(InstanceLimits, AreIncludedAndNothingBeyond) {
  for (const auto& key : keys) {
    auto config = roomy();
    for (const auto value : {key.least, key.most}) {
      config.*key.member = value;
      EXPECT_EQ(message_of(config), "accepted") << key.name << " " << value;
    }
    for (const auto value : {key.least - 1, key.most + 1}) {
      config.*key.member = value;
      EXPECT_THAT(message_of(config),
                  HasSubstr(fmt::format("from {} to {}, not {}", key.least, key.most, value)))
          << key.name;
    }
  }
}

TEST(InstanceLimits, OfLanesAndFunctionUnitsArePowersOfTwo) {
  auto config = roomy();
  for (std::int64_t lanes = 1; lanes <= 129; ++lanes) {
    config.lanes = lanes;
    config.weight_words = 100;
    config.function_units = 1;
    const bool power = lanes == 2 || lanes == 4 || lanes == 8 || lanes == 16 || lanes == 32 || lanes == 64;
    EXPECT_EQ(message_of(config) == "accepted", power) << lanes;
  }
  config.lanes = 16;
  for (std::int64_t units = 0; units <= 33; ++units) {
    config.function_units = units;
    const bool power = units == 1 || units == 2 || units == 4 || units == 8 || units == 16;
    EXPECT_EQ(message_of(config) == "accepted", power) << units;
  }
}

TEST(InstanceLimits, OfTheAccumulatorHoldThreeSquares) {
  for (const std::int64_t width : {8, 15, 24}) {
    auto config = roomy();
    config.state_width = width;
    config.accumulator_width = 2 * width + 1;
    EXPECT_EQ(message_of(config), "accepted");
    --config.accumulator_width;
    EXPECT_THAT(message_of(config), HasSubstr(fmt::format("raise it to {}", 2 * width + 1)));
  }
  auto config = roomy();
  config.accumulator_width = 65;
  EXPECT_NE(message_of(config), "accepted");
}

TEST(InstanceLimits, OfAllWeightsAreAGigabyte) {
  auto config = roomy();
  config.lanes = 64;
  config.weight_words = 1 << 22;
  EXPECT_EQ(message_of(config), "accepted");
  ++config.weight_words;
  EXPECT_THAT(message_of(config), HasSubstr("at most 4194304 with 64 lanes"));
}

TEST(InstanceLimits, OfItsTextsAreIncluded) {
  auto config = roomy();
  config.name = std::string(100, 'x');
  config.target = std::string(200, 'y');
  EXPECT_EQ(message_of(config), "accepted");
  config.name += 'x';
  EXPECT_NE(message_of(config), "accepted");
  config.name.pop_back();
  config.target += 'y';
  EXPECT_NE(message_of(config), "accepted");
}

TEST(InstanceHash, SeesEveryNumber) {
  const auto config = roomy();
  std::set<std::uint32_t> hashes{config_hash(config)};
  auto changed = config;
  for (const auto& key : keys) {
    changed = config;
    changed.*key.member += 1;
    EXPECT_TRUE(hashes.insert(config_hash(changed)).second) << key.name;
  }
  for (const auto member :
       {&HardwareConfig::lanes, &HardwareConfig::accumulator_width, &HardwareConfig::function_units}) {
    changed = config;
    changed.*member += 1;
    EXPECT_TRUE(hashes.insert(config_hash(changed)).second);
  }
}

Image image_of(const HardwareConfig& config) {
  Image image;
  image.config = config;
  return image;
}
std::string message_of(const Image& image) {
  return message([&] { EXPECT_EQ(parse_image(write_image(image), "m.img"), image); });
}

TEST(ImageLimits, AreTheMemoriesOfTheInstance) {
  const auto config = load_hardware_config("compact");
  const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  auto image = image_of(config);
  image.program.assign(size(config.program_words), 1);
  image.weights.assign(size(config.weight_words * config.lanes), -1);
  image.tables.assign(size(config.table_words), 7);
  image.initial_state = {{0, std::vector<std::int32_t>(size(config.state_words_per_lane * config.lanes), 1)},
                         {config.state_words_per_lane - 1, {1, 2, 3, 4}},
                         {config.state_words_per_lane, {}}};
  EXPECT_EQ(message_of(image), "accepted");
  auto beyond = image;
  beyond.program.push_back(0);
  EXPECT_THAT(message_of(beyond), HasSubstr("program words: 257 do not fit the 256"));
  beyond = image;
  beyond.weights.resize(beyond.weights.size() + 4);
  EXPECT_THAT(message_of(beyond), HasSubstr("weight beats: 32769 do not fit"));
  beyond = image;
  beyond.weights.pop_back();
  EXPECT_THAT(message_of(beyond), HasSubstr("section weights ends within a beat"));
  beyond = image;
  beyond.tables.push_back(0);
  EXPECT_THAT(message_of(beyond), HasSubstr("table words: 513 do not fit"));
  for (const StateBlock& block : {StateBlock{config.state_words_per_lane - 1, {1, 2, 3, 4, 5}},
                                  StateBlock{config.state_words_per_lane, {1}}, StateBlock{-1, {}},
                                  StateBlock{config.state_words_per_lane + 1, {}}}) {
    beyond = image;
    beyond.initial_state[1] = block;
    EXPECT_THAT(message_of(beyond), HasSubstr("beyond the state memory")) << block.word;
  }
}

TEST(ImageLimits, AreTheWidthsOfItsCodes) {
  auto config = load_hardware_config("compact");
  for (const std::int64_t width : {4, 7, 8, 9, 15, 16, 17, 18}) {
    config.weight_width = width;
    auto image = image_of(config);
    const auto most = static_cast<std::int32_t>((1 << (width - 1)) - 1);
    image.weights = image.stream_weights = {most, -most - 1, 0, -1};
    image.stream_schedule = {{0, 1}};
    EXPECT_EQ(message_of(image), "accepted") << width;
    if (width == 8 || width == 16) continue;  // these fill the bytes of the file, where more would wrap
    for (const auto value : {most + 1, -most - 2}) {
      image.weights[2] = value;
      EXPECT_THAT(message_of(image), HasSubstr("section weights: entry 2")) << width;
      image.weights[2] = 0;
      image.stream_weights[1] = value;
      EXPECT_THAT(message_of(image), HasSubstr("section stream weights: entry 1")) << width;
      image.stream_weights[1] = 0;
    }
  }
  for (const std::int64_t guard : {0, 4}) {
    config = load_hardware_config("compact");
    config.table_guard_bits = guard;
    auto image = image_of(config);
    const auto table = static_cast<std::int32_t>((1 << (config.state_width + guard - 1)) - 1);
    const auto state = static_cast<std::int32_t>(config.state_max());
    image.tables = {table, -table - 1};
    image.initial_state = {{0, {state, -state - 1}}};
    EXPECT_EQ(message_of(image), "accepted");
    for (const int side : {1, -1}) {
      auto beyond = image;
      beyond.tables[1] = side > 0 ? table + 1 : -table - 2;
      EXPECT_THAT(message_of(beyond), HasSubstr("section tables: entry 1"));
      beyond = image;
      beyond.initial_state[0].values[0] = side > 0 ? state + 1 : -state - 2;
      EXPECT_THAT(message_of(beyond), HasSubstr("section initial state: entry 0"));
    }
  }
}

TEST(ImageLimits, OfVectorsAreTheStateMemory) {
  const auto config = load_hardware_config("compact");
  const auto words = config.state_words_per_lane;
  const auto with = [&](const VectorSymbol& vector) {
    auto image = image_of(config);
    image.vectors = {vector};
    return message_of(image);
  };
  for (const VectorSymbol& fits : {VectorSymbol{"x", 0, words * 4, 0}, VectorSymbol{"x", words - 1, 4, 256},
                                   VectorSymbol{"x", words, 0, -256}})
    EXPECT_EQ(with(fits), "accepted") << fits.word;
  for (const VectorSymbol& beyond :
       {VectorSymbol{"x", 0, words * 4 + 1, 0}, VectorSymbol{"x", words - 1, 5, 0},
        VectorSymbol{"x", words, 1, 0}, VectorSymbol{"x", words + 1, 0, 0}, VectorSymbol{"x", 0, -1, 0},
        VectorSymbol{"x", 0, 1, 257}, VectorSymbol{"x", 0, 1, -257}})
    EXPECT_THAT(with(beyond), HasSubstr("the vector x does not lie in the state memory"));
}

TEST(ImageLimits, OfStreamsAreIncluded) {
  const auto config = load_hardware_config("compact");
  const auto capacity = config.state_words_per_lane * config.lanes;
  const auto lengths = [&](const std::vector<std::int64_t>& in, const std::vector<std::int64_t>& out) {
    auto image = image_of(config);
    image.input_lengths = in;
    image.output_lengths = out;
    return message_of(image);
  };
  EXPECT_EQ(lengths({1, capacity}, {capacity, 1}), "accepted");
  for (const std::int64_t length : {std::int64_t{0}, std::int64_t{-1}, capacity + 1}) {
    EXPECT_THAT(lengths({1, length}, {}), HasSubstr("does not fit the state memory"));
    EXPECT_THAT(lengths({}, {length}), HasSubstr("does not fit the state memory"));
  }
  std::vector<std::int64_t> many((1 << 24) / static_cast<std::size_t>(capacity), capacity);
  EXPECT_EQ(lengths(many, many), "accepted");
  many.push_back(1);
  EXPECT_THAT(lengths(many, {}), HasSubstr("moves more than"));
  EXPECT_THAT(lengths({}, many), HasSubstr("moves more than"));
}

TEST(ImageLimits, OfTheStreamScheduleAreTheStreamedWeights) {
  const auto with = [](const std::vector<StreamedMatrix>& schedule) {
    auto image = image_of(load_hardware_config("compact"));
    image.stream_weights.assign(4 * 8, 1);
    image.stream_schedule = schedule;
    return message_of(image);
  };
  EXPECT_EQ(with({{0, 8}}), "accepted");
  EXPECT_EQ(with({{4, 4}, {0, 3}, {3, 1}, {4, 4}}), "accepted") << "matrices that touch do not overlap";
  for (const StreamedMatrix& beyond :
       {StreamedMatrix{0, 9}, StreamedMatrix{7, 2}, StreamedMatrix{8, 1}, StreamedMatrix{-1, 2},
        StreamedMatrix{0, 0}, StreamedMatrix{9, 1}, StreamedMatrix{0, -1}})
    EXPECT_THAT(with({beyond}), HasSubstr("reaches beyond the streamed weights")) << beyond.first_beat;
  EXPECT_THAT(with({{4, 4}, {0, 5}}), HasSubstr("overlap at beat 4"));
  EXPECT_THAT(with({{2, 2}, {2, 3}}), HasSubstr("overlap at beat 2"));
  // 2^29 weights in all, of 4 lanes.
  auto image = image_of(load_hardware_config("compact"));
  image.stream_weights.assign(4 << 14, 1);
  image.stream_schedule.assign(1 << 13, {0, 1 << 14});
  EXPECT_EQ(message_of(image), "accepted");
  image.stream_schedule.push_back({0, 1 << 14});
  EXPECT_THAT(message_of(image), HasSubstr("one inference streams more than"));
}

TEST(ImageLimits, OfItsTextsAreIncluded) {
  auto image = image_of(load_hardware_config("compact"));
  image.slots = {{0, std::string(300, 'x')}};
  image.vectors = {{std::string(100, 'v'), 0, 1, 0}};
  EXPECT_EQ(message_of(image), "accepted");
  image.slots[0].text += 'x';
  EXPECT_THAT(message_of(image), HasSubstr("more than 300 bytes"));
  image.slots[0].text.pop_back();
  image.vectors[0].name += 'v';
  EXPECT_NE(message_of(image), "accepted");
}

std::string message_of(const std::string& program) {
  return message([&] { assemble(program, load_hardware_config("compact"), "p.txt"); });
}

TEST(ProgramText, FillsTheMemoriesToTheLastWord) {
  const auto config = load_hardware_config("compact");  // 512 state words of 4 lanes, 256 program words
  EXPECT_EQ(message_of(".vector a 2044\n.constant c 32767\nHALT"), "accepted");
  EXPECT_EQ(message_of(".vector a 2048\nHALT"), "accepted");
  EXPECT_THAT(message_of(".vector a 2049\nHALT"), HasSubstr("a does not fit: 0 of 512"));
  EXPECT_THAT(message_of(".vector a 2045\n.constant c 1\nHALT"), HasSubstr("c does not fit: 512 of 512"));
  EXPECT_THAT(message_of(".vector a 0"), HasSubstr("at least 1"));
  EXPECT_EQ(message_of(".constant c -32768"), "accepted");
  EXPECT_THAT(message_of(".constant c 32768"), HasSubstr("no state of 16 bits"));
  EXPECT_THAT(message_of(".constant c -32769"), HasSubstr("no state of 16 bits"));
  std::string halts;
  for (int i = 0; i < 256; ++i) halts += "HALT\n";
  EXPECT_EQ(message_of(halts), "accepted");
  EXPECT_THAT(message_of(halts + "HALT"), HasSubstr("exceeds the 256 program words"));
}

TEST(ProgramText, MeansWhatItSays) {
  const auto config = load_hardware_config("compact");
  const auto assembly = assemble(
      ".vector a 9  # 3 words\n.vector b 4\n.constant c -5\n"
      "BUNDLE destination=b+2 length=3 result_shift=-3 : - a*[c]<<31 + a+2*a+1<<1\nCOPY destination=b+1 "
      "source=a+3 length=2",
      config, "p.txt");
  const auto bundle = std::get<Bundle>(decode(assembly.program, 0).instruction);
  EXPECT_EQ(bundle.destination, 5);
  EXPECT_EQ(bundle.result_shift, -3);
  ASSERT_EQ(bundle.terms, 2);
  EXPECT_EQ(
      bundle.term[0],
      (BundleTerm{.left = 0, .right = 4, .left_fixed = 0, .right_fixed = 1, .subtract = 1, .align = 31}));
  EXPECT_EQ(
      bundle.term[1],
      (BundleTerm{.left = 2, .right = 1, .left_fixed = 0, .right_fixed = 0, .subtract = 0, .align = 1}));
  const auto copy = std::get<Copy>(decode(assembly.program, words(bundle)).instruction);
  EXPECT_EQ(copy.destination, 3 * 4 + 1) << "elements";
  EXPECT_EQ(copy.source, 3);
  ASSERT_EQ(assembly.initial_state.size(), 1u);
  EXPECT_EQ(assembly.initial_state[0], (StateBlock{4, {-5, -5, -5, -5}}));
  std::string terms;
  for (int i = 0; i < STOIC_BUNDLE_TERMS_MAX; ++i) terms += " + 0*1";
  EXPECT_EQ(message_of("BUNDLE destination=9 length=1 :" + terms), "accepted");
  EXPECT_THAT(message_of("BUNDLE destination=9 length=1 :" + terms + " + 0*1"), HasSubstr("at most 8 terms"));
}

}  // namespace limits_test
}  // namespace stoic
