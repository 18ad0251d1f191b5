#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/model/training_data.hpp"

namespace stoic {

/// Loads data for a model and warns when it is not that of the model's training.
class DataCheck {
 public:
  /// `where` names the model or image in warnings; `known` is what it says about its data, if anything.
  /// `warn` gets a line for each half that is another; it may be empty.
  DataCheck(std::function<void(const std::string&)> warn, std::string where,
            std::optional<TrainingData> known);

  /// load_data(), compared as a whole: whoever wants fewer samples takes the first of them.
  Dataset load(const Recipe& recipe, Split split, const std::string& data_dir);
  /// The same of data that was loaded before.
  void compare(const Recipe& recipe, Split split, const Dataset& data);

  /// Whether all that was loaded is the data of the training; nothing where that is not known.
  std::optional<bool> matches() const { return matches_; }

 private:
  std::function<void(const std::string&)> warn_;
  std::string where_;
  std::optional<TrainingData> known_;
  std::optional<bool> matches_;
};

/// "data_matches" of a result: true, false or null.
nlohmann::ordered_json matches_json(const std::optional<bool>& matches);

}  // namespace stoic
