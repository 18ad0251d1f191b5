#pragma once
#include <Eigen/Core>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stoic/host/compiler/network_builder.hpp"
#include "stoic/host/compiler/split_matrix.hpp"
#include "stoic/host/driven/ridge.hpp"

namespace stoic {

/// Where a feature lies and what number its code is: code * 2^-bits / scale. With `rest`, a vector of the same
/// elements and scale, it is the sum of both.
struct Feature {
  const Quantity* vector;
  Eigen::Index element;
  double scale = 1;
  const Quantity* rest = nullptr;
};

/// A linear read-out that is learnt on codes: y = W_out [features; 1], as one product or, where weights are too
/// coarse, as the sum of several, of `most_parts` at most.
class DrivenReadOut {
 public:
  using MatrixXd = Eigen::MatrixXd;
  /// Features lie in vectors behind each other, of which `first` is the first, and whose quantities must outlive this;
  /// codes of all are taken as if they had its fraction bits.
  DrivenReadOut(NetworkBuilder& builder, const Quantity& first, const Quantity& y,
                std::vector<Feature> features, std::int64_t most_parts);

  /// What lies in the place of every feature and is added to it: its first vector, which is read as `first` is.
  void add_rest(const Quantity& first) { first_rest_ = first; }
  Eigen::VectorXd features(std::span<const std::int32_t> state) const;
  /// As weights hold it, with its bias.
  MatrixXd rounded(const MatrixXd& w_out, const NormalEquations& met) const;
  /// Products, STORE and HALT. Returns the number of matrices.
  std::int64_t emit(const MatrixXd& w_out, const NormalEquations& met);

 private:
  Eigen::Index outputs() const { return y_.length; }
  /// Column of the product that a feature is in, and what its weight is multiplied by.
  struct Column {
    Eigen::Index at;
    double scale;
  };
  Column column_of(const Feature& feature) const;
  Eigen::Index columns() const;
  /// [outputs x (features + 1)] from what meets the columns of the product, and the bias.
  MatrixXd unscaled(const MatrixXd& wide, const Eigen::VectorXd& bias) const;
  /// In two parts where weights are narrow, and in one more while rounding them changes y by more than a share of
  /// y's own rounding: that error is the same for the same state, and free runs go astray by it sooner than by one
  /// of chance.
  SplitMatrix split(const MatrixXd& w_out, const NormalEquations& met) const;
  Quantity partial_sum(const std::string& name, double size, std::int64_t next_weight_bits);

  NetworkBuilder& builder_;
  Quantity first_, y_;
  std::vector<Feature> features_;
  std::int64_t most_parts_;
  std::optional<Quantity> first_rest_;
};

}  // namespace stoic
