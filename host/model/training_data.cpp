#include "stoic/host/model/training_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

nlohmann::ordered_json half_json(const DataHalf& half) {
  return {{"samples", half.samples}, {"fingerprint", half.fingerprint}};
}

DataHalf read_half(JsonReader json) {
  DataHalf half;
  half.samples = json.integer("samples", 0, std::numeric_limits<std::int64_t>::max());
  half.fingerprint = json.text("fingerprint");
  if (half.fingerprint.size() != 16 || half.fingerprint.find_first_not_of(digits) != std::string::npos)
    json.fail("fingerprint", "must be 16 hexadecimal digits");
  json.finish();
  return half;
}

/// A name goes into C comments and pages, so it is made of few characters.
std::string read_set(JsonReader& json) {
  auto set = json.text("set");
  const bool safe = !set.empty() && set.size() <= 64 && std::all_of(set.begin(), set.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!safe) json.fail("set", "must be up to 64 small letters, digits and hyphens");
  return set;
}

std::vector<std::string> read_class_names(JsonReader& json, std::int64_t classes) {
  std::vector<std::string> names;
  for (const auto& name : json.array("class_names")) {
    if (!name.is_string()) json.fail("class_names", "must hold texts");
    names.push_back(name.get<std::string>());
  }
  if (static_cast<std::int64_t>(names.size()) > classes)
    json.fail("class_names", "has more names than classes");
  return names;
}

}  // namespace

nlohmann::ordered_json training_data_json(const TrainingData& data) {
  nlohmann::ordered_json json{{"set", data.set}};
  if (data.seed) json["seed"] = *data.seed;
  json["inputs"] = data.inputs;
  if (data.height > 0) json["height"] = data.height;
  if (data.width > 0) json["width"] = data.width;
  if (data.channels > 1) json["channels"] = data.channels;
  json["classes"] = data.classes;
  if (!data.class_names.empty()) json["class_names"] = data.class_names;
  if (data.standardisation) json["standardisation"] = standardisation_json(*data.standardisation);
  json["training"] = half_json(data.training);
  if (data.test) json["test"] = half_json(*data.test);
  return json;
}

TrainingData training_data_from(const nlohmann::json& object, const std::string& where) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t most_pixels = 1 << 20;
  JsonReader json(object, where);
  TrainingData data;
  data.set = read_set(json);
  if (json.has("seed")) data.seed = static_cast<std::uint64_t>(json.integer("seed", 0, most));
  data.inputs = json.integer("inputs", 1, most_pixels);
  data.height = json.integer_or("height", 0, 0, most_pixels);
  data.width = json.integer_or("width", 0, 0, most_pixels);
  data.channels = json.integer_or("channels", 1, 1, most_pixels);
  data.classes = json.integer("classes", 1, 256);
  if (json.has("class_names")) data.class_names = read_class_names(json, data.classes);
  if (json.has("standardisation"))
    data.standardisation =
        read_standardisation(object.at("standardisation"), data.inputs, where + ": \"standardisation\"");
  data.training = read_half(json.object("training"));
  if (json.has("test")) data.test = read_half(json.object("test"));
  json.finish();
  return data;
}

TrainingData parse_training_data(std::string_view json_text, const std::string& where) {
  return training_data_from(parse_json(json_text, where), where);
}

std::string half_text(const DataHalf& half) {
  return fmt::format("{} samples, fingerprint {}", half.samples, half.fingerprint);
}

std::string training_data_text(const TrainingData& data) {
  auto text = data.seed ? fmt::format("{} of seed {}", data.set, *data.seed) : data.set;
  text += data.height > 0 && data.width > 0 ? fmt::format(", {} x {} pixels", data.height, data.width)
                                            : fmt::format(", {} inputs", data.inputs);
  if (data.channels > 1) text += fmt::format(" of {} channels", data.channels);
  text += fmt::format(", {} classes; training {}", data.classes, half_text(data.training));
  if (data.test) text += fmt::format("; test {}", half_text(*data.test));
  return text;
}

}  // namespace stoic
