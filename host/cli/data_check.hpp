#pragma once
#include <optional>
#include <string>
#include <utility>

#include "console.hpp"
#include "stoic/host/data/data_check.hpp"

namespace stoic::cli {

/// Loads data for a model and says on the console when it is not that of the model's training.
struct DataCheck : stoic::DataCheck {
  /// The console must stay.
  DataCheck(const Console& console, std::string where, std::optional<TrainingData> known)
      : stoic::DataCheck([&console](const std::string& text) { console.warn(text); }, std::move(where),
                         std::move(known)) {}
};

}  // namespace stoic::cli
