#pragma once
#include "stoic/host/data/dataset.hpp"

namespace stoic {

/// Takes the last `samples` out of `data` and returns them: to be judged on, and not trained on. Throws
/// Error, which names the number as `what` ("--holdout"), unless at least one sample stays.
Dataset hold_out(Dataset& data, std::int64_t samples, const std::string& what);

}  // namespace stoic
