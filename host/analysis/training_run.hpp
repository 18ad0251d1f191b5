#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "stoic/host/kernels/team.hpp"
#include "stoic/host/learning/loss_surface.hpp"
#include "stoic/host/learning/optimizer.hpp"

namespace stoic {

/// How trainings are followed as maps of the weights.
struct TrainingTask {
  TrainingRecipe training;        ///< optimiser, momentum, decay, batch; the rate is constant
  std::int64_t epochs = 201;      ///< for which copies are followed
  std::int64_t cap = 0;           ///< epochs for which a start alone goes on until it arrives
  std::int64_t copies = 5;        ///< of each start
  double disturbance = 1e-8;      ///< ε: every weight gets a draw of (-ε, ε)
  bool disturbs_biases = false;   ///< biases too
  bool tangent = false;           ///< follow a tangent beside, which begins as the first copy's disturbance
  double target = 0.9;            ///< test accuracy to arrive at; above 1: nobody looks
  std::int64_t most_updates = 0;  ///< ends the copies' part earlier; 0: epochs alone do
  std::uint64_t seed = 1;         ///< of disturbances and of the order of mini-batches
  std::int64_t first_start = 0;   ///< number of the first start, which says what disturbs it
  std::function<void(std::int64_t done, std::int64_t all)> progress = {};  ///< epochs
};

/// One start on its way. Series are by `every` updates, from 0; what is not finite ends them.
struct TrainingTrace {
  std::vector<std::vector<double>> copies;  ///< L1 distance of each copy over all weights
  std::vector<double> distance;             ///< their mean
  std::vector<double> tangent;              ///< ln of the tangent's L1 length
  std::vector<double> loss;
  std::optional<std::int64_t> arrival;  ///< epoch after which the target was reached first
  double accuracy = 0;                  ///< of the test samples, when it ended
  bool diverged = false;                ///< its weights are no longer finite
};

struct TrainingTraces {
  std::vector<TrainingTrace> starts;
  std::int64_t every = 1;              ///< updates between two places of a series
  std::int64_t updates_per_epoch = 1;  ///< one with the full batch
  double copy_epochs = 0;              ///< epochs of single copies that were computed, tangents as two
};

/// Follows copies of each start (columns) side by side. Throws Stopped when the team is asked to stop.
TrainingTraces follow_trainings(LossSurface& surface, const Eigen::MatrixXd& starts, const TrainingTask& task,
                                Team& team);

/// What is added to the weights of a start for its copy of this number, from 1.
Eigen::VectorXd disturbance_of(const LossSurface& surface, const TrainingTask& task, std::int64_t start,
                               std::int64_t copy);

/// The batches of a training, one after the other: all samples in their order, or batches of a random order
/// in every epoch.
class TrainingBatches {
 public:
  TrainingBatches(const LossSurface& surface, std::int64_t batch, std::uint64_t seed);
  std::int64_t per_epoch() const { return per_epoch_; }
  /// Valid until the next call.
  LossBatch at(std::int64_t update);

 private:
  std::uint64_t seed_, epoch_ = 0;
  std::vector<std::uint32_t> all_, order_;
  std::int64_t batch_, per_epoch_;
};

/// Weights with an optimiser's moments, a column each, and what a batch does to them.
class OptimisedPoints {
 public:
  explicit OptimisedPoints(Eigen::MatrixXd points, bool adam)
      : points_(std::move(points)),
        first_(Eigen::MatrixXd::Zero(points_.rows(), points_.cols())),
        second_(Eigen::MatrixXd::Zero(adam ? points_.rows() : 0, points_.cols())) {}
  const Eigen::MatrixXd& points() const { return points_; }
  Eigen::MatrixXd& points() { return points_; }
  void update(const std::vector<WeightPart>& parts, const UpdateRule& rule, const Eigen::MatrixXd& gradients);
  /// The same on a surface, within its bounds.
  void advance(LossSurface& surface, const UpdateRule& rule, const Eigen::MatrixXd& gradients);
  /// The derivative of update() along tangents, which are moments' too; to be called before it with the same
  /// rule and gradients.
  void push(const std::vector<WeightPart>& parts, const UpdateRule& rule, const Eigen::MatrixXd& gradients,
            const Eigen::MatrixXd& products, OptimisedPoints& tangents) const;
  /// Some of them, with their moments.
  OptimisedPoints chosen(const std::vector<Eigen::Index>& columns) const;
  OptimisedPoints columns(Eigen::Index count, Eigen::Index stride) const;
  /// Of a column that grows long or short, what it and its moments were divided by, as a logarithm.
  double shorten(Eigen::Index column);

 private:
  Eigen::MatrixXd points_, first_, second_;
};

}  // namespace stoic
