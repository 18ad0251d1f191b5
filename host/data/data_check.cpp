#include "stoic/host/data/data_check.hpp"

#include <fmt/format.h>

#include <utility>

#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/model/recipe.hpp"

namespace stoic {

DataCheck::DataCheck(std::function<void(const std::string&)> warn, std::string where,
                     std::optional<TrainingData> known)
    : warn_(std::move(warn)), where_(std::move(where)), known_(std::move(known)) {}

Dataset DataCheck::load(const Recipe& recipe, Split split, const std::string& data_dir) {
  auto named = recipe;
  // A network of someone else was trained on the values as they are, unless its recipe says more.
  if (!known_) named.data.files.standardise = recipe.data.files.standardise.value_or(false);
  auto data = load_data(named, split, data_dir, known_ ? &*known_ : nullptr);
  compare(recipe, split, data);
  return data;
}

void DataCheck::compare(const Recipe& recipe, Split split, const Dataset& data) {
  const auto same = known_ ? is_data_of(*known_, split, data) : std::nullopt;
  if (!same) return;
  matches_ = *same && matches_.value_or(true);
  if (!*same && warn_) warn_(fmt::format("{}: {}", where_, other_data_text(*known_, split, recipe, data)));
}

nlohmann::ordered_json matches_json(const std::optional<bool>& matches) {
  return matches ? nlohmann::ordered_json(*matches) : nlohmann::ordered_json();
}

}  // namespace stoic
