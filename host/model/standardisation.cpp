#include "stoic/host/model/standardisation.hpp"

#include <cmath>

#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

std::vector<double> read_numbers(JsonReader& json, const std::string& key, double least) {
  std::vector<double> numbers;
  for (const auto& entry : json.array(key)) {
    const double number = entry.is_number() ? entry.get<double>() : NAN;
    if (!std::isfinite(number) || number < least)
      json.fail(key, least > 0 ? "must hold numbers above 0" : "must hold finite numbers");
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

nlohmann::ordered_json standardisation_json(const Standardisation& standardisation) {
  return {{"mean", standardisation.mean}, {"deviation", standardisation.deviation}};
}

Standardisation read_standardisation(const nlohmann::json& object, std::int64_t inputs,
                                     const std::string& where) {
  JsonReader json(object, where);
  Standardisation result{read_numbers(json, "mean", std::numeric_limits<double>::lowest()),
                         read_numbers(json, "deviation", std::numeric_limits<double>::denorm_min())};
  json.finish();
  const auto entries = static_cast<std::int64_t>(result.mean.size());
  if (entries == 0 || inputs % entries != 0)
    json.fail("mean", "must have an entry for each input, or for each channel");
  if (result.deviation.size() != result.mean.size()) json.fail("deviation", "must be as long as \"mean\"");
  return result;
}

}  // namespace stoic
