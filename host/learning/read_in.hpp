#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "stoic/host/data/samples.hpp"
#include "stoic/host/kernels/convolution.hpp"
#include "stoic/host/kernels/sparse.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// What leads from a network's inputs u to x(0): convolutions, W_in and b_in, where there are such.
template <class Scalar>
class ReadIn {
 public:
  explicit ReadIn(const Model& model);

  struct Batch {
    Panels<Scalar> inputs;           ///< u [inputs x samples], which the caller fills
    NonZeros<Scalar> source_values;  ///< of what W_in multiplies
    typename Convolutions<Scalar>::Batch convolutions;
  };
  Batch make_batch(Eigen::Index samples) const;
  /// x(0) to `state`, which may have more rows.
  void forward(Batch& batch, Panels<Scalar>& state, Team& team) const;

 private:
  Eigen::Index inputs_;
  Convolutions<Scalar> convolutions_;
  std::vector<Panels<Scalar>> filters_;
  Panels<Scalar> weights_, bias_;
};

/// u = input_scale * v + input_offset [inputs x samples] of all samples.
Eigen::MatrixXd network_inputs(const Recipe& recipe, const Samples& samples);

/// What W_in multiplies: u [inputs x samples] itself, or the features of the last convolution.
Eigen::MatrixXd read_in_source(const Model& model, const Eigen::MatrixXd& inputs);

/// x(0) of these inputs [neurons x samples]: W_in times read_in_source(), and b_in; without a read-in
/// read_in_source() itself.
Eigen::MatrixXd read_in_state(const Model& model, const Eigen::MatrixXd& inputs);

extern template class ReadIn<float>;
extern template class ReadIn<double>;

}  // namespace stoic
