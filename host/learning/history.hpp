#pragma once
#include <string>
#include <vector>

#include "stoic/host/learning/epoch_record.hpp"
#include "stoic/host/model/recipe.hpp"

namespace stoic {

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
