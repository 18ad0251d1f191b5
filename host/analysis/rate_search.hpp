#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/kernels/team.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// How the learning rate at which trainings begin to part is looked for.
struct RateSearchTask {
  int probes = 8;            ///< rates that are tried, at most
  std::int64_t updates = 0;  ///< of each trial; 0: 10 with the full batch, else 30 or what the budget allows
  double budget = 0.12;      ///< of one training's cost, about, which samples and starts are chosen for
  std::function<void(int done, int all)> progress = {};
};

/// One rate that was tried.
struct RateProbe {
  double rate = 0;
  std::int64_t starts = 0;
  double exponent = 0;  ///< median over starts of the tangent's mean rate of growth, per update
  double rho = 0;       ///< share of starts with an exponent above 0.05, or that diverged
  double loss = 0;      ///< median over starts, at the end; infinite where they diverged
};

struct RateSearch {
  bool found = false;        ///< there is a rate below which trainings do not part, and above which they do
  double rate = 0;           ///< of the recipe where nothing was found
  double low = 0, high = 0;  ///< what is left of the range
  std::vector<RateProbe> probes;
  std::int64_t updates = 0, samples = 0;  ///< of each trial; samples of each update
  double cost = 0;                        ///< epochs of one training, a tangent counted as a second copy
  double share = 0;                       ///< of the cost of the recipe's training
  std::string why;                        ///< nothing was found
  /// What a range test would take (L. Smith, 2017): the rate of the steepest fall of the loss while the rate
  /// grows from update to update; and its cost.
  double range_test = 0, range_test_cost = 0;
};

/// Bisects the logarithm of the learning rate for the onset of chaos (paper 000): the rate at which the
/// tangents of half of the starts grow by more than 0.05 per update in the first few updates. With the
/// recipe's optimiser and batch; of a full batch, random samples stand for all. Throws Stopped.
RateSearch find_learning_rate(const Model& untrained, const Dataset& train, const RateSearchTask& task,
                              Team& team);

nlohmann::ordered_json rate_search_json(const RateSearch& search);
std::string rate_search_text(const RateSearch& search);

}  // namespace stoic
