#pragma once
#include <Eigen/Core>
#include <memory>
#include <optional>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/kernels/team.hpp"
#include "stoic/host/learning/loss_surface.hpp"

namespace stoic {

/// Data as a network reads it: u = scale * v + offset.
struct NetworkData {
  Dataset train, test;
  double scale = 1, offset = 0;
  std::vector<double> class_weights;  ///< factor of the loss of a sample of each class; empty: 1
};

/// The cross-entropy of a feed-forward network, of many copies side by side. All copies of a group go through
/// a chunk of the data together, and their first layers are one product. H v is by the R-operator
/// (B. Pearlmutter, Neural Computation 6, 1994).
///
/// Work is cut into fixed chunks of samples and groups of copies, and sums are made in a fixed order: the
/// number of threads changes no bit.
class NetworkCopies final : public LossSurface {
 public:
  /// The team must outlive it.
  NetworkCopies(std::vector<NetworkLayer> layers, NetworkData data, Team& team);
  ~NetworkCopies() override;

  const std::vector<WeightPart>& parts() const override { return parts_; }
  std::int64_t samples() const override { return data_.train.size(); }
  void slopes(const Eigen::MatrixXd& points, const Eigen::MatrixXd* tangents, const LossBatch& batch,
              Slopes& result) override;
  Judgement judge(const Eigen::MatrixXd& points) override;

 private:
  struct Task;
  struct Sums;
  void add_slopes(const Task& task, Sums& sums) const;
  void judge(const Task& task, Eigen::Index copy, JudgedSamples& sums) const;

  std::vector<NetworkLayer> layers_;
  std::vector<WeightPart> parts_;
  NetworkData data_;
  Team& team_;
  Eigen::Index chunk_;
  std::vector<Sums> sums_;
};

}  // namespace stoic
