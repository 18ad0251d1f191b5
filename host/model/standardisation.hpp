#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace stoic {

/// What brings real values to mean 0 and deviation 1, learnt on training data alone:
/// v = (value - mean) / deviation. Element i of a sample uses entry i mod size(): there is one entry for each
/// element, or one for each channel of an image whose channels lie side by side.
struct Standardisation {
  std::vector<double> mean;
  std::vector<double> deviation;  ///< all > 0, as many as mean

  double apply(std::size_t element, double value) const {
    const auto entry = element % mean.size();
    return (value - mean[entry]) / deviation[entry];
  }
  bool operator==(const Standardisation&) const = default;
};

/// {"mean": [...], "deviation": [...]}
nlohmann::ordered_json standardisation_json(const Standardisation& standardisation);
/// Reads it; `inputs` elements of a sample have to be a multiple of the entries. `where` names it in
/// messages. Throws Error for anything else, also for numbers that are not finite and deviations of 0.
Standardisation read_standardisation(const nlohmann::json& object, std::int64_t inputs,
                                     const std::string& where);

}  // namespace stoic
