#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "stoic/host/data/samples.hpp"
#include "stoic/host/learning/network_layers.hpp"

namespace stoic {

/// The first layer of many copies of a network: the data, which they have in common, is read once for all. Of
/// inputs that are mostly 0, as those of MNIST, only the others are multiplied.
class FirstProduct {
 public:
  FirstProduct(const NetworkLayer& layer, Eigen::Index copies);

  /// W_1 of copy `copy` [rows x patch], column by column.
  void set_weights(Eigen::Index copy, const double* weights);
  /// Reads a chunk of samples, u = scale * v + offset, and makes sums() of them.
  void read(const Samples& data, std::span<const std::uint32_t> samples, double scale, double offset);
  /// W_1 x of a copy [rows x locations * samples]; the caller puts dL/d of it in its place.
  Eigen::MatrixXd& sums(Eigen::Index copy) { return sums_[static_cast<std::size_t>(copy)]; }
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
  void order_by_input();
  void multiply_sparse(std::size_t copy);
  void add_sparse(std::size_t copy);

  const NetworkLayer& layer_;
  std::vector<Eigen::MatrixXd> weights_, gradients_, sums_;  // of each copy
  Eigen::MatrixXd inputs_;
  bool sparse_ = false;
  Sparse by_sample_, by_input_;
};

}  // namespace stoic
