#pragma once
#include <cstdint>
#include <limits>

namespace stoic {

/// One epoch of a training.
struct EpochRecord {
  std::int64_t epoch = 0;  ///< from 1
  double loss = 0;         ///< mean over the epoch's batches, while the weights changed
  double train_accuracy =
      0;  ///< share of right decisions of the same forward passes, noise and dropout included
  double holdout_accuracy =
      std::numeric_limits<double>::quiet_NaN();  ///< after the epoch; NaN: none held out
  double learning_rate = 0;                      ///< of its last batch
  double seconds = 0;                            ///< that its batches took; all else is the same in every run
};

}  // namespace stoic
