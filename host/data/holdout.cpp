#include "stoic/host/data/holdout.hpp"

#include <fmt/format.h>

#include "stoic/sim/io/error.hpp"

namespace stoic {

Dataset hold_out(Dataset& data, std::int64_t samples, const std::string& what) {
  if (samples >= data.size())
    throw Error(fmt::format("{} is {}, but there are {} training samples; hold fewer out", what, samples,
                            data.size()));
  const auto kept = data.size() - samples;
  Dataset held = data.part(kept, samples);
  data = data.part(0, kept);
  return held;
}

}  // namespace stoic
