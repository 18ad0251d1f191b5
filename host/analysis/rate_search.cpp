#include "stoic/host/analysis/rate_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/analysis/training_run.hpp"
#include "stoic/host/learning/learner_surface.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::Index;

/// From which exponent on starts part, as in paper 000.
constexpr double parts_from = 0.05;
/// Starts of each probe: the first ones are far from the onset.
constexpr std::int64_t starts_of_probe[] = {1, 1, 1, 2, 2, 3, 3, 3};
constexpr std::int64_t fewest_searched = 24, most_searched = 4096;
constexpr int range_updates = 60;

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::int64_t trials_of(int probes) {
  std::int64_t trials = 0;
  for (int p = 0; p < probes; ++p) trials += starts_of_probe[std::min(p, 7)];
  return trials;
}

/// The search while it goes on.
class RateSearching {
 public:
  RateSearching(const Model& untrained, const Dataset& train, const RateSearchTask& task, Team& team)
      : untrained_(untrained), recipe_(untrained.recipe), task_(task), team_(team) {
    const auto& training = recipe_.training;
    full_ = training.batch >= train.size();
    const auto all = static_cast<double>(train.size());
    const double passes = task.budget * all * static_cast<double>(std::max<std::int64_t>(training.epochs, 1));
    const auto trials = static_cast<double>(2 * trials_of(task.probes));
    result_.updates = task.updates > 0 ? task.updates : 10;
    if (full_) {
      result_.samples =
          std::clamp(static_cast<std::int64_t>(passes / (trials * static_cast<double>(result_.updates))),
                     std::min(fewest_searched, train.size()), std::min(most_searched, train.size()));
    } else {
      result_.samples = std::min(training.batch, train.size());
      const auto room = static_cast<std::int64_t>(passes / (trials * static_cast<double>(result_.samples)));
      if (task.updates == 0) result_.updates = std::clamp<std::int64_t>(room, 5, 30);
      one_start_ = room < 5;
    }
    // A full batch is stood for by random samples; of smaller ones all may come.
    const auto order =
        random_permutation({recipe_.seed, Purpose::shuffle, std::uint64_t{1} << 40}, train.labels.size());
    data_ = train;
    if (full_) {
      const auto chosen =
          std::span<const std::uint32_t>(order).first(static_cast<std::size_t>(result_.samples));
      data_.samples = train.samples.selected(chosen);
      data_.labels.clear();
      for (const auto sample : chosen) data_.labels.push_back(train.labels[sample]);
    }
    surface_ = recipe_surface(untrained, data_, data_, team);
    pass_ = static_cast<double>(result_.samples) / all;
  }

  RateSearch run() {
    const bool adam = recipe_.training.optimizer == "adam";
    double low = adam ? 1e-5 : 1e-3, high = adam ? 10 : 100;
    bool parted = false, stayed = false;
    for (int p = 0; p < task_.probes; ++p) {
      if (task_.progress) task_.progress(p, task_.probes);
      result_.probes.push_back(
          probe(std::sqrt(low * high), one_start_ ? 1 : starts_of_probe[std::min(p, 7)]));
      const bool parts = result_.probes.back().rho >= 0.5;
      (parts ? parted : stayed) = true;
      (parts ? high : low) = result_.probes.back().rate;
    }
    result_.low = low;
    result_.high = high;
    result_.found = parted && stayed;
    result_.rate = result_.found ? std::sqrt(low * high) : recipe_.training.learning_rate;
    if (!parted) result_.why = fmt::format("up to the rate {:.4g} no start parts", low);
    if (!stayed) result_.why = fmt::format("down to the rate {:.4g} starts part", high);
    range_test(adam ? 1e-5 : 1e-3, adam ? 10 : 100);
    result_.share = result_.cost / static_cast<double>(std::max<std::int64_t>(recipe_.training.epochs, 1));
    return std::move(result_);
  }

 private:
  Eigen::VectorXd start(std::int64_t number) const {
    auto recipe = recipe_;
    recipe.seed += static_cast<std::uint64_t>(number);
    return surface_.weights_of(untrained_model(recipe));
  }

  RateProbe probe(double rate, std::int64_t starts) {
    TrainingTask task{.training = recipe_.training,
                      .copies = 0,
                      .disturbance = 1,
                      .tangent = true,
                      .target = 2,
                      .most_updates = result_.updates + 1,
                      .seed = recipe_.seed};
    task.training.learning_rate = rate;
    task.epochs = result_.updates + 1;
    Eigen::MatrixXd points(surface_.surface->size(), starts);
    for (std::int64_t s = 0; s < starts; ++s) points.col(s) = start(s);
    const auto traces = follow_trainings(*surface_.surface, points, task, team_);
    std::vector<double> exponents, losses;
    double parts = 0;
    for (const auto& trace : traces.starts) {
      const bool whole = std::ssize(trace.tangent) > result_.updates;
      const double exponent =
          whole ? (trace.tangent.back() - trace.tangent.front()) / static_cast<double>(result_.updates)
                : INFINITY;
      exponents.push_back(exponent);
      losses.push_back(whole ? trace.loss.back() : INFINITY);
      parts += exponent > parts_from ? 1 : 0;
    }
    result_.cost += static_cast<double>(starts * 2 * (result_.updates + 1)) * pass_;
    return {rate, starts, median_of(exponents), parts / static_cast<double>(starts), median_of(losses)};
  }

