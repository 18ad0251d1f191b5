#include "stoic/host/analysis/radius_history.hpp"

#include <fmt/format.h>

#include "stoic/host/kernels/spectral_radius.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/loss.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

std::vector<std::string> hidden_squares(const Recipe& recipe) {
  std::vector<std::string> names;
  for (const auto& shape : recipe.matrices())
    if (shape.trained && shape.rows == shape.columns && shape.columns > 1) names.push_back(shape.name);
  return names;
}

double mean_test_loss(const Model& model, const Dataset& test, int threads) {
  Eigen::MatrixXd y = logits(model, test.samples, {.threads = threads, .single_precision = false});
  double sum = 0;
  for (Eigen::Index s = 0; s < y.cols(); ++s)
    sum += softmax_cross_entropy<double>({y.col(s).data(), static_cast<std::size_t>(y.rows())},
                                         test.labels[static_cast<std::size_t>(s)]);
  return sum / static_cast<double>(std::max<Eigen::Index>(y.cols(), 1));
}

void note_radii(const Model& model, const Dataset& test, int threads, RadiusHistory& history) {
  for (std::size_t k = 0; k < history.names.size(); ++k)
    history.radii[k].push_back(spectral_radius(model.matrices.at(history.names[k])));
  history.test_loss.push_back(mean_test_loss(model, test, threads));
}

}  // namespace

void require_hidden_squares(const Recipe& recipe, const std::string& where) {
  if (hidden_squares(recipe).empty())
    throw Error(
        fmt::format("{}: has no square trained matrix between hidden layers; take mlp with \"layers\" of one "
                    "width, at least two",
                    where));
}

std::optional<RadiusHistory> radius_history(const Recipe& recipe, const Dataset& train, const Dataset& test,
                                            int threads, const std::atomic<bool>* stop) {
  RadiusHistory history{.names = hidden_squares(recipe), .radii = {}, .test_loss = {}};
  history.radii.resize(history.names.size());
  note_radii(untrained_model(recipe), test, threads, history);
  const auto after = [&](const Model& model, double) { note_radii(model, test, threads, history); };
  if (!stoic::train(recipe, train, {.threads = threads, .stop = stop, .after_epoch = after}))
    return std::nullopt;
  return history;
}

}  // namespace stoic
