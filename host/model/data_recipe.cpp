#include "stoic/host/model/data_recipe.hpp"

#include <fmt/format.h>

namespace stoic {
namespace {

constexpr std::int64_t most_inputs = 4096;
constexpr const char* array_keys[] = {"train", "train_labels", "test", "test_labels"};

/// Without a "data" key, the set that such a network was most probably trained on.
std::string usual_set(std::int64_t inputs, std::int64_t classes) {
  if (inputs == 49 && classes == 5) return "letters";
  return inputs == 784 && classes == 10 ? "mnist" : "random";
}

std::optional<bool> read_flag(JsonReader& json, const std::string& key) {
  return json.has(key) ? std::optional(json.boolean_or(key, false)) : std::nullopt;
}

DataFiles read_files(JsonReader& json) {
  DataFiles files;
  files.train = json.text("train");
  if (files.train.empty()) json.fail("train", "must name the file with the training samples");
  files.train_labels = json.text_or("train_labels", "");
  files.test = json.text_or("test", "");
  files.test_labels = json.text_or("test_labels", "");
  if (json.has("arrays")) {
    JsonReader arrays = json.object("arrays");
    for (std::size_t i = 0; i < files.arrays.size(); ++i)
      files.arrays[i] = arrays.text_or(array_keys[i], files.arrays[i]);
    arrays.finish();
  }
  files.label = json.text_or("label", "");
  files.label_column = json.integer_or("label_column", 0, 1, most_inputs + 1);
  if (!files.label.empty() && files.label_column > 0)
    json.fail("label_column", "and \"label\" name the same column twice; keep one");
  files.header = read_flag(json, "header");
  files.test_share = json.number_or("test_share", 0.2, 0.001, 0.999);
  if (!files.test.empty() && json.has("test_share"))
    json.fail("test_share", "is of data without a file \"test\"; remove one of the two");
  files.standardise = read_flag(json, "standardise");
  return files;
}

void write_files(const DataFiles& files, nlohmann::ordered_json& json) {
  const DataFiles usual;
  json["train"] = files.train;
  const auto text = [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  text("train_labels", files.train_labels);
  text("test", files.test);
  text("test_labels", files.test_labels);
  for (std::size_t i = 0; i < files.arrays.size(); ++i)
    if (files.arrays[i] != usual.arrays[i]) json["arrays"][array_keys[i]] = files.arrays[i];
  text("label", files.label);
  if (files.label_column > 0) json["label_column"] = files.label_column;
  if (files.header) json["header"] = *files.header;
  if (files.test.empty()) json["test_share"] = files.test_share;
  if (files.standardise) json["standardise"] = *files.standardise;
}

void check_built_in(const JsonReader& json, const std::string& set, std::int64_t inputs,
                    std::int64_t classes) {
  const auto require = [&](const char* name, std::int64_t pixels, std::int64_t labels) {
    if (set == name && (inputs != pixels || classes != labels))
      json.fail("set", fmt::format("\"{}\" needs \"inputs\": {} and \"classes\": {}, not {} and {}", name,
                                   pixels, labels, inputs, classes));
  };
  if (is_planar(set)) require(set.c_str(), 2, set == "moons" ? 2 : classes);
  require("letters", 49, 5);
  require("digits", 784, 10);
  require("cifar-10", 3072, 10);
}

}  // namespace

bool is_planar(const std::string& set) {
  return set == "blobs" || set == "moons" || set == "circles" || set == "spirals";
}

ImageShape read_shape(JsonReader& data) {
  if (data.text_or("set", "") == "cifar-10") return {32, 32, 3};
  if (!data.has("shape")) return {};
  std::vector<std::int64_t> sides;
  for (const auto& side : data.array("shape")) {
    const bool whole =
        side.is_number_integer() && side.get<double>() >= 1 && side.get<double>() <= most_inputs;
    if (!whole) data.fail("shape", fmt::format("must hold whole numbers from 1 to {}", most_inputs));
    sides.push_back(side.get<std::int64_t>());
  }
  if (sides.size() != 2 && sides.size() != 3)
    data.fail("shape", "must be [height, width] or [height, width, channels]");
  return {sides[0], sides[1], sides.size() == 3 ? sides[2] : 1};
}

DataRecipe read_data(JsonReader json, std::int64_t inputs, std::int64_t classes) {
  constexpr std::int64_t most_samples = 1'000'000;
  DataRecipe data;
  data.set = json.choice_or("set", usual_set(inputs, classes),
                            {"letters", "digits", "mnist", "fashion-mnist", "cifar-10", "files", "random",
                             "blobs", "moons", "circles", "spirals"});
  data.train_samples = json.integer_or("train_samples", 0, 0, most_samples);
  data.test_samples = json.integer_or("test_samples", 0, 0, most_samples);
  data.pixel_noise = json.number_or("pixel_noise", data.set == "letters" ? 0.3 : 0.0, 0, 1);
  if (is_planar(data.set)) data.noise = json.number_or("noise", data.set == "spirals" ? 0.03 : 0.1, 0, 10);
  if (data.set == "files") data.files = read_files(json);
  if (data.set == "files" || data.set == "random" || data.set == "cifar-10") data.shape = read_shape(json);
  json.finish();
  if (data.set != "letters" && data.pixel_noise != 0)
    json.fail(
        "pixel_noise",
        fmt::format("is for the set \"letters\", not for \"{}\"; remove it, or --set data.pixel_noise=none",
                    data.set));
  check_built_in(json, data.set, inputs, classes);
  if (data.shape.known() && data.shape.size() != inputs)
    json.fail("shape", fmt::format("has {} x {} x {} = {} elements, but \"inputs\" is {}; make them agree",
                                   data.shape.height, data.shape.width, data.shape.channels,
                                   data.shape.size(), inputs));
  return data;
}

nlohmann::ordered_json data_json(const DataRecipe& data) {
  nlohmann::ordered_json json{{"set", data.set}};
  if (data.set == "files") write_files(data.files, json);
  if (data.shape.known() && data.set != "cifar-10") {  // which has one shape
    json["shape"] = {data.shape.height, data.shape.width};
    if (data.shape.channels > 1) json["shape"].push_back(data.shape.channels);
  }
  json["train_samples"] = data.train_samples;
  json["test_samples"] = data.test_samples;
  // The text names a training: that of a recipe of a built-in set stays what it was.
  if (is_planar(data.set))
    json["noise"] = data.noise;
  else if (data.set != "files")
    json["pixel_noise"] = data.pixel_noise;
  return json;
}

}  // namespace stoic
