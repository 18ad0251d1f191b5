// What an image says of the model that it was compiled from.
#include <fmt/format.h>

#include "stoic/host/compiler/compile.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

nlohmann::json metadata_of(const Image& image, const std::string& where) {
  return parse_json(image.metadata.empty() ? "{}" : image.metadata, where + ": metadata");
}

}  // namespace

Recipe recipe_of(const Image& image, const std::string& where) {
  const auto metadata = metadata_of(image, where);
  if (!metadata.is_object() || !metadata.contains("recipe") || !metadata["recipe"].is_string())
    throw Error(fmt::format("{}: carries no recipe; compile it from a model", where));
  return parse_recipe(metadata["recipe"].get<std::string>(), where + ": recipe");
}

std::optional<TrainingData> training_data_of(const Image& image, const std::string& where) {
  const auto metadata = metadata_of(image, where);
  if (!metadata.is_object() || !metadata.contains("training_data")) return {};
  return training_data_from(metadata["training_data"], where + ": metadata: training_data");
}

}  // namespace stoic
