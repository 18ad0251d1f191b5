#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "stoic/host/model/recipe.hpp"

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

/// A row for each epoch, with a heading:
/// epoch,loss,train_accuracy,holdout_accuracy,learning_rate,seconds. The accuracy of no samples is empty.
std::string history_csv(const std::vector<EpochRecord>& history);

/// What is wrong with an epoch whose numbers are all finite, with a remedy, while the training goes on and
/// may still recover; empty when nothing is. `growth`: the weights' size over that of the start;
/// `first_loss`: of the first epoch.
std::string divergence_notice(const Recipe& recipe, const EpochRecord& epoch, double growth,
                              double first_loss);
/// The same of a training that is over, judged by its last epoch alone.
std::string divergence_warning(const Recipe& recipe, const EpochRecord& last, double growth,
                               double first_loss);

}  // namespace stoic
