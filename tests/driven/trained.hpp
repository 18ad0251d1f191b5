#pragma once
#include <string>

#include "stoic/host/driven/driven_scores.hpp"

namespace stoic {

struct Trained {
  TimeSeries series;
  DrivenModel model;
  double nrmse = 0;  ///< in float
};

/// Of the keys of a recipe and of its objects, each without its braces.
inline Trained trained(const std::string& system, const std::string& drive, const std::string& data,
                       const std::string& read_out = "") {
  const auto recipe = parse_driven_recipe("{" + system + R"(, "drive": {)" + drive + R"(}, "data": {)" +
                                              data + R"(}, "read_out": {)" + read_out + "}}",
                                          "recipe");
  Team team(1);
  Trained result{.series = load_series(recipe.data, recipe.seed)};
  result.model = draw_driven_model(recipe, result.series);
  fit_read_out(result.model, result.series, team);
  result.nrmse = judge_driven(result.model, result.series, team).error.nrmse;
  return result;
}

}  // namespace stoic