  /// The loss over rates that grow by equal factors, smoothed; steepest by the logarithm of the rate.
  void range_test(double low, double high) {
    OptimisedPoints weights(start(0), recipe_.training.optimizer == "adam");
    TrainingBatches batches(*surface_.surface, recipe_.training.batch, recipe_.seed);
    auto training = recipe_.training;
    training.schedule = "constant";
    training.warmup_batches = 0;
    Slopes slopes;
    std::vector<double> losses;
    double smooth = 0, weight = 0;
    const double factor = std::log(high / low) / (range_updates - 1);
    for (int u = 0; u < range_updates; ++u) {
      training.learning_rate = low * std::exp(factor * u);
      surface_.surface->slopes(weights.points(), nullptr, batches.at(u), slopes);
      smooth = 0.9 * smooth + 0.1 * slopes.losses(0);
      weight = 0.9 * weight + 0.1;
      losses.push_back(smooth / weight);
      if (!std::isfinite(losses.back()) || losses.back() > 4 * losses.front()) break;
      weights.update(surface_.surface->parts(), update_rule(training, u, batches.per_epoch()),
                     slopes.gradients);
    }
    result_.range_test_cost = static_cast<double>(losses.size()) * pass_;
    double steepest = 0;
    for (std::size_t u = 1; u < losses.size(); ++u) {
      const double slope = losses[u] - losses[u - 1];
      if (slope >= steepest) continue;
      steepest = slope;
      result_.range_test = low * std::exp(factor * static_cast<double>(u));
    }
  }

  const Model& untrained_;
  const Recipe& recipe_;
  const RateSearchTask& task_;
  Team& team_;
  bool full_ = false, one_start_ = false;
  double pass_ = 1;  // epochs of an update
  Dataset data_;
  RecipeSurface surface_;
  RateSearch result_;
};

nlohmann::ordered_json finite_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

}  // namespace

RateSearch find_learning_rate(const Model& untrained, const Dataset& train, const RateSearchTask& task,
                              Team& team) {
  return RateSearching(untrained, train, task, team).run();
}

nlohmann::ordered_json rate_search_json(const RateSearch& s) {
  nlohmann::ordered_json json{
      {"found", s.found}, {"learning_rate", s.rate}, {"low", s.low}, {"high", s.high}};
  json["probes"] = nlohmann::ordered_json::array();
  for (const auto& p : s.probes)
    json["probes"].push_back({{"rate", p.rate},
                              {"starts", p.starts},
                              {"exponent", finite_or_null(p.exponent)},
                              {"rho", p.rho},
                              {"loss", finite_or_null(p.loss)}});
  json["updates"] = s.updates;
  json["samples"] = s.samples;
  json["cost_epochs"] = s.cost;
  json["cost_share"] = s.share;
  json["range_test_rate"] =
      s.range_test > 0 ? nlohmann::ordered_json(s.range_test) : nlohmann::ordered_json();
  json["range_test_epochs"] = s.range_test_cost;
  if (!s.why.empty()) json["why"] = s.why;
  return json;
}

std::string rate_search_text(const RateSearch& s) {
  std::string text = fmt::format(
      "learning rate: {} updates of {} samples from each start, {} probes\n{:>10} {:>7} {:>10} {:>6} "
      "{:>11}\n",
      s.updates, s.samples, s.probes.size(), "rate", "starts", "exponent", "rho", "loss");
  for (const auto& p : s.probes)
    text += fmt::format("{:>10.4g} {:>7} {:>10.4f} {:>4.0f} % {:>11.5g}\n", p.rate, p.starts, p.exponent,
                        100 * p.rho, p.loss);
  text += s.found ? fmt::format("trainings begin to part between {:.4g} and {:.4g}; chosen: {:.4g}", s.low,
                                s.high, s.rate)
                  : fmt::format("no transition: {}; the recipe's rate stays {:g}", s.why, s.rate);
  text += fmt::format("\ncost: {:.3g} epochs, {:.1f} % of the training", s.cost, 100 * s.share);
  if (s.range_test > 0) text += fmt::format("; a range test says {:.4g}", s.range_test);
  return text;
}

}  // namespace stoic
