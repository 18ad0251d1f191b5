#include "instance_info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "console.hpp"
#include "options.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/golden/datapath.hpp"

namespace stoic::cli {
namespace {

/// Bits of TDATA: each word of a stream is padded to whole bytes.
std::int64_t stream_bits(const HardwareConfig& config, std::int64_t word_bits) {
  return config.lanes * ((word_bits + 7) / 8) * 8;
}

std::int64_t bits_of(const std::vector<MemorySize>& memories, bool all_copies) {
  std::int64_t sum = 0;
  for (const auto& memory : memories) sum += memory.bits() * (all_copies ? memory.copies : 1);
  return sum;
}

constexpr const char* no_product =
    "needs state_words_per_lane >= 2: source and result of a product lie apart";

}  // namespace

std::vector<MemorySize> memory_sizes(const HardwareConfig& config) {
  return {{"state", config.state_words_per_lane * config.lanes, config.state_width, 2},
          {"weights", config.weight_words * config.lanes, config.weight_width, 1},
          {"program", config.program_words, STOIC_PROGRAM_WORD_BITS, 2},
          {"tables", config.table_words, config.state_width + config.table_guard_bits, config.function_units},
          // A beat is kept with its TLAST.
          {"input_buffer", config.input_buffer_beats, config.lanes * config.state_width + 1, 1},
          {"saturations", config.program_words, std::bit_width(unsigned{STOIC_SLOT_SATURATIONS_MAX}), 1}};
}

std::optional<TypicalProduct> typical_product(const HardwareConfig& config) {
  const auto product = [&](std::int64_t size) {
    Matvec matvec;
    matvec.rows = matvec.columns = size;
    matvec.destination = config.beats(size);
    return matvec;
  };
  std::int64_t least = 0;
  std::int64_t most =
      std::min<std::int64_t>(config.state_words_per_lane / 2 * config.lanes, 65535);  // of 16 bits
  while (least < most) {
    const auto middle = (least + most + 1) / 2;
    if (check_operands(product(middle), config) == STOIC_STATUS_CODE_OK)
      least = middle;
    else
      most = middle - 1;
  }
  if (least == 0) return std::nullopt;
  return TypicalProduct{least, cycles(product(least), config), golden::issues(product(least), config)};
}

std::string instance_text(const HardwareConfig& config) {
  std::vector<std::vector<std::string>> rows{{"memory", "words", "bits a word", "bits", "copies in the RTL"}};
  const auto memories = memory_sizes(config);
  for (const auto& m : memories)
    rows.push_back({m.name, grouped(m.words), grouped(m.word_bits), grouped(m.bits()), grouped(m.copies)});
  rows.push_back({"total", "", "", grouped(bits_of(memories, false)),
                  fmt::format("{} bits with copies", grouped(bits_of(memories, true)))});
  const auto product = typical_product(config);
  return fmt::format(
      "hash {:08x}\n"
      "streams: input {} bits, weights {} bits, output {} bits a beat\n"
      "multipliers: {} of {} x {} bits in the lanes, {} in the function units\n"
      "{}\n"
      "largest square product that fits: {}\n",
      config_hash(config), grouped(stream_bits(config, config.state_width)),
      grouped(stream_bits(config, config.weight_width)), grouped(stream_bits(config, config.state_width)),
      config.lanes, config.state_width, std::max(config.state_width, config.weight_width),
      config.function_units, table(rows),
      product ? fmt::format("{} x {}, {} cycles, {} of them products", grouped(product->size),
                            grouped(product->size), grouped(product->cycles), grouped(product->mac_cycles))
              : std::string("none; it ") + no_product);
}

nlohmann::ordered_json instance_json(const HardwareConfig& config) {
  const auto memories = memory_sizes(config);
  nlohmann::ordered_json json{
      {"config_hash", fmt::format("{:08x}", config_hash(config))},
      {"stream_bits",
       {{"input", stream_bits(config, config.state_width)},
        {"weights", stream_bits(config, config.weight_width)},
        {"output", stream_bits(config, config.state_width)}}},
      {"multipliers", {{"lanes", config.lanes}, {"function_units", config.function_units}}}};
  for (const auto& m : memories)
    json["memories"][m.name] = {
        {"words", m.words}, {"word_bits", m.word_bits}, {"bits", m.bits()}, {"rtl_copies", m.copies}};
  json["memory_bits"] = bits_of(memories, false);
  json["rtl_memory_bits"] = bits_of(memories, true);
  const auto product = typical_product(config);
  json["product"] = product ? nlohmann::ordered_json{{"rows", product->size},
                                                     {"columns", product->size},
                                                     {"cycles", product->cycles},
                                                     {"mac_cycles", product->mac_cycles}}
                            : nlohmann::ordered_json();
  return json;
}

}  // namespace stoic::cli
