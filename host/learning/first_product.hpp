#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "stoic/host/data/samples.hpp"
#include "stoic/host/learning/network_layers.hpp"

namespace stoic {

/// The first layer of many copies of a network, one below the other: what they have in common is read once.
/// Of inputs that are mostly 0, as those of MNIST, only the others are multiplied.
class FirstProduct {
 public:
  FirstProduct(const NetworkLayer& layer, Eigen::Index copies);

  /// W_1 of copy `copy` [rows x patch], column by column.
  void set_weights(Eigen::Index copy, const double* weights);
  /// Reads a chunk of samples, u = scale * v + offset, and makes sums() of them.
  void read(const Samples& data, std::span<const std::uint32_t> samples, double scale, double offset);
  /// W_1 x [copies * rows x locations * samples]; the caller puts dL/d of it in its place.
  Eigen::MatrixXd& sums() { return sums_; }
  /// Adds dL/dW_1 of the chunk, from dL/d sums in the place of sums.
  void add_gradients();
  /// All that was added, of one copy.
  void gradient(Eigen::Index copy, double* to) const;

 private:
  using Index = Eigen::Index;
  /// Inputs that are not 0, sample after sample or input after input.
  struct Sparse {
    std::vector<std::uint32_t> begin, place;
    std::vector<double> value;
  };
  void find_values();
  void multiply_sparse();
  void add_sparse();

  const NetworkLayer& layer_;
  Index copies_;
  Eigen::MatrixXd weights_, gradients_, inputs_, sums_;
  bool sparse_ = false;
  Sparse by_sample_, by_input_;
};

}  // namespace stoic
