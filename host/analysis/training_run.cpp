#include "stoic/host/analysis/training_run.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// Places of a series, at most.
constexpr std::int64_t longest_series = 2000;

UpdateRule rule_of_part(UpdateRule rule, const WeightPart& part) {
  rule.rate *= part.rate;
  if (!part.decays) rule.weight_decay = 0;
  return rule;
}

/// All starts with their copies: column s (1 + copies) + j is copy j of start s, 0 the start itself.
class Followed {
 public:
  Followed(LossSurface& surface, const MatrixXd& starts, const TrainingTask& task)
      : surface_(surface),
        task_(task),
        batches_(surface, task.training.batch, task.seed),
        adam_(task.training.optimizer == "adam"),
        starts_(starts.cols()),
        copies_(task.copies),
        weights_(with_copies(starts), adam_),
        tangents_(first_tangents(), adam_) {
    task_.training.schedule = "constant";
    task_.training.warmup_batches = 0;
    result_.starts.resize(static_cast<std::size_t>(starts_));
    for (auto& trace : result_.starts) trace.copies.resize(static_cast<std::size_t>(copies_));
    result_.updates_per_epoch = batches_.per_epoch();
    updates_ = task.epochs * batches_.per_epoch();
    if (task.most_updates > 0) updates_ = std::min(updates_, task.most_updates);
    result_.every = (updates_ + longest_series - 1) / std::max<std::int64_t>(longest_series, 1);
    result_.every = std::max<std::int64_t>(result_.every, 1);
  }

  TrainingTraces run() {
    judge(0);
    for (std::int64_t update = 0; update < updates_; ++update) {
      const auto losses = step(update);
      if (update % result_.every == 0) note(losses);
      advance();
      if ((update + 1) % batches_.per_epoch() == 0) judge((update + 1) / batches_.per_epoch());
      if (task_.progress) task_.progress(update / batches_.per_epoch(), last_epoch());
    }
    alone();
    return std::move(result_);
  }

 private:
  MatrixXd with_copies(const MatrixXd& starts) const {
    MatrixXd all(starts.rows(), starts_ * (1 + copies_));
    for (Index s = 0; s < starts_; ++s)
      for (Index j = 0; j <= copies_; ++j) {
        auto column = all.col(s * (1 + copies_) + j);
        column = starts.col(s);
        if (j > 0) column += disturbance_of(surface_, task_, task_.first_start + s, j);
      }
    return all;
  }
  MatrixXd first_tangents() const {
    if (!task_.tangent) return {};
    MatrixXd all(surface_.size(), starts_);
    for (Index s = 0; s < starts_; ++s)
      all.col(s) = disturbance_of(surface_, task_, task_.first_start + s, 1);
    return all;
  }
  MatrixXd bases(const MatrixXd& all) const {
    MatrixXd result(all.rows(), starts_);
    for (Index s = 0; s < starts_; ++s) result.col(s) = all.col(s * (1 + copies_));
    return result;
  }

  /// Slopes of the batch at all points, with tangents those of the starts by themselves.
  Eigen::VectorXd step(std::int64_t update) {
    rule_ = update_rule(task_.training, update, batches_.per_epoch());
    const auto batch = batches_.at(update);
    const double share = 1 / static_cast<double>(batches_.per_epoch());
    const auto columns = static_cast<double>(starts_ * (1 + copies_));
    result_.copy_epochs += share * (columns + (task_.tangent ? static_cast<double>(starts_) : 0));
    if (!task_.tangent || copies_ > 0) surface_.slopes(weights_.points(), nullptr, batch, slopes_);
    if (task_.tangent) {
      const MatrixXd own = bases(weights_.points());
      surface_.slopes(copies_ > 0 ? own : weights_.points(), &tangents_.points(), batch, pushed_);
      if (copies_ == 0) slopes_ = pushed_;
    }
    Eigen::VectorXd losses(starts_);
    for (Index s = 0; s < starts_; ++s) losses(s) = slopes_.losses(s * (1 + copies_));
    return losses;
  }

  void advance() {
    const auto& parts = surface_.parts();
    if (task_.tangent) {
      OptimisedPoints own = copies_ > 0 ? weights_.columns(starts_, 1 + copies_) : weights_;
      own.push(parts, rule_, pushed_.gradients, pushed_.products, tangents_);
      if (surface_.bounded()) {
        own.update(parts, rule_, pushed_.gradients);
        move_tangents(own.points());
      }
      for (Index s = 0; s < starts_; ++s) tangent_scale_[s] += tangents_.shorten(s);
    }
    weights_.advance(surface_, rule_, slopes_.gradients);
  }

  /// Tangents at points that an update may have put out of bounds: through the derivative of what moves these
  /// within, a central difference.
  void move_tangents(const MatrixXd& points) {
    constexpr double step = 1e-6;  // of a point's length
    for (Index s = 0; s < starts_; ++s) {
      auto tangent = tangents_.points().col(s);
      const double length = tangent.norm();
      if (!(length > 0) || !points.col(s).allFinite()) continue;
      const double h = step * std::max(1.0, points.col(s).norm()) / length;
      MatrixXd around(points.rows(), 2);
      around << points.col(s) + h * tangent, points.col(s) - h * tangent;
      surface_.move_within_bounds(around);
      tangent = (around.col(0) - around.col(1)) / (2 * h);
    }
  }

