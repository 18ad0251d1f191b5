#include "stoic/host/learning/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/learning/loss.hpp"

namespace stoic {
namespace {

/// The loss of a network that gives the same answer to everything; of one with attractors, that ends at any
/// of them whatever it began with, or, where that is more, at 0.
double guessing_loss(const Recipe& recipe) {
  const Eigen::MatrixXd attractors = recipe.attractors();
  if (attractors.size() == 0) return std::log(static_cast<double>(recipe.classes));
  const double power = recipe.training.distance_power, squared = attractors.col(0).squaredNorm();
  double sum = 0;
  for (Eigen::Index wanted = 0; wanted < attractors.cols(); ++wanted)
    for (Eigen::Index found = 0; found < attractors.cols(); ++found)
      if (found != wanted)
        sum += distance_loss((attractors.col(found) - attractors.col(wanted)).squaredNorm(),
                             attractors.col(wanted).squaredNorm(), power)
                   .value;
  return std::max(sum / static_cast<double>(attractors.cols() * attractors.cols()),
                  distance_loss(squared, squared, power).value);
}

/// Random labels and strong noise keep the loss near that of guessing, sometimes a little above.
constexpr double most_loss = 1.5;
/// Weights of trained networks grow some ten times.
constexpr double most_growth = 300;

}  // namespace

std::string history_csv(const std::vector<EpochRecord>& history) {
  std::string text = "epoch,loss,train_accuracy,holdout_accuracy,learning_rate,seconds\n";
  for (const auto& row : history)
    text += fmt::format("{},{},{},{},{},{:.3f}\n", row.epoch, row.loss, row.train_accuracy,
                        std::isnan(row.holdout_accuracy) ? "" : fmt::format("{}", row.holdout_accuracy),
                        row.learning_rate, row.seconds);
  return text;
}

namespace {

std::string remedy_of(const TrainingRecipe& training) {
  return fmt::format("lower training.learning_rate (now {}) or raise training.warmup_batches (now {})",
                     training.learning_rate, training.warmup_batches);
}

/// What is wrong with an epoch; empty when nothing is. Weights may well grow while the network learns. States
/// that are drawn to attractors may begin farther from them than those are from each other.
std::string trouble(const Recipe& recipe, const EpochRecord& epoch, double growth, double first_loss) {
  const double guessing = guessing_loss(recipe);
  const bool by_first = recipe.attractors().size() > 0 && first_loss > guessing;
  const double usual = by_first ? first_loss : guessing;
  const auto above = fmt::format("above the {:.4g} of {}", usual,
                                 by_first ? "the first epoch" : "a network that only guesses");
  if (epoch.loss > most_loss * usual)
    return fmt::format("the loss of epoch {} is {:.4g}, far {}", epoch.epoch, epoch.loss, above);
  if (growth > most_growth && epoch.loss > usual)
    return fmt::format(
        "after epoch {} the weights are {:.0f} times those of the start, and the loss of {:.4g} is {}",
        epoch.epoch, growth, epoch.loss, above);
  return {};
}

}  // namespace

std::string divergence_notice(const Recipe& recipe, const EpochRecord& epoch, double growth,
                              double first_loss) {
  const auto what = trouble(recipe, epoch, growth, first_loss);
  return what.empty() ? what : fmt::format("{}; if that stays so, {}", what, remedy_of(recipe.training));
}

std::string divergence_warning(const Recipe& recipe, const EpochRecord& last, double growth,
                               double first_loss) {
  const auto what = trouble(recipe, last, growth, first_loss);
  return what.empty() ? what : fmt::format("the training diverged: {}; {}", what, remedy_of(recipe.training));
}

}  // namespace stoic
