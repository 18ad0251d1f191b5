#include "stoic/host/dynamics/time_axis.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stoic {

void TimeAxis::require_whole_steps(JsonReader& json, const std::string& duration_key, double largest_step,
                                   double most_steps) const {
  if (!(duration > 0)) json.fail(duration_key.c_str(), "must be above 0");
  if (!(step > 0 && step <= largest_step))
    json.fail(step_key.c_str(), fmt::format("must be above 0, up to {:g}", largest_step));
  const double steps = duration / step;
  if (std::abs(steps - std::round(steps)) > 1e-6 * steps || steps > most_steps)
    json.fail(
        step_key.c_str(),
        fmt::format("is {}, which does not divide \"{}\": {} into whole steps (1 to {}); choose, say, {:.6g}",
                    step, duration_key, duration, static_cast<std::int64_t>(most_steps),
                    duration / std::max(1.0, std::round(steps))));
}

}  // namespace stoic
