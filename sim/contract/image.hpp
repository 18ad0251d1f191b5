#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "stoic/sim/contract/config.hpp"

namespace stoic {

/// Words of the state memory that are set before the first START: constants, biases, start values.
struct StateBlock {
  std::int64_t word = 0;             ///< first state word
  std::vector<std::int32_t> values;  ///< element i goes to lane i mod lanes of word + i / lanes
  bool operator==(const StateBlock&) const = default;
};

/// One matrix that the weight stream delivers, TLAST on its last beat.
struct StreamedMatrix {
  std::int64_t first_beat = 0;  ///< in Image::stream_weights
  std::int64_t beats = 0;
  bool operator==(const StreamedMatrix&) const = default;
};

/// A vector of the state memory, for people and tools: real value = code * 2^-fraction_bits.
struct VectorSymbol {
  std::string name;
  std::int64_t word = 0;
  std::int64_t length = 0;
  std::int64_t fraction_bits = 0;
  bool operator==(const VectorSymbol&) const = default;
};

/// What the instruction at a program word is for.
struct SlotSymbol {
  std::int64_t slot = 0;
  std::string text;
  bool operator==(const SlotSymbol&) const = default;
};

/// Everything that an accelerator needs to run one model, and what tools need to explain it.
struct Image {
  HardwareConfig config;               ///< the instance it was compiled for
  std::vector<std::uint64_t> program;  ///< from program word 0
  std::vector<std::int32_t> weights;   ///< weight memory: beat * lanes + lane
  std::vector<std::int32_t> tables;    ///< table memory
  std::vector<StateBlock> initial_state;
  std::vector<std::int32_t> stream_weights;     ///< beats of all streamed matrices, beat * lanes + lane
  std::vector<StreamedMatrix> stream_schedule;  ///< what one sample takes from the weight stream, in order
  std::vector<std::int64_t> input_lengths;      ///< elements of each vector that one sample loads, in order
  std::vector<std::int64_t> output_lengths;     ///< elements of each vector that one sample stores, in order
  std::vector<VectorSymbol> vectors;
  std::vector<SlotSymbol> slots;
  std::string metadata;  ///< JSON text of whoever made the image; not interpreted here
  bool operator==(const Image&) const = default;
};

/// The file format is described in hw-configs/README.md: magic, versions, config hash, section table, a
/// CRC-32 on each section and on the header; little endian; padding is zero and checked.
std::string write_image(const Image& image);

/// Throws Error in one sentence for whatever is wrong: no image, another version, cut short, trailing bytes,
/// a flipped bit, contents that do not fit the instance.
Image parse_image(std::string_view bytes, const std::string& where);

/// parse_image of a file.
Image read_image(const std::filesystem::path& path);

/// Throws Error unless `image` was compiled for an instance with the numbers of `config`.
void require_config(const Image& image, const HardwareConfig& config, const std::string& where);

}  // namespace stoic
