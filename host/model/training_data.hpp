#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stoic/host/model/standardisation.hpp"

namespace stoic {

/// One half of a data set, training or test, as a recipe uses it.
struct DataHalf {
  std::int64_t samples = 0;
  std::string fingerprint;  ///< fingerprint() of data/fingerprint.hpp: 16 hexadecimal digits
  bool operator==(const DataHalf&) const = default;
};

/// What a model was trained on, so that other data is noticed. It travels with the model, in images and what
/// is exported from them.
struct TrainingData {
  std::string set;                     ///< "data.set" of the recipe
  std::optional<std::uint64_t> seed;   ///< of data that is generated
  std::int64_t inputs = 0;             ///< elements of a sample
  std::int64_t height = 0, width = 0;  ///< of its picture; 0: unknown
  std::int64_t channels = 1;
  std::int64_t classes = 0;
  std::vector<std::string> class_names;  ///< empty: classes are numbers
  std::optional<Standardisation>
      standardisation;  ///< learnt on the training half; nothing: values as they are
  DataHalf training;
  std::optional<DataHalf> test;  ///< as it was at the time of the training
  bool operator==(const TrainingData&) const = default;
};

nlohmann::ordered_json training_data_json(const TrainingData& data);

/// Reads what training_data_json() makes, or its text; `where` names it in messages. Throws Error for
/// anything else.
TrainingData training_data_from(const nlohmann::json& object, const std::string& where);
TrainingData parse_training_data(std::string_view json_text, const std::string& where);

/// "60000 samples, fingerprint 0123456789abcdef"
std::string half_text(const DataHalf& half);
/// "letters of seed 1, 7 x 7 pixels, 5 classes; training ...; test ...", for a person.
std::string training_data_text(const TrainingData& data);

}  // namespace stoic
