#pragma once
#include <cmath>
#include <cstdint>
#include <string>

#include "stoic/sim/io/json.hpp"

namespace stoic {

/// The time of a system.
struct TimeAxis {
  std::string unit;      ///< "ps"; "" for a system's own unit; "steps" of a map
  double duration = 0;   ///< T
  double step = 1;       ///< from one state to the next; duration is a whole number of them
  std::string step_key;  ///< of a recipe: "step_ps"; empty for a map, which has no step to choose
  std::int64_t steps() const { return std::llround(duration / step); }
  /// The step of `count` steps over `time`: this one, to the bit, where it is meant.
  double step_over(double time, std::int64_t count) const {
    const auto steps = static_cast<double>(count);
    return std::abs(time / step - steps) < 1e-9 * steps ? step : time / steps;
  }
  /// Throws Error, of a recipe's keys, unless the step is above 0, at most `largest_step`, and divides the
  /// duration into 1 to `most_steps` steps.
  void require_whole_steps(JsonReader& json, const std::string& duration_key = "duration",
                           double largest_step = 10, double most_steps = 1e6) const;
  /// Of exponents: "per ps", "per step", "per unit of time".
  std::string rate_unit() const {
    return "per " + (unit == "steps" ? "step" : unit.empty() ? "unit of time" : unit);
  }
  /// Whether it is a differential equation whose step an integrator chooses.
  bool integrated() const { return !step_key.empty(); }
};

}  // namespace stoic
