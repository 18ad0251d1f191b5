// Exported networks and samples whose checksums hold and whose numbers mean harm.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>

#include "exported_network.hpp"
#include "stoic_image.h"

namespace stoic {
namespace hostile_model_test {

using Words = std::vector<std::uint32_t>;

std::size_t size(const Words& words) { return words.size() * sizeof(std::uint32_t); }

/// With the checksum put right.
Words sealed(Words words) {
  constexpr std::size_t begin = 4;  // behind magic, layout, size and the checksum itself
  words[3] = stoic_crc32(0, &words[begin], size(words) - begin * sizeof(std::uint32_t));
  return words;
}

stoic_status taken(const Words& model) {
  stoic_model out;
  return stoic_model_from_image(&out, model.data(), size(model));
}

stoic_status samples_taken(const Words& samples) {
  const stoic_samples_header* out = nullptr;
  return stoic_samples_from_image(&out, samples.data(), size(samples));
}

constexpr std::size_t sections_at = offsetof(stoic_image_header, sections) / sizeof(std::uint32_t);

/// Word number `word` of section `section` of the file.
std::size_t in_section(const Words& model, std::size_t section, std::size_t word) {
  return model[sections_at + 2 * section] / sizeof(std::uint32_t) + word;
}

TEST(HostileModel, AsItWasExportedItIsTaken) {
  const auto files = exported_network();
  EXPECT_EQ(taken(sealed(files.model)), STOIC_OK);
  EXPECT_EQ(samples_taken(sealed(files.samples)), STOIC_OK);
}

TEST(HostileModel, NoSectionReachesBeyondTheFile) {
  const auto model = exported_network().model;
  for (std::size_t section = 0; section < STOIC_IMAGE_SECTIONS; ++section)
    for (const std::uint32_t offset : {0u, 16u, std::uint32_t(size(model) + 16), 0x80000000u, 0xfffffff0u}) {
      auto hostile = model;
      hostile[sections_at + 2 * section] = offset;
      EXPECT_EQ(taken(sealed(hostile)), STOIC_CORRUPT_MODEL) << section << " from " << offset;
    }
  for (std::size_t section = 0; section < STOIC_IMAGE_SECTIONS; ++section)
    for (const std::uint32_t count : {std::uint32_t(size(model)), 0x40000001u, 0xffffffffu}) {
      auto hostile = model;
      hostile[sections_at + 2 * section + 1] = count;
      EXPECT_EQ(taken(sealed(hostile)), STOIC_CORRUPT_MODEL) << section << " of " << count;
    }
}

TEST(HostileModel, SectionsLieWhereTheLayoutSays) {
  auto hostile = exported_network().model;
  hostile[sections_at] += 4;
  EXPECT_EQ(taken(sealed(hostile)), STOIC_CORRUPT_MODEL);
}

TEST(HostileModel, WidthsAreThoseThatAnInstanceCanHave) {
  const auto model = exported_network().model;
  const auto with = [&](std::size_t offset, std::uint32_t value) {
    auto hostile = model;
    hostile[offset / sizeof(std::uint32_t)] = value;
    return taken(sealed(hostile));
  };
  for (const auto offset :
       {offsetof(stoic_image_header, state_bits), offsetof(stoic_image_header, weight_bits)})
    for (const std::uint32_t bits : {0u, 33u, 65544u, 0xffffffffu})
      EXPECT_EQ(with(offset, bits), STOIC_CORRUPT_MODEL) << offset << ": " << bits;
  EXPECT_EQ(with(offsetof(stoic_image_header, lanes), 0), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(with(offsetof(stoic_image_header, lanes), 65540), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(with(offsetof(stoic_image_header, classes), 65536), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(with(offsetof(stoic_image_header, classes), 1000),
            STOIC_CORRUPT_MODEL);  // more than the output has
  EXPECT_EQ(with(offsetof(stoic_image_header, output_fraction_bits), 0x8000), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(with(offsetof(stoic_image_header, samples_per_start_max), 65536), STOIC_CORRUPT_MODEL);
}

TEST(HostileModel, StatesAreNoWiderThanAnInstanceCanHaveThoughAllElseFits) {
  const auto of_width = [](std::uint32_t bits) {
    constexpr std::size_t inputs = 8, outputs = 9, lengths = 10;
    auto model = exported_network().model;
    const auto set = [&](std::size_t offset, std::uint32_t value) {
      model[offset / sizeof(std::uint32_t)] = value;
    };
    const auto lanes = model[offsetof(stoic_image_header, lanes) / sizeof(std::uint32_t)];
    set(offsetof(stoic_image_header, state_bits), bits);
    set(offsetof(stoic_image_header, classes), 1);
    set(offsetof(stoic_image_header, input_elements), lanes);
    for (const auto section : {inputs, outputs})  // one beat
      model[in_section(model, section, 1)] = lanes * ((bits + 7) / 8);
    model[in_section(model, lengths, 0)] = lanes;
    return taken(sealed(model));
  };
  EXPECT_EQ(of_width(STOIC_STATE_WIDTH_MAX), STOIC_OK);
  EXPECT_EQ(of_width(STOIC_STATE_WIDTH_MAX + 1), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(of_width(32), STOIC_CORRUPT_MODEL);
}

TEST(HostileModel, BlocksOfStatesLieInWhatIsStoredAndInTheMemory) {
  constexpr std::size_t blocks = 4;
  const auto model = exported_network().model;
  ASSERT_GT(model[sections_at + 2 * blocks + 1], 0u);
  for (std::size_t word = 0; word < 3; ++word) {  // entry, count, offset
    auto hostile = model;
    hostile[in_section(model, blocks, word)] = 0x7fffffff;
    EXPECT_EQ(taken(sealed(hostile)), STOIC_CORRUPT_MODEL) << word;
  }
  // To the last entry of the memory that it writes, and one further
  const auto header = [&](std::size_t offset) { return model[offset / sizeof(std::uint32_t)]; };
  const auto end =
      header(offsetof(stoic_image_header, state_start)) + header(offsetof(stoic_image_header, state_count));
  for (const std::uint32_t beyond : {0u, 1u}) {
    auto hostile = model;
    hostile[in_section(model, blocks, 0)] = end - hostile[in_section(model, blocks, 1)] + beyond;
    EXPECT_EQ(taken(sealed(hostile)), beyond == 0 ? STOIC_OK : STOIC_CORRUPT_MODEL);
  }
}

TEST(HostileModel, BlocksThatAreRestoredLieThereToo) {
  // Its own network restores none: the section is laid over that of the program, whose words mean nothing to the driver.
  constexpr std::size_t program = 0, restored = 5;
  auto model = exported_network().model;
  model[sections_at + 2 * restored] = model[sections_at + 2 * program];
  model[sections_at + 2 * restored + 1] = 1;
  const auto start = model[offsetof(stoic_image_header, state_start) / sizeof(std::uint32_t)];
  const std::uint32_t fits[] = {start, 1, 0};  // entry, count, offset
  for (std::size_t word = 0; word < 3; ++word) model[in_section(model, restored, word)] = fits[word];
  EXPECT_EQ(taken(sealed(model)), STOIC_OK);
  for (std::size_t word = 0; word < 3; ++word) {
    auto hostile = model;
    hostile[in_section(model, restored, word)] = 0x7fffffff;
    EXPECT_EQ(taken(sealed(hostile)), STOIC_CORRUPT_MODEL) << word;
  }
}

TEST(HostileModel, LanesAreAPowerOfTwoThoughAllElseFits) {
  const auto of_lanes = [](std::uint32_t lanes) {
    constexpr std::size_t matrices = 7, inputs = 8, outputs = 9, lengths = 10;
    auto model = exported_network().model;
    const auto set = [&](std::size_t offset, std::uint32_t value) {
      model[offset / sizeof(std::uint32_t)] = value;
    };
    set(offsetof(stoic_image_header, lanes), lanes);
    set(offsetof(stoic_image_header, classes), 1);
    set(offsetof(stoic_image_header, input_elements), lanes);
    set(offsetof(stoic_image_header, state_start), 0);
    set(offsetof(stoic_image_header, weight_start), 0);
    model[in_section(model, matrices, 1)] = lanes;
    for (const auto section : {inputs, outputs}) model[in_section(model, section, 1)] = 2 * lanes;
    model[in_section(model, lengths, 0)] = lanes;
    return taken(sealed(model));
  };
  for (const std::uint32_t lanes : {2u, 4u}) EXPECT_EQ(of_lanes(lanes), STOIC_OK) << lanes;
  EXPECT_EQ(of_lanes(3), STOIC_CORRUPT_MODEL);
}

TEST(HostileModel, VectorsLieInWhatTheyArePartOf) {
  const auto model = exported_network().model;
  for (const std::size_t section : {7, 8, 9})  // matrices, inputs, outputs
    for (std::size_t word = 0; word < 2; ++word)
      for (const std::uint32_t value : {0u, 0x1000u, 0xfffffffcu}) {
        if (word == 0 && value == 0) continue;  // where they begin
        auto hostile = model;
        hostile[in_section(model, section, word)] = value;
        EXPECT_EQ(taken(sealed(hostile)), STOIC_CORRUPT_MODEL) << section << ", word " << word;
      }
}

TEST(HostileModel, WithoutAnOutputItIsRefused) {
  auto hostile = exported_network().model;
  hostile[sections_at + 2 * 9 + 1] = 0;
  EXPECT_EQ(taken(sealed(hostile)), STOIC_CORRUPT_MODEL);
}

TEST(HostileModel, PlacesLieInWhatAnyInstanceCanHave) {
  const auto model = exported_network().model;
  const auto with = [&](std::size_t offset, std::uint32_t value) {
    auto hostile = model;
    hostile[offset / sizeof(std::uint32_t)] = value;
    return taken(sealed(hostile));
  };
  const std::uint32_t lanes = model[offsetof(stoic_image_header, lanes) / sizeof(std::uint32_t)];
  for (const auto offset :
       {offsetof(stoic_image_header, program_start), offsetof(stoic_image_header, weight_start),
        offsetof(stoic_image_header, table_start), offsetof(stoic_image_header, state_start),
        offsetof(stoic_image_header, state_size)})
    for (const std::uint32_t value : {0x40000000u, 0xfffffff0u, 0xffffffffu})
      EXPECT_EQ(with(offset, value), STOIC_CORRUPT_MODEL) << offset << ": " << value;
  EXPECT_EQ(with(offsetof(stoic_image_header, weight_start), 1), STOIC_CORRUPT_MODEL) << "no whole beat";
  EXPECT_EQ(with(offsetof(stoic_image_header, weight_start), lanes), STOIC_OK);
  EXPECT_EQ(with(offsetof(stoic_image_header, state_start), 1), STOIC_CORRUPT_MODEL) << "no whole word";
  EXPECT_EQ(with(offsetof(stoic_image_header, state_size), 0), STOIC_CORRUPT_MODEL) << "less than it writes";
  EXPECT_EQ(with(offsetof(stoic_image_header, input_kind), 2), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(with(offsetof(stoic_image_header, input_fraction_bits), 100), STOIC_CORRUPT_MODEL);
  EXPECT_EQ(with(offsetof(stoic_image_header, input_elements), 9), STOIC_CORRUPT_MODEL) << "of 8";
}

TEST(HostileModel, TextsEndAndCanBePrinted) {
  const auto model = exported_network().model;
  for (const auto offset : {offsetof(stoic_image_header, name), offsetof(stoic_image_header, version),
                            offsetof(stoic_image_header, tool)}) {
    const auto bytes = offset == offsetof(stoic_image_header, name) ? STOIC_NAME_BYTES : STOIC_VERSION_BYTES;
    for (const char letter : {'a', '\n', '\x80'}) {
      auto hostile = model;
      std::memset(reinterpret_cast<char*>(hostile.data()) + offset, letter, bytes);
      EXPECT_EQ(taken(sealed(hostile)), STOIC_CORRUPT_MODEL) << offset << ": " << int{letter};
    }
  }
}

TEST(HostileModel, InputVectorsAreAsLongAsTheyAre) {
  constexpr std::size_t lengths = 10;
  const auto model = exported_network().model;
  for (const std::uint32_t value : {9u, 0xffffffffu}) {
    auto hostile = model;
    hostile[in_section(model, lengths, 0)] = value;
    EXPECT_EQ(taken(sealed(hostile)), STOIC_CORRUPT_MODEL) << value;
  }
  auto fewer = model;
  fewer[sections_at + 2 * lengths + 1] = 0;
  EXPECT_EQ(taken(sealed(fewer)), STOIC_CORRUPT_MODEL) << "fewer lengths than vectors";
}

TEST(HostileSamples, LieInTheirFile) {
  const auto samples = exported_network().samples;
  for (const auto offset :
       {offsetof(stoic_samples_header, count), offsetof(stoic_samples_header, sample_bytes),
        offsetof(stoic_samples_header, data), offsetof(stoic_samples_header, labels)})
    for (const std::uint32_t value : {std::uint32_t(size(samples) + 1), 0x80000000u, 0xffffffffu}) {
      auto hostile = samples;
      hostile[offset / sizeof(std::uint32_t)] = value;
      EXPECT_EQ(samples_taken(sealed(hostile)), STOIC_CORRUPT_MODEL) << offset << ": " << value;
    }
}

}  // namespace hostile_model_test
}  // namespace stoic
