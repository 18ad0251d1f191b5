#include "stoic/host/compiler/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>

#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/golden/batch.hpp"

namespace stoic {
namespace {

/// Entries of `width` bits each, the first lowest, as one hexadecimal number with leading zeros.
std::string hex_word(std::span<const std::int32_t> entries, std::int64_t width) {
  const auto bits = static_cast<std::int64_t>(entries.size()) * width;
  std::string digits(static_cast<std::size_t>((bits + 3) / 4), '0');
  for (std::int64_t bit = 0; bit < bits; ++bit) {
    const auto entry = static_cast<std::uint32_t>(entries[static_cast<std::size_t>(bit / width)]);
    if (((entry >> (bit % width)) & 1) == 0) continue;
    auto& digit = digits[digits.size() - 1 - static_cast<std::size_t>(bit / 4)];
    const int value = (digit <= '9' ? digit - '0' : digit - 'a' + 10) | (1 << (bit % 4));
    digit = "0123456789abcdef"[value];
  }
  return digits + "\n";
}

std::string hex_words(std::span<const std::int32_t> entries, std::int64_t per_word, std::int64_t width) {
  std::string text;
  for (std::size_t at = 0; at < entries.size(); at += static_cast<std::size_t>(per_word))
    text += hex_word(entries.subspan(at, static_cast<std::size_t>(per_word)), width);
  return text;
}

std::string program_hex(const Image& image) {
  std::string text;
  for (const auto word : image.program) text += fmt::format("{:016x}\n", word);
  return text;
}

std::string state_hex(const Image& image) {
  std::string text;
  for (const auto& block : image.initial_state) {
    auto values = block.values;
    values.resize(static_cast<std::size_t>(image.config.beats(static_cast<std::int64_t>(values.size())) *
                                           image.config.lanes),
                  0);
    text +=
        fmt::format("@{:x}\n", block.word) + hex_words(values, image.config.lanes, image.config.state_width);
  }
  return text;
}

std::vector<std::int64_t> schedule_rows(const Image& image) {
  std::vector<std::int64_t> rows;
  for (const auto& matrix : image.stream_schedule) rows.insert(rows.end(), {matrix.first_beat, matrix.beats});
  return rows;
}

std::vector<NpzArray> arrays(const Image& image) {
  const auto lanes = image.config.lanes;
  const auto beats = [&](const std::vector<std::int32_t>& weights) {
    return std::vector<std::int64_t>{static_cast<std::int64_t>(weights.size()) / lanes, lanes};
  };
  const auto count = [](const auto& values) {
    return std::vector<std::int64_t>{static_cast<std::int64_t>(values.size())};
  };
  std::vector<NpzArray> result{
      npz_array("program", count(image.program), image.program),
      npz_array("weights", beats(image.weights), image.weights),
      npz_array("tables", count(image.tables), image.tables),
      npz_array("stream_weights", beats(image.stream_weights), image.stream_weights)};
  const auto schedule = schedule_rows(image);
  result.push_back(
      npz_array("stream_schedule", {static_cast<std::int64_t>(image.stream_schedule.size()), 2}, schedule));
  for (const auto& block : image.initial_state)
    result.push_back(npz_array(fmt::format("state_at_{}", block.word), count(block.values), block.values));
  return result;
}

/// Vectors of `lengths`, again and again, as beats of a stream: each word of a beat in whole bytes, the last
/// beat filled up with zeros and marked by a bit above.
std::string stream_hex(std::span<const std::int32_t> codes, const std::vector<std::int64_t>& lengths,
                       const HardwareConfig& config) {
  const auto lanes = static_cast<std::size_t>(config.lanes);
  std::string text;
  for (std::size_t at = 0; at < codes.size();)
    for (const auto length : lengths) {
      const auto end = at + static_cast<std::size_t>(length);
      for (; at < end; at += std::min(lanes, end - at)) {
        std::vector<std::int32_t> beat(lanes, 0);
        std::copy_n(codes.begin() + static_cast<std::ptrdiff_t>(at), std::min(lanes, end - at), beat.begin());
        text += end - at <= lanes ? '1' : '0';
        text += hex_word(beat, (config.state_width + 7) / 8 * 8);
      }
    }
  return text;
}

}  // namespace

std::vector<NamedFile> exported_bench(const Image& image, const std::vector<std::int32_t>& codes) {
  const auto inputs = static_cast<std::size_t>(
      std::accumulate(image.input_lengths.begin(), image.input_lengths.end(), std::int64_t{0}));
  if (codes.empty() || inputs == 0) return {};
  const auto fill = [&](std::int64_t sample, std::span<std::int32_t> to) {
    std::copy_n(codes.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(sample) * inputs),
                inputs, to.begin());
  };
  const auto batch = golden::run_batch(image, static_cast<std::int64_t>(codes.size() / inputs), fill);
  std::string schedule;
  for (const auto number : schedule_rows(image)) schedule += fmt::format("{:08x}\n", number);
  return {{"inputs.hex", stream_hex(codes, image.input_lengths, image.config)},
          {"outputs.hex", stream_hex(batch.outputs, image.output_lengths, image.config)},
          {"stream_schedule.hex", schedule}};
}

std::vector<NamedFile> exported_memories(const Image& compiled, const Placement& placement) {
  const auto image = relocated(compiled, placement);
  const auto& config = image.config;
  const auto from = [](std::int64_t word) { return word == 0 ? "" : fmt::format("@{:x}\n", word); };
  return {{"program.hex", from(placement.program_word) + program_hex(image)},
          {"weights.hex",
           from(placement.weight_word) + hex_words(image.weights, config.lanes, config.weight_width)},
          {"tables.hex", from(placement.table_word) +
                             hex_words(image.tables, 1, config.state_width + config.table_guard_bits)},
          {"stream_weights.hex", hex_words(image.stream_weights, config.lanes, config.weight_width)},
          {"state.hex", state_hex(image)},
          {"arrays.npz", npz_bytes(arrays(image), "arrays.npz")}};
}

std::string export_manifest(const Image& compiled, const std::vector<std::string>& files,
                            const ExportedAs& as) {
  const auto image = relocated(compiled, as.placement);
  nlohmann::ordered_json json;
  json["name"] = as.name;
  json["version"] = as.version;
  json["tool"] = exporting_tool();
  json["placement"] = placement_json(as.placement);
  json["hw"] = nlohmann::ordered_json::parse(hardware_config_text(image.config));
  json["config_hash"] = fmt::format("{:08x}", config_hash(image.config));
  if (const auto known = training_data_of(image, "the image"))
    json["training_data"] = training_data_json(*known);
  if (const auto plan = input_plan(image); plan.coding) json["input"] = input_json(*plan.coding);
  json["input_lengths"] = image.input_lengths;
  json["output_lengths"] = image.output_lengths;
  json["stream_schedule"] = nlohmann::ordered_json::array();
  for (const auto& m : image.stream_schedule)
    json["stream_schedule"].push_back({{"first_beat", m.first_beat}, {"beats", m.beats}});
  json["vectors"] = nlohmann::ordered_json::array();
  for (const auto& v : image.vectors)
    json["vectors"].push_back(
        {{"name", v.name}, {"word", v.word}, {"length", v.length}, {"fraction_bits", v.fraction_bits}});
  json["slots"] = nlohmann::ordered_json::array();
  for (const auto& s : image.slots) json["slots"].push_back({{"slot", s.slot}, {"text", s.text}});
  json["files"] = files;
  return json.dump(2) + "\n";
}

}  // namespace stoic
