#pragma once
#include <string>
#include <vector>

#include "analysis.hpp"
#include "stoic/host/learning/learner_surface.hpp"

// What the analyses of trainings share.
namespace stoic::cli {

/// A recipe with its data, its loss as a function of the weights, and the model that it begins with.
struct TrainingSubject {
  Model model;
  bool trained = false;  ///< the model is one of a file
  Dataset train, test;
  RecipeSurface surface;
  std::string identity;  ///< of everything that results depend on
};

/// With `plain` the recipe's optimiser is replaced by gradient descent on all of the training data, without
/// momentum. The team must outlive it. Throws Error for a trained model unless `models` are welcome.
TrainingSubject load_training_subject(const AnalysisOptions& options, bool plain, Team& team,
                                      bool models = false);

/// --gradient-descent
void add_plain_descent(CLI::App& command, bool& plain);

/// The weights of so many starts from number `first` on, a column each: those that the recipe draws with its
/// seed, and the seeds after it. Fixed matrices stay those of the recipe's seed.
Eigen::MatrixXd training_starts(const TrainingSubject& subject, std::int64_t first, std::int64_t count);

/// The learning rates that a text asks for; of none those of the paper. Throws Error.
std::vector<double> training_rates(const std::string& text, const Recipe& recipe);

/// "gradient descent on all samples", "Adam, batches of 16"
std::string optimiser_text(const TrainingSubject& subject);

}  // namespace stoic::cli
