#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "stoic/host/kernels/panels.hpp"

namespace stoic {

/// Products of a fixed W by one column at a time, for what runs alone: multiply_panel() computes eight columns
/// whether they are there or not. Reading W is what such a product costs: it is kept by its entries that are
/// not zero where those are few, and in single precision where that holds every one of them exactly; sums
/// are in double precision either way.
class SingleColumnProduct {
 public:
  using Index = Eigen::Index;
  SingleColumnProduct() = default;
  explicit SingleColumnProduct(const Panels<double>& w);
  bool by_nonzeros() const { return !begins_.empty(); }
  bool in_single_precision() const { return single_.size() > 0; }
  /// Panel p of column 0 of y = W x; `w` is the W that this was made of.
  void operator()(const Panels<double>& w, const Panels<double>& x, Panels<double>& y, Index p) const;

 private:
  static constexpr Index rows = Panels<double>::panel_rows;
  void multiply_nonzeros(const Panels<double>& x, double* sums, Index p) const;

  std::vector<Index> begins_;                          ///< of each row in values_, and of one behind the last
  std::vector<double> values_;                         ///< row by row, filled up with zeros to fours
  std::vector<std::uint16_t> places_;                  ///< columns
  Eigen::Matrix<float, rows, Eigen::Dynamic> single_;  ///< panel after panel, as in Panels
};

}  // namespace stoic
