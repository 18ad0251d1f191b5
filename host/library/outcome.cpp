#include "stoic/host/library/outcome.hpp"

#include <fmt/format.h>

#include "stoic/host/data/fingerprint.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

std::filesystem::path outcome_file(const std::filesystem::path& stem) {
  return std::filesystem::path(stem).concat(".json");
}

std::string config_hash_text(const HardwareConfig& hw) { return fmt::format("{:08x}", config_hash(hw)); }

/// nlohmann turns 1e300 into whatever the processor makes of it; here it is as wrong as a text.
std::int64_t whole_number(const nlohmann::json& number) {
  return number.is_number_integer() ? number.get<std::int64_t>() : nlohmann::json("none").get<std::int64_t>();
}

ReproducedTraining outcome_from(const nlohmann::json& object) {
  return {object.at("accuracy"),
          object.at("fixed_accuracy"),
          object.at("agreement"),
          whole_number(object.at("cycles")),
          whole_number(object.at("products")),
          whole_number(object.at("saturations"))};
}

}  // namespace

const std::optional<FilesHere::Halves>& FilesHere::of(const Recipe& recipe) {
  if (const auto key = data_key(recipe); key != key_) {
    key_ = key;
    halves_.reset();
    try {
      if (!is_generated(recipe))
        halves_ =
            Halves{load_data(recipe, Split::train, data_dir_), load_data(recipe, Split::test, data_dir_)};
    } catch (const Error&) {
    }
  }
  return halves_;
}

void require_data(const std::filesystem::path& file, const TrainingData& known, const Recipe& recipe,
                  const Dataset& training, const Dataset& test) {
  for (const auto& [split, here] : {std::pair(Split::train, &training), {Split::test, &test}})
    if (!is_data_of(known, split, *here).value_or(true))
      throw Error(fmt::format("{}: {}, under another -o (ReproduceOptions::folder)", file.string(),
                              other_data_text(known, split, recipe, *here)));
}

std::optional<ReproducedTraining> stored_outcome(const Recipe& recipe, const std::filesystem::path& stem,
                                                 const HardwareConfig& hw, FilesHere& files) {
  const auto file = outcome_file(stem);
  if (!std::filesystem::exists(file)) return std::nullopt;
  const auto stored = parse_json(read_file(file), file.string());
  try {
    if (stored.at("recipe") != recipe_text(recipe)) return std::nullopt;
    if (stored.contains("config_hash") && stored.at("config_hash") != config_hash_text(hw))
      return std::nullopt;
    if (stored.contains("training_data"))
      if (const auto& here = files.of(recipe))
        require_data(file, training_data_from(stored.at("training_data"), file.string() + ": training_data"),
                     recipe, here->training, here->test);
    return outcome_from(stored.at("outcome"));
  } catch (const nlohmann::json::exception&) {
    throw Error(fmt::format("{}: holds no outcome of stoic reproduce; remove it", file.string()));
  }
}

void store_outcome(const Recipe& recipe, const std::filesystem::path& stem, const HardwareConfig& hw,
                   const TrainingData& data, const ReproducedTraining& outcome) {
  const nlohmann::ordered_json stored{{"recipe", recipe_text(recipe)},
                                      {"config_hash", config_hash_text(hw)},
                                      {"training_data", training_data_json(data)},
                                      {"outcome", outcome.json()}};
  write_file_atomically(outcome_file(stem), stored.dump(2) + "\n");
}

}  // namespace stoic
