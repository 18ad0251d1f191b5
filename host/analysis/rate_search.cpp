#include "stoic/host/analysis/rate_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "stoic/host/analysis/rate_fit.hpp"
#include "stoic/host/analysis/training_run.hpp"
#include "stoic/host/learning/learner_surface.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::Index;

/// From which exponent on starts part, as in paper 000; and what one start's counts as, at most, in a mean.
constexpr double parts_from = 0.05, most_exponent = 0.5;
constexpr double copy_disturbance = 1e-8;
/// Updates for the onset, of plain descent; of batches with momentum β 1 / (1 - β) as many, within a factor.
constexpr std::int64_t onset_updates = 3;
constexpr double most_inertia = 5;
/// Updates of the trials that are judged: of the full batch so many per decade of weights, since large networks
/// take longer; of batches what the budget has room for, within bounds.
constexpr double updates_per_decade = 5;
constexpr std::int64_t fewest_updates = 10, most_updates = 100;
/// Starts of small networks differ more: so many by decades of weights are judged. What the budget leaves is for
/// the onset.
constexpr double starts_by_decades = 12;
constexpr std::int64_t fewest_starts = 4, fewest_batch_starts = 3, most_starts = 64;
constexpr std::int64_t smallest_share = 10, fewest_searched = 24, most_searched = 4096, most_judged = 512;
/// Probes that bisect the onset, that are judged, and that place the onset, for which the budget has room; where
/// none place it, one or two more are judged.
constexpr int coarse_probes = 3, judged_probes = 4, fine_probes = 3;
constexpr double judged_step = 2, fine_step = 0.5;
/// More samples, as a share, that a lower rate must decide right to be preferred. Of batches, where the onset is
/// no more than a bound, any gain counts.
constexpr double worth_it = 0.02;
/// Where so many are decided right at the onset, none is looked for above.
constexpr double much = 0.75;
constexpr double largest_rate = 100;  // that a recipe takes
constexpr int range_updates = 60;
constexpr std::int64_t range_samples = 128;

/// The search while it goes on. Rates are 2^x.
class RateSearching {
 public:
  RateSearching(const Model& untrained, const Dataset& train, const RateSearchTask& task, Team& team)
      : untrained_(untrained),
        recipe_(untrained.recipe),
        task_(task),
        adam_(recipe_.training.optimizer == "adam"),
        full_(recipe_.training.batch >= train.size()),
        all_(train.size()) {
    order_ =
        random_permutation({recipe_.seed, Purpose::shuffle, std::uint64_t{1} << 40}, train.labels.size());
    judged_ = std::min(full_ ? most_judged : 2 * most_judged, all_);  // batches tell less apart
    Dataset judges = train;
    const auto chosen = std::span<const std::uint32_t>(order_).first(static_cast<std::size_t>(judged_));
    judges.samples = train.samples.selected(chosen);
    judges.labels.clear();
    for (const auto sample : chosen) judges.labels.push_back(train.labels[sample]);
    surface_ = recipe_surface(untrained, train, judges, team);
    choose_sizes();
  }

  RateSearch run() {
    bisect_onset();
    if (result_.found && !learns_elsewhere()) place_onset();
    result_.rate = std::min(result_.rate, largest_rate);
    range_test();
    result_.cost = spent_ / static_cast<double>(all_);
    result_.share = result_.cost / static_cast<double>(std::max<std::int64_t>(recipe_.training.epochs, 1));
    return std::move(result_);
  }

 private:
  /// Samples, starts and updates that the budget has room for.
  void choose_sizes() {
    const double decades = std::log10(static_cast<double>(std::max<Index>(surface_.surface->size(), 10)));
    starts_ = std::max<std::int64_t>(full_ ? fewest_starts : fewest_batch_starts,
                                     std::llround(starts_by_decades / decades));
    while (!sizes_fit(decades) && starts_ > 1) --starts_;
  }

