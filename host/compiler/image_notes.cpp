#include "stoic/host/compiler/image_notes.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <limits>

#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

using NotesJson = nlohmann::ordered_json;

/// Binary points beyond are those of no double.
constexpr std::int64_t most_fraction_bits = 1100;

NotesJson note_json(const FunctionNote& note) {
  NotesJson json{{"slot", note.slot},
                 {"name", note.name},
                 {"input_fraction_bits", note.input_fraction_bits},
                 {"output_fraction_bits", note.output_fraction_bits}};
  if (!note.parameters.empty()) json["parameters"] = note.parameters;
  return json;
}

NotesJson note_json(const ResultNote& note) {
  NotesJson json{{"slot", note.slot}, {"name", note.name}, {"fraction_bits", note.fraction_bits}};
  if (note.word) json["word"] = *note.word;
  if (note.label.empty()) return json;
  json["label"] = note.label;
  json["first"] = note.first;
  return json;
}

NotesJson note_json(const PhaseNote& note) { return {{"slot", note.slot}, {"name", note.name}}; }

template <class Note>
NotesJson list_json(const std::vector<Note>& notes) {
  auto json = NotesJson::array();
  for (const auto& note : notes) json.push_back(note_json(note));
  return json;
}

nlohmann::json notes_of(const Image& image, const std::string& where) {
  return parse_json(image.metadata.empty() ? "{}" : image.metadata, where + ": metadata");
}

std::int64_t slot_of(JsonReader& json) { return json.integer("slot", 0, STOIC_PROGRAM_WORDS_MAX - 1); }

std::int64_t bits_of(JsonReader& json, const char* key) {
  return json.integer(key, -most_fraction_bits, most_fraction_bits);
}

/// read(JsonReader) of every entry of a list.
template <class Read>
auto list_of(const Image& image, const char* key, const std::string& where, const Read& read) {
  std::vector<decltype(read(std::declval<JsonReader&>()))> notes;
  const auto metadata = notes_of(image, where);
  if (!metadata.is_object() || !metadata.contains(key)) return notes;
  const auto& list = JsonReader(metadata, where + ": metadata").array(key);
  for (std::size_t i = 0; i < list.size(); ++i) {
    JsonReader entry(list[i], fmt::format("{}: metadata: {}[{}]", where, key, i));
    notes.push_back(read(entry));
    entry.finish();
  }
  return notes;
}

}  // namespace

nlohmann::ordered_json noise_json(const Noise& noise) {
  return {{"observation", noise.observation},
          {"dynamic", noise.dynamic},
          {"seed", noise.seed},
          {"trial", noise.trial}};
}

nlohmann::ordered_json input_json(const InputCoding& coding) {
  nlohmann::ordered_json json{{"fraction_bits", coding.fraction_bits}};
  if (coding.standardisation) json["standardisation"] = standardisation_json(*coding.standardisation);
  return json;
}

std::string image_notes_text(const ImageNotes& notes) {
  NotesJson json;
  json["recipe"] = notes.recipe;
  if (notes.noise.any()) json["noise"] = noise_json(notes.noise);
  json["functions"] = list_json(notes.functions);
  json["results"] = list_json(notes.results);
  json["phases"] = list_json(notes.phases);
  if (notes.input) json["input"] = input_json(*notes.input);
  if (notes.training_data) json["training_data"] = training_data_json(*notes.training_data);
  return json_text(json);
}

Recipe recipe_of(const Image& image, const std::string& where) {
  const auto metadata = notes_of(image, where);
  if (!metadata.is_object() || !metadata.contains("recipe") || !metadata["recipe"].is_string())
    throw Error(fmt::format("{}: carries no recipe; compile it from a model", where));
  auto recipe = parse_recipe(metadata["recipe"].get<std::string>(), where + ": recipe");
  recipe.data.files.beside = std::filesystem::path(where).parent_path();
  return recipe;
}

std::optional<TrainingData> training_data_of(const Image& image, const std::string& where) {
  const auto metadata = notes_of(image, where);
  if (!metadata.is_object() || !metadata.contains("training_data")) return {};
  return training_data_from(metadata["training_data"], where + ": metadata: training_data");
}

Noise noise_of(const Image& image, const std::string& where) {
  const auto metadata = notes_of(image, where);
  if (!metadata.is_object() || !metadata.contains("noise")) return {};
  JsonReader json(metadata.at("noise"), where + ": metadata: noise");
  constexpr auto most = std::numeric_limits<double>::max();
  constexpr auto most_seed = std::numeric_limits<std::int64_t>::max();
  Noise noise{.observation = json.number("observation", 0, most), .dynamic = json.number("dynamic", 0, most)};
  noise.seed = static_cast<std::uint64_t>(json.integer("seed", 0, most_seed));
  noise.trial =
      static_cast<std::uint64_t>(json.integer("trial", 0, static_cast<std::int64_t>(calibration_trial)));
  json.finish();
  return noise;
}

std::optional<InputCoding> input_coding_of(const Image& image, std::int64_t inputs,
                                           const std::string& where) {
  const auto metadata = notes_of(image, where);
  if (!metadata.is_object() || !metadata.contains("input")) return {};
  JsonReader json(metadata.at("input"), where + ": metadata: input");
  constexpr std::int64_t most_input_bits = 1000;
  InputCoding coding{json.integer("fraction_bits", -most_input_bits, most_input_bits), {}};
  if (json.has("standardisation"))
    coding.standardisation =
        read_standardisation(metadata.at("input").at("standardisation"), inputs, where + ": metadata: input");
  json.finish();
  return coding;
}

std::vector<FunctionNote> functions_of(const Image& image, const std::string& where) {
  return list_of(image, "functions", where, [](JsonReader& json) {
    FunctionNote note{.slot = slot_of(json), .name = json.text("name")};
    note.input_fraction_bits = bits_of(json, "input_fraction_bits");
    note.output_fraction_bits = bits_of(json, "output_fraction_bits");
    if (!json.has("parameters")) return note;
    for (const auto& parameter : json.array("parameters")) {
      if (!parameter.is_number()) json.fail("parameters", "must be numbers");
      note.parameters.push_back(parameter.get<double>());
    }
    return note;
  });
}

std::vector<ResultNote> results_of(const Image& image, const std::string& where) {
  return list_of(image, "results", where, [](JsonReader& json) {
    ResultNote note{.slot = slot_of(json), .name = json.text("name")};
    note.fraction_bits = bits_of(json, "fraction_bits");
    if (json.has("word")) note.word = json.integer("word", 0, std::int64_t{STOIC_STATE_WORDS_MAX} - 1);
    if (!json.has("label")) return note;
    note.label = json.text("label");
    note.first = json.integer("first", 0, std::numeric_limits<std::int32_t>::max());
    return note;
  });
}

std::vector<PhaseNote> phases_of(const Image& image, const std::string& where) {
  return list_of(image, "phases", where, [](JsonReader& json) {
    return PhaseNote{slot_of(json), json.text("name")};
  });
}

Image with_trial(Image image, std::uint64_t trial) {
  auto metadata = parse_ordered_json(image.metadata, "image: metadata");
  metadata.at("noise").at("trial") = trial;
  image.metadata = json_text(metadata);
  return image;
}

}  // namespace stoic
