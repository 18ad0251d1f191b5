#pragma once
#include <iterator>
#include <span>
#include <utility>

#include "stoic/host/kernels/panels.hpp"
#include "stoic/host/kernels/single_column.hpp"

// What couples the sites of a rule: the first number of every site goes in, one number c for each site comes
// out. Panel by panel, so that what follows site by site finds it in the cache.
//
//   couple(x, c, p, columns)          panel p of c, the first so many columns
//   push(x, at, dx, dc, p)            its derivative along dx, where column s of dx is a tangent at column
//   at[s] of x pull(x, at, c_bar, x_bar, p)      the transposed derivative on c_bar; x_bar is written, not
//   added to
namespace stoic {

/// For each column of tangents or covectors the column of its state.
using Columns = std::span<const Eigen::Index>;

/// c = A x
template <class Scalar>
class DenseCoupling {
 public:
  DenseCoupling() = default;
  explicit DenseCoupling(Panels<Scalar> weights) : weights_(std::move(weights)) { transpose_weights(); }
  const Panels<Scalar>& weights() const { return weights_; }
  const Panels<Scalar>& transposed() const { return transposed_; }

  void couple(const Panels<Scalar>& x, Panels<Scalar>& c, Eigen::Index p, Eigen::Index columns) const {
    multiply_panel(weights_, x, c, p, 0, columns);
  }
  void push(const Panels<Scalar>&, Columns at, const Panels<Scalar>& dx, Panels<Scalar>& dc,
            Eigen::Index p) const {
    multiply_panel(weights_, dx, dc, p, 0, std::ssize(at));
  }
  void pull(const Panels<Scalar>&, Columns at, const Panels<Scalar>& c_bar, Panels<Scalar>& x_bar,
            Eigen::Index p) const {
    multiply_panel(transposed_, c_bar, x_bar, p, 0, std::ssize(at));
  }

 private:
  void transpose_weights() {
    transposed_ = Panels<Scalar>(typename Panels<Scalar>::Matrix(weights_.dense().transpose()));
  }
  Panels<Scalar> weights_, transposed_;
};

/// The same for a rule of one series at a time.
class SeriesCoupling : public DenseCoupling<double> {
 public:
  explicit SeriesCoupling(Panels<double> weights)
      : DenseCoupling<double>(std::move(weights)), product_(this->weights()) {}
  void couple(const Panels<double>& x, Panels<double>& c, Eigen::Index p, Eigen::Index columns) const {
    if (columns == 1)
      product_(weights(), x, c, p);
    else
      DenseCoupling<double>::couple(x, c, p, columns);
  }

 private:
  SingleColumnProduct product_;
};

/// Sites that do not know of each other: c = 0.
template <class Scalar>
struct NoCoupling {
  void couple(const Panels<Scalar>&, Panels<Scalar>& c, Eigen::Index p, Eigen::Index) const {
    elements(c, p).setZero();
  }
  void push(const Panels<Scalar>&, Columns, const Panels<Scalar>&, Panels<Scalar>& dc, Eigen::Index p) const {
    elements(dc, p).setZero();
  }
  void pull(const Panels<Scalar>&, Columns, const Panels<Scalar>&, Panels<Scalar>& x_bar,
            Eigen::Index p) const {
    elements(x_bar, p).setZero();
  }
};

}  // namespace stoic
