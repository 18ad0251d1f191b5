#include "stoic/host/learning/first_product.hpp"

#include <algorithm>
#include <array>

#include "stoic/host/learning/network_pass.hpp"

namespace stoic {
namespace {

using Eigen::Index;

/// Rows that a loop over inputs keeps in registers, and below which share of inputs it pays.
constexpr Index strip = 64;
constexpr double sparse_below = 0.3;

/// sum += Σ value * column(place), of `strip` rows.
void add_columns(const double* columns, Index stride, const std::uint32_t* place, const double* value,
                 std::size_t count, double* sum) {
  std::array<double, strip> kept;
  std::copy_n(sum, strip, kept.begin());
  for (std::size_t i = 0; i < count; ++i) {
    const double* const column = columns + place[i] * stride;
    const double factor = value[i];
#pragma omp simd
    for (std::size_t r = 0; r < strip; ++r) kept[r] += factor * column[r];
  }
  std::copy_n(kept.begin(), strip, sum);
}

/// The same of fewer rows.
void add_columns(const double* columns, Index stride, const std::uint32_t* place, const double* value,
                 std::size_t count, double* sum, Index rows) {
  if (rows == strip) return add_columns(columns, stride, place, value, count, sum);
  for (std::size_t i = 0; i < count; ++i) {
    const double* const column = columns + place[i] * stride;
#pragma omp simd
    for (Index r = 0; r < rows; ++r) sum[r] += value[i] * column[r];
  }
}

}  // namespace

FirstProduct::FirstProduct(const NetworkLayer& layer, Index copies)
    : layer_(layer),
      copies_(copies),
      weights_(copies * layer.rows, layer.patch()),
      gradients_(Eigen::MatrixXd::Zero(copies * layer.rows, layer.patch())) {}

void FirstProduct::set_weights(Index copy, const double* weights) {
  weights_.middleRows(copy * layer_.rows, layer_.rows) =
      Eigen::Map<const Eigen::MatrixXd>(weights, layer_.rows, layer_.patch());
}

void FirstProduct::gradient(Index copy, double* to) const {
  Eigen::Map<Eigen::MatrixXd>(to, layer_.rows, layer_.patch()) =
      gradients_.middleRows(copy * layer_.rows, layer_.rows);
}

void FirstProduct::read(const Samples& data, std::span<const std::uint32_t> samples, double scale,
                        double offset) {
  const auto count = static_cast<Index>(samples.size());
  inputs_.resize(layer_.inputs, count);
  for (Index s = 0; s < count; ++s) {
    auto column = inputs_.col(s);
    const auto sample = static_cast<std::int64_t>(samples[static_cast<std::size_t>(s)]);
    if (data.are_real())
      data.read(sample, {column.data(), static_cast<std::size_t>(layer_.inputs)});
    else
      column =
          Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, 1>>(data.bytes(sample), layer_.inputs)
              .cast<double>();
    column = (scale * column.array() + offset).matrix();
  }
  if (layer_.convolves()) {
    Eigen::MatrixXd patches;
    fill_network_patches(layer_, inputs_.data(), count, patches);
    inputs_ = std::move(patches);
  }
  sparse_ = false;
  if (!layer_.convolves() && weights_.rows() >= strip) find_values();
  if (sparse_) return multiply_sparse();
  sums_.resize(weights_.rows(), inputs_.cols());
  sums_.noalias() = weights_ * inputs_;
}

void FirstProduct::find_values() {
  const Index rows = inputs_.rows(), columns = inputs_.cols();
  const auto found = (inputs_.array() != 0).count();
  sparse_ = static_cast<double>(found) < sparse_below * static_cast<double>(inputs_.size());
  if (!sparse_) return;
  const auto begin = [&](Sparse& sparse) {
    sparse.begin.assign(1, 0);
    sparse.place.clear();
    sparse.value.clear();
  };
  begin(by_sample_);
  begin(by_input_);
  const auto add = [](Sparse& sparse, Index place, double value) {
    if (value == 0) return;
    sparse.place.push_back(static_cast<std::uint32_t>(place));
    sparse.value.push_back(value);
  };
  for (Index s = 0; s < columns; ++s) {
    for (Index p = 0; p < rows; ++p) add(by_sample_, p, inputs_(p, s));
    by_sample_.begin.push_back(static_cast<std::uint32_t>(by_sample_.place.size()));
  }
  for (Index p = 0; p < rows; ++p) {
    for (Index s = 0; s < columns; ++s) add(by_input_, s, inputs_(p, s));
    by_input_.begin.push_back(static_cast<std::uint32_t>(by_input_.place.size()));
  }
}

void FirstProduct::multiply_sparse() {
  const Index rows = weights_.rows();
  sums_.setZero(rows, inputs_.cols());
  for (Index first = 0; first < rows; first += strip)
    for (Index s = 0; s < inputs_.cols(); ++s) {
      const auto begin = by_sample_.begin[static_cast<std::size_t>(s)],
                 end = by_sample_.begin[static_cast<std::size_t>(s) + 1];
      add_columns(weights_.data() + first, rows, by_sample_.place.data() + begin,
                  by_sample_.value.data() + begin, end - begin, sums_.col(s).data() + first,
                  std::min(strip, rows - first));
    }
}

void FirstProduct::add_sparse() {
  const Index rows = weights_.rows();
  for (Index first = 0; first < rows; first += strip)
    for (Index p = 0; p < inputs_.rows(); ++p) {
      const auto begin = by_input_.begin[static_cast<std::size_t>(p)],
                 end = by_input_.begin[static_cast<std::size_t>(p) + 1];
      if (begin == end) continue;
      add_columns(sums_.data() + first, rows, by_input_.place.data() + begin, by_input_.value.data() + begin,
                  end - begin, gradients_.col(p).data() + first, std::min(strip, rows - first));
    }
}

void FirstProduct::add_gradients() {
  if (sparse_) return add_sparse();
  gradients_.noalias() += sums_ * inputs_.transpose();
}

}  // namespace stoic
