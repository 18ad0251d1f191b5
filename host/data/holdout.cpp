#include "stoic/host/data/holdout.hpp"

#include <fmt/format.h>

#include "stoic/sim/io/error.hpp"

namespace stoic {

Dataset hold_out(Dataset& data, std::int64_t samples, const std::string& what) {
  if (samples >= data.size())
    throw Error(fmt::format("{} is {}, but there are {} training samples; hold fewer out", what, samples,
                            data.size()));
  const auto kept = data.size() - samples;
  Dataset held = data;
  held.pixels.erase(held.pixels.begin(), held.pixels.begin() + kept * data.inputs);
  held.labels.erase(held.labels.begin(), held.labels.begin() + kept);
  data.pixels.resize(static_cast<std::size_t>(kept * data.inputs));
  data.labels.resize(static_cast<std::size_t>(kept));
  return held;
}

}  // namespace stoic