  /// Those of so many starts; whether the budget has room for them.
  bool sizes_fit(double decades) {
    const auto& training = recipe_.training;
    const double inertia = full_ ? 1 : std::min(adam_ ? 4 : 1 / (1 - training.momentum), most_inertia);
    onset_updates_ = std::llround(static_cast<double>(onset_updates) * inertia);
    passes_ = task_.budget * static_cast<double>(all_) *
              static_cast<double>(std::max<std::int64_t>(training.epochs, 1));
    const auto few = std::min(fewest_searched, all_), some = std::max(few, all_ / smallest_share);
    const auto ranged = static_cast<double>(
        range_updates * (full_ ? std::min(range_samples, some) : std::min(training.batch, all_)));
    passes_ -= std::min(ranged, passes_ / 2);  // of the range test, which comes last
    const double judging = judge_cost * static_cast<double>(judged_) * judged_places,
                 judged = judged_probes * static_cast<double>(starts_),
                 onset =
                     2 * static_cast<double>(onset_updates_ * starts_) * (coarse_probes / 2.0 + fine_probes);
    judged_updates_ = std::max<std::int64_t>(fewest_updates, std::llround(updates_per_decade * decades));
    samples_ = std::min(training.batch, all_);
    if (full_) {
      const auto room = static_cast<std::int64_t>((passes_ - judged * judging) /
                                                  (onset + judged * static_cast<double>(judged_updates_)));
      samples_ = std::clamp(room, few, std::min(most_searched, some));
    }
    const auto samples = static_cast<double>(samples_);
    if (!full_) {
      const double each = (passes_ - onset * samples) / judged - judging;
      judged_updates_ = std::clamp(static_cast<std::int64_t>(each / samples), fewest_updates, most_updates);
    }
    return judged * (samples * static_cast<double>(judged_updates_) + judging) + onset * samples <=
           1.1 * passes_;
  }

  bool left() const { return std::ssize(result_.probes) < task_.probes; }

  /// Powers of two between which one start begins to part.
  void bisect_onset() {
    low_ = adam_ ? -17 : -10;
    high_ = adam_ ? 3 : 7;
    bool parted = false, stayed = false;
    for (int p = 0; p < coarse_probes && left(); ++p) {
      const double middle = std::floor((low_ + high_) / 2);
      const auto tried = probe(middle, std::max<std::int64_t>(starts_ / 2, 1), true);
      (tried.parts ? parted : stayed) = true;
      (tried.parts ? high_ : low_) = middle;
      (tried.parts ? above_ : below_) = tried.exponent;
    }
    result_.found = parted && stayed;
    result_.rate = recipe_.training.learning_rate;
    if (!parted) result_.why = fmt::format("up to the rate {:.4g} no start parts", std::exp2(low_));
    if (!stayed) result_.why = fmt::format("down to the rate {:.4g} starts part", std::exp2(high_));
  }

  /// Whether training learns more well below where the onset is about or, of a full batch that has learnt little
  /// there, well above: networks of several layers part at first and settle. Then place_best() has the rate, by
  /// what was learnt at the onset, at factors of four from it, and beside the best: while there are probes, so
  /// that factors of two lie around it, of batches once.
  bool learns_elsewhere() {
    onset_ = crossing({{low_, below_}, {high_, above_}}, parts_from, most_exponent);
    result_.onset = result_.rate = std::exp2(onset_);
    if (std::ssize(result_.probes) + judged_probes > task_.probes) return false;
    std::map<double, double> learnt;
    const auto judge = [&](double x) { return learnt[x] = merit(probe(x, starts_, false)); };
    const double at = judge(onset_), worth = full_ ? worth_it : 0;
    double step = -judged_step;
    if (judge(onset_ + step) < at + worth) {
      step = judged_step;
      if (!full_ || at >= much || judge(onset_ + step) < at + worth) return false;
    }
    judge(onset_ + 2 * step);
    for (int more = full_ ? 2 : 1; more > 0 && left(); --more)
      if (const auto next = beside_best(learnt, judged_step)) judge(*next);
    result_.rate = std::exp2(place_best(learnt, onset_, full_, worth));
    return true;
  }

  /// What was learnt. Of batches no less than who decides by chance.
  double merit(const RateProbe& probe) const {
    const double by_chance = std::log(static_cast<double>(recipe_.classes));
    return full_ ? probe.accuracy : -std::log(std::min(probe.cross_entropy, by_chance));
  }

  /// By rates around the onset, with starts that are all different: as many as the budget has left for. The first
  /// rate was judged, and counts once.
  void place_onset() {
    const bool judged = std::ssize(result_.probes) > coarse_probes;
    const auto more =
        std::min<std::ptrdiff_t>(task_.probes - std::ssize(result_.probes) + (judged ? 1 : 0), fine_probes);
    const double probes = static_cast<double>(std::max<std::ptrdiff_t>(more, 1)),
                 room = (passes_ - spent_) / (2 * probes * static_cast<double>(onset_updates_));
    if (full_) {
      const auto most = std::min(most_searched, std::max(samples_, all_ / smallest_share));
      samples_ = std::clamp(static_cast<std::int64_t>(room) / starts_, samples_, std::max(samples_, most));
    }
    const auto starts = std::clamp<std::int64_t>(
        static_cast<std::int64_t>(room / static_cast<double>(samples_)), 1, most_starts);
    std::vector<PlacedExponent> placed;
    while (std::ssize(placed) < more) {
      if (placed.size() == 1) onset_ += placed[0].exponent > parts_from ? -fine_step : fine_step;
      placed.push_back({onset_, probe(onset_, starts, true).exponent});
      if (placed.size() == 1) join_judged();
      if (placed.size() > 1) onset_ = crossing(placed, parts_from, most_exponent);
    }
    result_.onset = result_.rate = std::exp2(onset_);
  }

