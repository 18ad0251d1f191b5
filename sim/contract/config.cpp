#include "stoic/sim/contract/config.hpp"

#include <fmt/format.h>

#include <bit>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/json.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic {

const std::vector<std::pair<std::string, std::string>>& builtin_configs();  // generated

namespace {

struct Key {
  const char* name;
  std::int64_t HardwareConfig::*member;
  std::int64_t least;
  std::int64_t most;
};

constexpr Key keys[] = {
    {"lanes", &HardwareConfig::lanes, STOIC_LANES_MIN, STOIC_LANES_MAX},
    {"state_width", &HardwareConfig::state_width, STOIC_STATE_WIDTH_MIN, STOIC_STATE_WIDTH_MAX},
    {"weight_width", &HardwareConfig::weight_width, STOIC_WEIGHT_WIDTH_MIN, STOIC_WEIGHT_WIDTH_MAX},
    {"accumulator_width", &HardwareConfig::accumulator_width, 1, STOIC_ACCUMULATOR_WIDTH_MAX},
    {"state_words_per_lane", &HardwareConfig::state_words_per_lane, 1, STOIC_STATE_WORDS_MAX},
    {"weight_words", &HardwareConfig::weight_words, 1, STOIC_WEIGHT_WORDS_MAX},
    {"program_words", &HardwareConfig::program_words, 1, STOIC_PROGRAM_WORDS_MAX},
    {"table_words", &HardwareConfig::table_words, 2, STOIC_TABLE_WORDS_MAX},
    {"table_guard_bits", &HardwareConfig::table_guard_bits, 0, STOIC_TABLE_GUARD_BITS_MAX},
    {"function_units", &HardwareConfig::function_units, 1, STOIC_LANES_MAX},
    {"loop_depth", &HardwareConfig::loop_depth, 1, STOIC_LOOP_DEPTH_MAX},
    {"input_buffer_beats", &HardwareConfig::input_buffer_beats, 1, STOIC_INPUT_BUFFER_BEATS_MAX},
};

/// The largest power of two up to `value`.
std::int64_t power_of_two_below(std::int64_t value) {
  return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(value)));
}

/// Refuses what is not a power of two, and says which ones are near.
void require_power_of_two(const JsonReader& reader, const char* key, std::int64_t value) {
  const auto below = power_of_two_below(value);
  if (below != value)
    reader.fail(key, fmt::format("must be a power of two, not {}; lower it to {} or raise it to {}", value,
                                 below, 2 * below));
}

/// The number of a key, or a refusal that says which way it has to go, and how far.
std::int64_t number(JsonReader& reader, const nlohmann::json& json, const Key& key) {
  if (json.contains(key.name) && json[key.name].is_number_integer()) {
    const auto& value = json[key.name];
    const auto refuse = [&](const char* what, std::int64_t bound) {
      reader.fail(key.name, fmt::format("must be a whole number from {} to {}, not {}; {} it to {}",
                                        key.least, key.most, one_line(value.dump(), 30), what, bound));
    };
    const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
    if (huge || value.get<std::int64_t>() > key.most) refuse("lower", key.most);
    if (value.get<std::int64_t>() < key.least) refuse("raise", key.least);
  }
  return reader.integer(key.name, key.least, key.most);
}

/// What one number demands of another; the generator of hw-configs/ says the same in the same words.
void check_together(const JsonReader& reader, const HardwareConfig& config) {
  require_power_of_two(reader, "lanes", config.lanes);
  if (config.function_units > config.lanes)
    reader.fail("function_units", fmt::format("must be at most lanes, {}, not {}; lower it to {}",
                                              config.lanes, config.function_units, config.lanes));
  require_power_of_two(reader, "function_units", config.function_units);
  const auto most = STOIC_WEIGHTS_MAX / config.lanes;  // a gigabyte in every model of the accelerator
  if (config.weight_words > most)
    reader.fail("weight_words",
                fmt::format("must be at most {} with {} lanes, {} weights in all, not {}; lower it to {}",
                            most, config.lanes, STOIC_WEIGHTS_MAX, config.weight_words, most));
  // NORMALISE adds three squares of states exactly: up to 3 * 2^(2*state_width-2).
  const auto least = 2 * config.state_width + 1;
  if (config.accumulator_width < least)
    reader.fail(
        "accumulator_width",
        fmt::format("must be at least 2 * state_width + 1, the exact sum of three squares, not {}; raise "
                    "it to {}",
                    config.accumulator_width, least));
}

}  // namespace

HardwareConfig parse_hardware_config(std::string_view json_text, const std::string& where) {
  const auto json = parse_json(json_text, where);
  JsonReader reader(json, where);
  HardwareConfig config;
  config.name = reader.text("name");
  config.target = reader.text_or("target", "");
  for (const auto& key : keys) config.*key.member = number(reader, json, key);
  reader.finish();
  // The name stands in file names, generated C and SystemVerilog, and messages that tell what to type.
  if (!is_plain_name(config.name))
    reader.fail("name", fmt::format("must have 1 to 100 letters, digits, \"_\", \"-\" or \".\", not \"{}\"",
                                    one_line(config.name, 200)));
  constexpr std::size_t longest_target = 200;
  if (config.target.size() > longest_target || printable(config.target) != config.target)
    reader.fail("target", "must be a text of one line and at most 200 bytes");
  check_together(reader, config);
  return config;
}

HardwareConfig load_hardware_config(const std::string& name_or_path) {
  std::vector<std::string> names;
  for (const auto& [name, text] : builtin_configs()) {
    if (name == name_or_path) return parse_hardware_config(text, "hw-configs/" + name + ".json");
    names.push_back(name);
  }
  if (name_or_path.find('/') == std::string::npos && !name_or_path.ends_with(".json")) {
    const auto near = nearest_word(name_or_path, names);
    throw Error(fmt::format("{}: no built-in hardware configuration; {}", name_or_path,
                            near.empty()
                                ? "give tiny, compact, small, default, wide or the path of a .json file"
                                : fmt::format("did you mean {}?", near)));
  }
  return parse_hardware_config(read_file(name_or_path, 1 << 20), name_or_path);
}

std::string hardware_config_text(const HardwareConfig& config) {
  nlohmann::ordered_json json;
  json["name"] = config.name;
  json["target"] = config.target;
  for (const auto& key : keys) json[key.name] = config.*key.member;
  return json_text(json, 2) + "\n";
}

std::uint32_t config_hash(const HardwareConfig& config) {
  std::map<std::string, std::int64_t> numbers;
  for (const auto& key : keys) numbers[key.name] = config.*key.member;
  std::string text = fmt::format("interface_version={};", STOIC_INTERFACE_VERSION);
  for (const auto& [name, value] : numbers) text += fmt::format("{}={};", name, value);
  std::uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

}  // namespace stoic
