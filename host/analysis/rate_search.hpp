#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/kernels/team.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// How the learning rate is looked for.
struct RateSearchTask {
  int probes = 8;        ///< rates that are tried, at most
  double budget = 0.14;  ///< of one training's cost, about, which samples, starts and updates are chosen for
  std::function<void(int done, int all)> progress = {};
};

/// One rate that was tried.
struct RateProbe {
  double rate = 0;
  /// Trainings, samples of an update, updates. Where copies were followed at a rate that was judged too: all
  /// trainings, and the most samples and updates.
  std::int64_t starts = 0, samples = 0, updates = 0;
  /// Of a disturbed copy's distance, its mean rate of growth per update, mean over starts (0.5 counts most);
  /// NaN where no copies were followed.
  double exponent = 0;
  double rho = 0;      ///< share of starts whose exponent is above 0.05; NaN likewise
  bool parts = false;  ///< the exponent is above 0.05
  double loss = 0;     ///< mean over starts at the end; infinite where one diverged
  /// On other training samples, mean over starts and the later half of the updates; NaN with copies. What
  /// counts is the first of a full batch, the second of smaller ones.
  double accuracy = 0, cross_entropy = 0;
};

struct RateSearch {
  bool found = false;  ///< there is a rate below which trainings do not part, and above which they do
  double rate = 0;     ///< the sweet spot; that of the recipe where nothing was found
  double onset = 0;    ///< where trainings begin to part; 0: nothing was found
  std::vector<RateProbe> probes;
  double cost = 0;   ///< epochs of one training, of each copy; the range test among it
  double share = 0;  ///< of the cost of the recipe's training
  std::string why;   ///< nothing was found
  /// What a range test would take (L. Smith, 2017): the rate of the steepest fall of the loss while the rate
  /// grows from update to update; and its cost.
  double range_test = 0, range_test_cost = 0;
};

/// The sweet spot of the learning rate at the onset of chaos (paper 000), from short trainings with the
/// recipe's optimiser and batch; of a full batch, random samples stand for all. The onset is where copies that
/// differ from their starts by nearly nothing part by 0.05 per update in the first few, in the mean over
/// starts: bisected with one start a rate, then placed between rates with as many starts as
/// the budget has room for. It is chosen unless the same starts have learnt more at a quarter of it or, of a full
/// batch that has learnt little there, at four times it (networks of several layers part at first and settle); then
/// two or three more are tried, and place_best() decides. Learnt is, of a full batch, how many samples are decided right, and
/// must be clearly more (as of rectifiers, which lose their units); of smaller batches, for which the onset is
/// but a bound, the logarithm of the cross-entropy, which tells rates apart that decide the same. Throws Stopped.
RateSearch find_learning_rate(const Model& untrained, const Dataset& train, const RateSearchTask& task,
                              Team& team);

nlohmann::ordered_json rate_search_json(const RateSearch& search);
std::string rate_search_text(const RateSearch& search);

}  // namespace stoic