  /// The last probe, with the one that judged the same rate, if one did.
  void join_judged() {
    const auto followed = result_.probes.back();
    const auto judged = std::ranges::find(result_.probes, followed.rate, &RateProbe::rate);
    if (std::next(judged) == result_.probes.end()) return;
    result_.probes.pop_back();
    judged->starts += followed.starts;
    judged->samples = std::max(judged->samples, followed.samples);
    judged->exponent = followed.exponent;
    judged->rho = followed.rho;
    judged->parts = followed.parts;
  }

  /// With copies: whether they part from their starts. Without: what starts learn.
  RateProbe probe(double x, std::int64_t starts, bool copied) {
    if (task_.progress) task_.progress(static_cast<int>(result_.probes.size()), task_.probes);
    RateProbe probe{.rate = std::exp2(x),
                    .starts = starts,
                    .samples = samples_,
                    .updates = copied ? onset_updates_ : judged_updates_,
                    .exponent = copied ? 0 : NAN,
                    .rho = copied ? 0 : NAN,
                    .accuracy = copied ? NAN : 0,
                    .cross_entropy = copied ? NAN : 0};
    const std::int64_t first = copied ? onset_next_ : 0;
    if (copied) onset_next_ += starts;
    for (std::int64_t s = 0; s < starts; ++s) trial(probe, first + s, copied);
    for (double* mean : {&probe.exponent, &probe.rho, &probe.loss, &probe.accuracy, &probe.cross_entropy})
      *mean /= static_cast<double>(starts);
    if (!std::isfinite(probe.loss)) probe.loss = INFINITY;
    probe.parts = copied && probe.exponent > parts_from;
    result_.probes.push_back(probe);
    return probe;
  }

  void trial(RateProbe& probe, std::int64_t number, bool copied) {
    auto training = recipe_.training;
    training.learning_rate = probe.rate;
    training.schedule = "constant";
    training.warmup_batches = 0;
    Eigen::MatrixXd points(surface_.surface->size(), copied ? 2 : 1);
    points.colwise() = start(number);
    if (copied)
      points.col(1) += disturbance_of(*surface_.surface,
                                      {.disturbance = copy_disturbance, .seed = recipe_.seed}, number, 1);
    const auto distance = [&] { return (points.col(1) - points.col(0)).lpNorm<1>(); };
    const double before = copied ? distance() : 1;
    OptimisedPoints weights(points, adam_);
    const std::int64_t first_averaged = probe.updates / 2, averaged = probe.updates - first_averaged;
    Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(points.rows(), full_ ? 0 : 1);
    TrialBatches batches(*this, number);
    Slopes slopes;
    for (std::int64_t u = 0; u < probe.updates; ++u) {
      const auto batch = batches.at(u);
      surface_.surface->slopes(weights.points(), nullptr, batch, slopes);
      weights.advance(*surface_.surface, update_rule(training, u, batches.per_epoch()), slopes.gradients);
      spent_ += static_cast<double>(points.cols()) * static_cast<double>(batch.samples.size());
      if (copied) continue;
      if (full_ && is_judged(u + 1, probe.updates)) judge(weights.points(), judged_places, probe);
      if (!full_ && u >= first_averaged) mean += weights.points();
    }
    probe.loss += slopes.losses(0);
    if (!copied && !full_) {
      judge(weights.points(), 2, probe);
      judge(mean / static_cast<double>(averaged), 2, probe);
    }
    if (!copied) return;
    points = weights.points();
    const double growth = std::log(distance() / before) / static_cast<double>(probe.updates);
    const double exponent =
        points.allFinite() ? std::clamp(growth, -most_exponent, most_exponent) : most_exponent;
    probe.exponent += exponent;
    probe.rho += exponent > parts_from ? 1 : 0;
  }

