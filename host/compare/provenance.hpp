#pragma once
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/model/training_data.hpp"

namespace stoic {

/// Where the numbers of a report come from, so that they can be made again. What is not known stays empty.
struct Provenance {
  std::string version;  ///< of stoic
  std::string command;  ///< without what changes no number
  std::string date;     ///< only where somebody asked for one: two runs give the same bytes
  std::string weights;  ///< fingerprint of the model
  std::optional<TrainingData> training_data;  ///< what the model says of itself
  std::optional<DataHalf> calibration, test;  ///< the data that was found, whole
  std::optional<bool> data_matches;           ///< whether it is that of the training; nothing: unknown
  std::vector<std::string> warnings;
};

}  // namespace stoic
