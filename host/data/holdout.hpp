#pragma once
#include "stoic/host/data/dataset.hpp"

namespace stoic {

/// Takes the last `samples` out of `data` and returns them: to be judged on, and not trained on. Real values
/// that are standardised are so by what stays, in both parts; whoever has other halves of the set takes the
/// new mean and deviation from data.samples.standardisation(). Throws Error, which names the number as `what`
/// ("--holdout"), unless at least one sample stays, and where a feature no longer varies.
Dataset hold_out(Dataset& data, std::int64_t samples, const std::string& what);

}  // namespace stoic