  /// The full batch is judged after a half, three quarters and all of the updates; smaller ones at the end, by
  /// the weights as they are and by their mean over the later half: the first suffer from the noise of batches
  /// at large rates, as they do until the rate falls, and the second do not.
  static constexpr int judged_places = 3;
  static bool is_judged(std::int64_t done, std::int64_t updates) {
    return done == updates || done == (updates + 1) / 2 || done == (3 * updates + 3) / 4;
  }
  /// Of a pass forward, as a share of a gradient.
  static constexpr double judge_cost = 1.0 / 3;

  /// Adds its share of so many judgements.
  void judge(const Eigen::MatrixXd& point, double all, RateProbe& probe) {
    const auto judgement = surface_.surface->judge(point);
    spent_ += judge_cost * static_cast<double>(judged_);
    probe.accuracy += judgement.accuracies(0) / all;
    probe.cross_entropy += judgement.cross_entropies(0) / all;
  }

  Eigen::VectorXd start(std::int64_t number) const {
    auto recipe = recipe_;
    recipe.seed += static_cast<std::uint64_t>(number);
    return surface_.weights_of(untrained_model(recipe));
  }

  /// What a start trains on: the recipe's batches, in an order of its own; of a full batch random samples, which
  /// do not judge as long as there are others.
  class TrialBatches {
   public:
    TrialBatches(const RateSearching& search, std::int64_t number)
        : batches_(*search.surface_.surface, search.recipe_.training.batch,
                   search.recipe_.seed + static_cast<std::uint64_t>(number)),
          full_(search.full_) {
      if (!full_) return;
      const auto wanted = static_cast<std::size_t>(search.samples_);
      std::span<const std::uint32_t> from = search.order_;
      const auto others = from.subspan(static_cast<std::size_t>(search.judged_));
      if (others.size() >= wanted) from = others;
      const auto drawn =
          random_permutation({search.recipe_.seed, Purpose::shuffle,
                              (std::uint64_t{1} << 40) + 1 + static_cast<std::uint64_t>(number)},
                             from.size());
      for (std::size_t i = 0; i < wanted; ++i) own_.push_back(from[drawn[i]]);
    }
    LossBatch at(std::int64_t update) { return full_ ? LossBatch{.samples = own_} : batches_.at(update); }
    std::int64_t per_epoch() const { return batches_.per_epoch(); }

   private:
    TrainingBatches batches_;
    bool full_;
    std::vector<std::uint32_t> own_;
  };

  /// The loss over rates that grow by equal factors, smoothed; steepest by the logarithm of the rate.
  void range_test() {
    const double low = adam_ ? 1e-5 : 1e-3, high = adam_ ? 10 : 100;
    OptimisedPoints weights(start(0), adam_);
    TrialBatches batches(*this, 0);
    auto training = recipe_.training;
    training.schedule = "constant";
    training.warmup_batches = 0;
    Slopes slopes;
    std::vector<double> losses;
    double smooth = 0, weight = 0, passes = 0;
    const double factor = std::log(high / low) / (range_updates - 1);
    for (int u = 0; u < range_updates; ++u) {
      training.learning_rate = low * std::exp(factor * u);
      auto batch = batches.at(u);
      if (full_)
        batch.samples =
            batch.samples.first(std::min(batch.samples.size(), static_cast<std::size_t>(range_samples)));
      surface_.surface->slopes(weights.points(), nullptr, batch, slopes);
      passes += static_cast<double>(batch.samples.size());
      smooth = 0.9 * smooth + 0.1 * slopes.losses(0);
      weight = 0.9 * weight + 0.1;
      losses.push_back(smooth / weight);
      if (!std::isfinite(losses.back()) || losses.back() > 4 * losses.front()) break;
      weights.advance(*surface_.surface, update_rule(training, u, batches.per_epoch()), slopes.gradients);
    }
    spent_ += passes;
    result_.range_test_cost = passes / static_cast<double>(all_);
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
  bool adam_, full_;
  std::int64_t all_, judged_ = 0, onset_updates_ = 0, judged_updates_ = 0, samples_ = 0, starts_ = 1;
  std::vector<std::uint32_t> order_;  // of all samples: the first ones judge
  RecipeSurface surface_;
  double passes_ = 0, spent_ = 0;  // samples times copies that may go through, and that went
  double low_ = 0, high_ = 0, below_ = 0, above_ = INFINITY, onset_ = 0;  // x, exponents at the first two, x
  std::int64_t onset_next_ = 0;  // number of the next start whose copy is followed
  RateSearch result_;
};

}  // namespace

RateSearch find_learning_rate(const Model& untrained, const Dataset& train, const RateSearchTask& task,
                              Team& team) {
  return RateSearching(untrained, train, task, team).run();
}

}  // namespace stoic
