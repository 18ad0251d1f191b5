#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/dynamics/system.hpp"
#include "stoic/host/kernels/sparse.hpp"
#include "stoic/host/learning/optimizer.hpp"
#include "stoic/host/model/recipe.hpp"

namespace stoic {

/// Copies all rows to the first ones of another matrix of as many columns.
template <class Scalar>
void copy_rows(const Panels<Scalar>& from, Panels<Scalar>& to);

/// Sets row `row` to 1: what the last column of W_out, the bias, multiplies.
template <class Scalar>
void fill_bias_row(Panels<Scalar>& states, Eigen::Index row);

/// Adds a bias [rows x 1] to every column of the first rows of `states`.
template <class Scalar>
void add_bias(const Panels<Scalar>& bias, Panels<Scalar>& states, Team& team);

/// Trainable weights with their moments.
template <class Scalar>
struct TrainableWeights {
  Panels<Scalar> weights;
  Panels<Scalar> first_moment;
  Panels<Scalar> second_moment;  ///< adam only
};

/// A trained matrix of the system itself; the weights lie in the system.
template <class Scalar>
struct OwnWeights {
  Panels<Scalar>* weights;
  Panels<Scalar> first_moment;
  Panels<Scalar> second_moment;  ///< adam only
  bool decays;
  double rate;  ///< factor of the learning rate
};

/// Read-in and read-out around a dynamical system, and one step of training them by back-propagation,
/// together with the trained matrices that the system may have.
///
/// The results are the same bits with any number of threads: work is split by rows of weights and by fixed
/// groups of samples, and every sum is made by one thread in a fixed order.
template <class Scalar>
class Learner {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

  /// Draws W_in, and b_in, uniformly from ±1/√inputs and W_out from ±1/√neurons, or as the system's traits
  /// say. A system without a read-in has no W_in. Recipe and team must outlive the learner.
  Learner(const Recipe& recipe, std::unique_ptr<System<Scalar>> system, Team& team);

  /// Forward, loss, backward and update on the `samples` of `data` (one batch, in this order); returns the
  /// mean loss. `epoch` keys the noise of inputs and pixels. When the team is asked to stop, throws Stopped
  /// before any weight has changed.
  double step(const Dataset& data, std::span<const std::uint32_t> samples, std::uint64_t epoch,
              const UpdateRule& rule);

  /// How many samples of the last step the network decided right, before the update.
  std::int64_t right() const;

  std::vector<TrainableWeights<Scalar>> convolutions;  ///< W_convolution [filters x (patch+1)], ...
  TrainableWeights<Scalar> read_in;                    ///< W_in  [neurons x read_in_columns]
  TrainableWeights<Scalar> read_in_bias;               ///< b_in [neurons x 1], or nothing
  TrainableWeights<Scalar> read_out;                   ///< W_out [classes x (neurons+1)], bias last
  std::vector<OwnWeights<Scalar>> own;                 ///< in the order of Recipe::matrices()
  std::vector<double> class_weights;  ///< factor of the loss of a sample of each class; empty: 1
  /// To be called after the weights were changed from outside.
  void weights_changed();

 private:
  /// Everything that depends on the size of the batch.
  struct Batch {
    Panels<Scalar> inputs;  // of W_in or the convolution; nothing without either
    typename Convolutions<Scalar>::Batch convolutions;
    std::unique_ptr<Run<Scalar>> run;
    Panels<Scalar> logits;  // then dL/dy
    std::vector<double> losses;
    std::vector<std::uint8_t> right;  // by sample, 1 or 0
    NonZeros<Scalar> source_values;   // of what W_in multiplies
  };
  Batch& batch_of(Eigen::Index samples);
  /// Pixels and noise of the samples first ... end-1 of the batch.
  void fill_inputs(Batch& batch, const Dataset& data, std::span<const std::uint32_t> samples,
                   std::uint64_t epoch, Eigen::Index first, Eigen::Index end) const;
  /// y = W_out [x(T); 1] of the same, its loss, dL/dy in its place, and dL/dx(T) = W_outᵀ dL/dy.
  void read_out_and_loss(Batch& batch, const Dataset& data, std::span<const std::uint32_t> samples,
                         Eigen::Index first, Eigen::Index end) const;
  /// What the loss of a sample of this label is multiplied by.
  double weight_of(std::uint8_t label) const { return class_weights.empty() ? 1 : class_weights[label]; }
  void distances(Batch& batch, const Dataset& data, std::span<const std::uint32_t> samples,
                 Eigen::Index first, Eigen::Index end) const;
  void update_read_out(const Batch& batch, const UpdateRule& rule);
  void update_read_in(Batch& batch, const UpdateRule& rule);
  void update_read_in_bias(const Batch& batch, const UpdateRule& rule);
  /// Whether anything is trained besides W_out: then dL/dx(T) is wanted.
  bool trains_before_read_out() const {
    return recipe_.has_read_in() || !convolutions.empty() || !own.empty();
  }
  /// Where pixels go: without a read-in and a convolution, to x(0).
  Panels<Scalar>& inputs(Batch& batch) const;
  /// What W_in multiplies.
  Panels<Scalar>& source(Batch& batch) const;
  /// Sets a share of it to 0 for each sample, and the rest up to the same mean (Srivastava et al., JMLR 15,
  /// 2014).
  void drop(Batch& batch, const Dataset& data, std::span<const std::uint32_t> samples, std::uint64_t epoch,
            Eigen::Index first, Eigen::Index end) const;
  void update_convolutions(Batch& batch, const UpdateRule& rule);
  typename Convolutions<Scalar>::Weights filters() const;
  void update_own(const Batch& batch, const UpdateRule& rule);

  const Recipe& recipe_;
  std::unique_ptr<System<Scalar>> system_;
  Team& team_;
  Eigen::Index last_neurons_;
  Matrix attractors_;  // [neurons x classes], or nothing
  Convolutions<Scalar> convolutions_;
  Panels<Scalar> read_in_transposed_;   // of W_in behind a convolution [features x neurons], else nothing
  Panels<Scalar> read_out_transposed_;  // [neurons x classes], without the bias
  std::optional<Batch> batch_;
};

extern template class Learner<float>;
extern template class Learner<double>;

}  // namespace stoic
