#include "training_subject.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "options.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cli {

void add_plain_descent(CLI::App& command, bool& plain) {
  command.add_flag(
      "--gradient-descent", plain,
      "gradient descent on all of the training data, without momentum, whatever the recipe trains with");
}

TrainingSubject load_training_subject(const AnalysisOptions& options, bool plain, Team& team, bool models) {
  auto settings = std::vector<std::string>();
  auto loaded = load_subject(options, settings);
  if (loaded.trained && !models)
    throw Error(fmt::format("{}: is a trained model; trainings are followed from the start, so give a recipe",
                            options.subject));
  auto& training = loaded.model.recipe.training;
  if (plain) {
    training.optimizer = "sgd";
    training.momentum = 0;
    training.batch = std::numeric_limits<std::int64_t>::max();
  }
  TrainingSubject subject{.model = std::move(loaded.model), .trained = loaded.trained};
  const Recipe& recipe = subject.model.recipe;
  subject.train = load_data(recipe, Split::train, options.data_dir);
  subject.test = load_data(recipe, Split::test, options.data_dir);
  check_training_data(recipe, subject.train);
  if (subject.test.size() == 0)
    throw Error(
        fmt::format("{}: there is no test sample to judge by; set data.test_samples", options.subject));
  subject.surface = recipe_surface(subject.model, subject.train, subject.test, team);
  AnalysisSubject whole{subject.model, subject.trained};
  subject.identity = identity_of(whole, options) + "\n" +
                     training_data_json(training_data(recipe, subject.train, &subject.test)).dump();
  return subject;
}

Eigen::MatrixXd training_starts(const TrainingSubject& subject, std::int64_t first, std::int64_t count) {
  Eigen::MatrixXd starts(subject.surface.surface->size(), count);
  for (std::int64_t s = 0; s < count; ++s) {
    auto recipe = subject.model.recipe;
    recipe.seed += static_cast<std::uint64_t>(first + s);
    starts.col(s) = subject.surface.weights_of(untrained_model(recipe));
  }
  return starts;
}

std::vector<double> training_rates(const std::string& text, const Recipe& recipe) {
  const bool adam = recipe.training.optimizer == "adam";
  const std::string standard =
      adam ? "0.0001:1:9:log" : "0.0005,0.001,0.005,0.01,0.05,0.1,0.5,1,2.5,5,7.5,10,12.5,15,17.5,20";
  std::vector<double> rates;
  try {
    for (const auto& value : parse_over("rate", text.empty() ? standard : text).values) {
      if (!value.is_number() || !(value.get<double>() > 0 && value.get<double>() <= 1e6))
        throw Error(
            fmt::format("--rates: {} is no learning rate; give numbers above 0, to 1e6", value.dump()));
      rates.push_back(value.get<double>());
    }
  } catch (const Error& error) {
    const std::string message = error.what();
    if (!message.starts_with("--over rate ")) throw;
    throw Error("--rates " + message.substr(std::string("--over rate ").size()));
  }
  std::sort(rates.begin(), rates.end());
  rates.erase(std::unique(rates.begin(), rates.end()), rates.end());
  return rates;
}

std::string optimiser_text(const TrainingSubject& subject) {
  const auto& training = subject.model.recipe.training;
  std::string text = training.optimizer == "adam" ? "Adam" : "gradient descent";
  if (training.optimizer == "sgd" && training.momentum > 0)
    text += fmt::format(" with momentum {:g}", training.momentum);
  text += training.batch >= subject.train.size() ? " on all samples"
                                                 : fmt::format(", batches of {}", training.batch);
  if (training.weight_decay > 0) text += fmt::format(", weight decay {:g}", training.weight_decay);
  return text + ", constant rate";
}

}  // namespace stoic::cli
