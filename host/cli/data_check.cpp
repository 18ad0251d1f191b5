#include "data_check.hpp"

#include <fmt/format.h>

#include <utility>

#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/model/recipe.hpp"

namespace stoic::cli {

DataCheck::DataCheck(const Console& console, std::string where, std::optional<TrainingData> known)
    : console_(console), where_(std::move(where)), known_(std::move(known)) {}

Dataset DataCheck::load(const Recipe& recipe, Split split, const std::string& data_dir) {
  auto data = load_data(recipe, split, data_dir);
  compare(recipe, split, data);
  return data;
}

void DataCheck::compare(const Recipe& recipe, Split split, const Dataset& data) {
  const auto same = known_ ? is_data_of(*known_, split, data) : std::nullopt;
  if (!same) return;
  matches_ = *same && matches_.value_or(true);
  if (!*same) console_.warn(fmt::format("{}: {}", where_, other_data_text(*known_, split, recipe, data)));
}

nlohmann::ordered_json matches_json(const std::optional<bool>& matches) {
  return matches ? nlohmann::ordered_json(*matches) : nlohmann::ordered_json();
}

}  // namespace stoic::cli