  /// Distances, tangents and losses of this place.
  void note(const Eigen::VectorXd& losses) {
    for (Index s = 0; s < starts_; ++s) {
      TrainingTrace& trace = result_.starts[static_cast<std::size_t>(s)];
      const auto own = weights_.points().col(s * (1 + copies_));
      trace.diverged = trace.diverged || !std::isfinite(losses(s)) || !own.allFinite();
      if (trace.diverged) continue;
      trace.loss.push_back(losses(s));
      double sum = 0;
      for (Index j = 1; j <= copies_; ++j) {
        const double d = (weights_.points().col(s * (1 + copies_) + j) - own).lpNorm<1>();
        trace.copies[static_cast<std::size_t>(j - 1)].push_back(d);
        sum += d;
      }
      if (copies_ > 0) trace.distance.push_back(sum / static_cast<double>(copies_));
      if (task_.tangent)
        trace.tangent.push_back(tangent_scale_[s] + std::log(tangents_.points().col(s).lpNorm<1>()));
    }
  }

  /// Whether starts that have not arrived have now, after so many epochs; of all of them at the end.
  void judge(std::int64_t epoch, bool all = false) {
    if (task_.target > 1 && !all) return;
    std::vector<Index> waiting;
    for (Index s = 0; s < starts_; ++s)
      if (all || !result_.starts[static_cast<std::size_t>(s)].arrival) waiting.push_back(s);
    if (waiting.empty()) return;
    MatrixXd points(surface_.size(), std::ssize(waiting));
    for (std::size_t i = 0; i < waiting.size(); ++i)
      points.col(static_cast<Index>(i)) = weights_.points().col(waiting[i] * (1 + copies_));
    const auto accuracies = surface_.judge(points).accuracies;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      TrainingTrace& trace = result_.starts[static_cast<std::size_t>(waiting[i])];
      trace.accuracy = accuracies(static_cast<Index>(i));
      if (!all && trace.accuracy >= task_.target) trace.arrival = epoch;
    }
  }

  /// Until which starts may go on.
  std::int64_t last_epoch() const {
    return task_.target > 1 ? task_.epochs : std::max(task_.cap, task_.epochs);
  }

  /// Starts without copies, until all have arrived.
  void alone() {
    if (task_.target > 1) return;
    judge(task_.epochs, true);
    const bool followed = updates_ == task_.epochs * batches_.per_epoch();
    if (!followed || task_.cap <= task_.epochs) return;
    std::vector<Index> waiting;
    for (Index s = 0; s < starts_; ++s) {
      const auto& trace = result_.starts[static_cast<std::size_t>(s)];
      if (!trace.arrival && !trace.diverged) waiting.push_back(s);
    }
    std::vector<Index> columns;
    for (const auto s : waiting) columns.push_back(s * (1 + copies_));
    OptimisedPoints rest = weights_.chosen(columns);
    for (std::int64_t epoch = task_.epochs; epoch < task_.cap && !waiting.empty(); ++epoch) {
      for (std::int64_t b = 0; b < batches_.per_epoch(); ++b) {
        const auto update = epoch * batches_.per_epoch() + b;
        surface_.slopes(rest.points(), nullptr, batches_.at(update), slopes_);
        rest.advance(surface_, update_rule(task_.training, update, batches_.per_epoch()), slopes_.gradients);
      }
      result_.copy_epochs += static_cast<double>(waiting.size());
      if (task_.progress) task_.progress(epoch, last_epoch());
      const auto accuracies = surface_.judge(rest.points()).accuracies;
      std::vector<Index> left, kept;
      for (std::size_t i = 0; i < waiting.size(); ++i) {
        auto& trace = result_.starts[static_cast<std::size_t>(waiting[i])];
        const auto column = static_cast<Index>(i);
        trace.accuracy = accuracies(column);
        trace.diverged = !rest.points().col(column).allFinite();
        if (accuracies(column) >= task_.target) trace.arrival = epoch + 1;
        if (trace.arrival || trace.diverged) continue;
        left.push_back(waiting[i]);
        kept.push_back(column);
      }
      if (left.size() == waiting.size()) continue;
      waiting = left;
      rest = rest.chosen(kept);
    }
  }

  LossSurface& surface_;
  TrainingTask task_;
  TrainingBatches batches_;
  bool adam_;
  Index starts_, copies_;
  OptimisedPoints weights_, tangents_;
  std::vector<double> tangent_scale_ = std::vector<double>(static_cast<std::size_t>(starts_), 0.0);
  UpdateRule rule_;
  Slopes slopes_, pushed_;
  std::int64_t updates_ = 0;
  TrainingTraces result_;
};

}  // namespace

