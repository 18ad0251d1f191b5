#pragma once
#include <cstdint>

#include "stoic/host/data/dataset.hpp"

namespace stoic {

/// Seconds that training `recipe` on `data` and judging `judged` samples (of all epochs together) would take
/// on this machine, from half a second of that training. A guess within some tens of percent: a judged sample
/// counts a third of a trained one. Throws Error when the training is refused or diverges at once.
double estimated_seconds(const Recipe& recipe, const Dataset& data, std::int64_t judged, int threads);

}  // namespace stoic
