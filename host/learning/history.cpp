#include "stoic/host/learning/history.hpp"

#include <fmt/format.h>

#include <cmath>

#include "stoic/host/learning/loss.hpp"

namespace stoic {
namespace {

/// The loss of a network that gives the same answer to everything.
double guessing_loss(const Recipe& recipe) {
  const Eigen::MatrixXd attractors = recipe.attractors();
  if (attractors.size() == 0) return std::log(static_cast<double>(recipe.classes));
  const double squared = attractors.col(0).squaredNorm();  // from x(T) = 0
  return distance_loss(squared, squared, recipe.training.distance_power).value;
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

std::string divergence_warning(const Recipe& recipe, const EpochRecord& epoch, double growth) {
  const auto& training = recipe.training;
  const double guessing = guessing_loss(recipe);
  const auto remedy =
      fmt::format("lower training.learning_rate (now {}) or raise training.warmup_batches (now {})",
                  training.learning_rate, training.warmup_batches);
  if (epoch.loss > most_loss * guessing)
    return fmt::format(
        "the training diverges: the loss of epoch {} is {:.4g}, far above the {:.4g} of a network that only "
        "guesses; {}",
        epoch.epoch, epoch.loss, guessing, remedy);
  if (growth > most_growth)
    return fmt::format(
        "the training diverges: after epoch {} the weights are {:.0f} times those of the start; {}",
        epoch.epoch, growth, remedy);
  return {};
}

}  // namespace stoic