Eigen::VectorXd disturbance_of(const LossSurface& surface, const TrainingTask& task, std::int64_t start,
                               std::int64_t copy) {
  Eigen::VectorXd d = Eigen::VectorXd::Zero(surface.size());
  const RandomKey key{task.seed, Purpose::initial_tangents, static_cast<std::uint64_t>(start * 1024 + copy)};
  for (const auto& part : surface.parts()) {
    if (part.bias && !task.disturbs_biases) continue;
    for (Index i = part.first; i < part.first + part.size(); ++i)
      d(i) = task.disturbance * (2 * random_uniform(key, static_cast<std::uint64_t>(i)) - 1);
  }
  return d;
}

TrainingBatches::TrainingBatches(const LossSurface& surface, std::int64_t batch, std::uint64_t seed)
    : seed_(seed),
      all_(static_cast<std::size_t>(surface.samples())),
      batch_(std::min<std::int64_t>(batch, surface.samples())),
      per_epoch_((surface.samples() + batch_ - 1) / batch_) {
  std::iota(all_.begin(), all_.end(), 0u);
}

LossBatch TrainingBatches::at(std::int64_t update) {
  const auto epoch = static_cast<std::uint64_t>(update / per_epoch_);
  if (per_epoch_ == 1) return {all_, epoch};
  if (order_.empty() || epoch != epoch_)
    order_ = random_permutation({seed_, Purpose::shuffle, epoch}, all_.size());
  epoch_ = epoch;
  const auto rest =
      std::span<const std::uint32_t>(order_).subspan(static_cast<std::size_t>(update % per_epoch_ * batch_));
  return {rest.first(std::min(rest.size(), static_cast<std::size_t>(batch_))), epoch};
}

void OptimisedPoints::update(const std::vector<WeightPart>& parts, const UpdateRule& rule,
                             const MatrixXd& gradients) {
  for (Index c = 0; c < points_.cols(); ++c)
    for (const auto& part : parts)
      update_weights(rule_of_part(rule, part), gradients.col(c).data() + part.first,
                     points_.col(c).data() + part.first, first_.col(c).data() + part.first,
                     second_.rows() > 0 ? second_.col(c).data() + part.first : nullptr, part.size());
}

void OptimisedPoints::advance(LossSurface& surface, const UpdateRule& rule, const MatrixXd& gradients) {
  update(surface.parts(), rule, gradients);
  surface.move_within_bounds(points_);
}

void OptimisedPoints::push(const std::vector<WeightPart>& parts, const UpdateRule& rule,
                           const MatrixXd& gradients, const MatrixXd& products,
                           OptimisedPoints& tangents) const {
  if (!rule.adam) return tangents.update(parts, rule, products);  // which is linear
  for (Index c = 0; c < points_.cols(); ++c)
    for (const auto& part : parts) {
      const auto own = rule_of_part(rule, part);
      for (Index i = part.first; i < part.first + part.size(); ++i) {
        const double g = gradients(i, c), dg = products(i, c);
        const double m = adam_first_decay * first_(i, c) + (1 - adam_first_decay) * g,
                     v = adam_second_decay * second_(i, c) + (1 - adam_second_decay) * g * g;
        double& dm = tangents.first_(i, c);
        double& dv = tangents.second_(i, c);
        dm = adam_first_decay * dm + (1 - adam_first_decay) * dg;
        dv = adam_second_decay * dv + (1 - adam_second_decay) * 2 * g * dg;
        const double root = std::sqrt(own.second_correction * v), scale = root + adam_epsilon;
        const double d_scale = root > 0 ? own.second_correction * dv / (2 * root) : 0;
        double& dw = tangents.points_(i, c);
        dw -= own.rate * (own.first_correction * (dm - m * d_scale / scale) / scale + own.weight_decay * dw);
      }
    }
}

OptimisedPoints OptimisedPoints::columns(Index count, Index stride) const {
  std::vector<Index> places;
  for (Index c = 0; c < count; ++c) places.push_back(c * stride);
  return chosen(places);
}

OptimisedPoints OptimisedPoints::chosen(const std::vector<Index>& columns) const {
  OptimisedPoints result(MatrixXd(points_.rows(), std::ssize(columns)), second_.rows() > 0);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto to = static_cast<Index>(i);
    result.points_.col(to) = points_.col(columns[i]);
    result.first_.col(to) = first_.col(columns[i]);
    if (second_.rows() > 0) result.second_.col(to) = second_.col(columns[i]);
  }
  return result;
}

double OptimisedPoints::shorten(Index column) {
  constexpr double shortest = 1e-3, longest = 1e3;  // moments below 1e-30 count as 0
  const double length = points_.col(column).lpNorm<1>();
  if ((length > shortest && length < longest) || !(length > 0) || !std::isfinite(length)) return 0;
  points_.col(column) /= length;
  first_.col(column) /= length;
  if (second_.rows() > 0) second_.col(column) /= length;
  return std::log(length);
}

TrainingTraces follow_trainings(LossSurface& surface, const MatrixXd& starts, const TrainingTask& task,
                                Team& team) {
  team.stop_if_asked();
  return Followed(surface, starts, task).run();
}

}  // namespace stoic
