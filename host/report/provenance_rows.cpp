#include "stoic/host/report/provenance_rows.hpp"

#include <fmt/format.h>

namespace stoic {
namespace {

std::string training_text(const Recipe& recipe) {
  const auto& t = recipe.training;
  return fmt::format("{} epoch{} by {} in batches of {}, learning rate {} ({}), seed {}", t.epochs,
                     t.epochs == 1 ? "" : "s", t.optimizer, t.batch, t.learning_rate, t.schedule,
                     recipe.seed);
}

std::string matches_text(const Provenance& p) {
  if (!p.data_matches) return "not known: the model does not say what it was trained on";
  return *p.data_matches ? "yes" : "NO, so that these numbers may say nothing about the model";
}

}  // namespace

Rows provenance_rows(const Comparison& c) {
  const auto& p = c.provenance;
  Rows rows{{"origin", "value"}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) rows.push_back({name, value});
  };
  add("made by", p.version.empty() ? "" : "stoic " + p.version);
  add("command", p.command);
  add("date", p.date);
  add("weights", p.weights.empty() ? "" : "fingerprint " + p.weights);
  add("training, by the recipe", training_text(c.recipe));
  add("trained on", p.training_data ? training_data_text(*p.training_data) : "unknown data");
  if (p.calibration) add("calibration data", half_text(*p.calibration));
  if (p.test) add("test data", half_text(*p.test));
  add("data as the model names them", matches_text(p));
  add("accelerator", fmt::format("{}, hash {:08x}", c.hw.name, config_hash(c.hw)));
  return rows;
}

nlohmann::ordered_json provenance_json(const Comparison& c) {
  using Json = nlohmann::ordered_json;
  const auto& p = c.provenance;
  const auto half = [](const std::optional<DataHalf>& data) {
    return data ? Json{{"samples", data->samples}, {"fingerprint", data->fingerprint}} : Json();
  };
  const auto text = [](const std::string& known) { return known.empty() ? Json() : Json(known); };
  return {{"version", text(p.version)},
          {"command", text(p.command)},
          {"date", text(p.date)},
          {"weights", text(p.weights)},
          {"seed", c.recipe.seed},
          {"recipe", Json::parse(recipe_text(c.recipe))},
          {"training_data", p.training_data ? training_data_json(*p.training_data) : Json()},
          {"calibration_data", half(p.calibration)},
          {"test_data", half(p.test)},
          {"hw", c.hw.name},
          {"config_hash", fmt::format("{:08x}", config_hash(c.hw))}};
}

}  // namespace stoic
