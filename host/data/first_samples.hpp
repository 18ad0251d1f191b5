#pragma once
#include "stoic/host/data/dataset.hpp"

namespace stoic {

/// The first `samples` of a data set; all of them for 0.
inline Dataset first_samples(const Dataset& data, std::int64_t samples) {
  return data.part(0, samples > 0 ? samples : data.size());
}

}  // namespace stoic
