#include "stoic/host/learning/first_product.hpp"

#include <algorithm>

#include "stoic/host/learning/network_pass.hpp"

namespace stoic {
namespace {

using Eigen::Index;

/// Numbers that a processor takes at once, and rows that a loop over inputs keeps in registers. `auto` would forget
/// that they are aligned as doubles only.
using Lanes [[gnu::vector_size(64), gnu::aligned(8), gnu::may_alias]] = double;
constexpr Index lanes = 8, strip = 8 * lanes;
/// Below which share of inputs a loop over those that are not 0 pays.
constexpr double sparse_below = 0.3;

/// sum += Σ value * column(place), of `strip` rows.
void add_strip(const double* columns, Index stride, const std::uint32_t* place, const double* value,
               std::size_t count, double* sum) {
  Lanes* const to = reinterpret_cast<Lanes*>(sum);
  Lanes a = to[0], b = to[1], c = to[2], d = to[3], e = to[4], f = to[5], g = to[6], h = to[7];
  for (std::size_t i = 0; i < count; ++i) {
    const Lanes* const from = reinterpret_cast<const Lanes*>(columns + place[i] * stride);
    const double v = value[i];
    a += v * from[0];
    b += v * from[1];
    c += v * from[2];
    d += v * from[3];
    e += v * from[4];
    f += v * from[5];
    g += v * from[6];
    h += v * from[7];
  }
  to[0] = a;
  to[1] = b;
  to[2] = c;
  to[3] = d;
  to[4] = e;
  to[5] = f;
  to[6] = g;
  to[7] = h;
}

/// The same of any number of rows.
void add_columns(const double* columns, Index rows, const std::uint32_t* place, const double* value,
                 std::size_t count, double* sum) {
  Index first = 0;
  for (; first + strip <= rows; first += strip)
    add_strip(columns + first, rows, place, value, count, sum + first);
  for (; first + lanes <= rows; first += lanes) {
    Lanes& to = *reinterpret_cast<Lanes*>(sum + first);
    Lanes kept = to;
    for (std::size_t i = 0; i < count; ++i)
      kept += value[i] * *reinterpret_cast<const Lanes*>(columns + place[i] * rows + first);
    to = kept;
  }
  for (; first < rows; ++first)
    for (std::size_t i = 0; i < count; ++i) sum[first] += value[i] * columns[place[i] * rows + first];
}

}  // namespace

FirstProduct::FirstProduct(const NetworkLayer& layer, Index copies)
    : layer_(layer),
      weights_(static_cast<std::size_t>(copies)),
      gradients_(static_cast<std::size_t>(copies), Eigen::MatrixXd::Zero(layer.rows, layer.patch())),
      sums_(static_cast<std::size_t>(copies)) {}

void FirstProduct::set_weights(Index copy, const double* weights) {
  weights_[static_cast<std::size_t>(copy)] =
      Eigen::Map<const Eigen::MatrixXd>(weights, layer_.rows, layer_.patch());
}

void FirstProduct::gradient(Index copy, double* to) const {
  Eigen::Map<Eigen::MatrixXd>(to, layer_.rows, layer_.patch()) = gradients_[static_cast<std::size_t>(copy)];
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
  if (layer_.convolution) {
    Eigen::MatrixXd patches;
    fill_network_patches(layer_, inputs_.data(), count, patches);
    inputs_ = std::move(patches);
  }
  sparse_ = false;
  if (!layer_.convolution && layer_.rows >= lanes) find_values();
  for (std::size_t c = 0; c < weights_.size(); ++c) {
    if (sparse_) {
      multiply_sparse(c);
    } else {
      sums_[c].resize(layer_.rows, inputs_.cols());
      sums_[c].noalias() = weights_[c] * inputs_;
    }
  }
}

void FirstProduct::find_values() {
  const auto found = (inputs_.array() != 0).count();
  sparse_ = static_cast<double>(found) < sparse_below * static_cast<double>(inputs_.size());
  if (!sparse_) return;
  by_sample_.begin.assign(1, 0);
  by_sample_.place.clear();
  by_sample_.value.clear();
  for (Index s = 0; s < inputs_.cols(); ++s) {
    const double* const column = inputs_.col(s).data();
    for (Index p = 0; p < inputs_.rows(); ++p) {
      if (column[p] == 0) continue;
      by_sample_.place.push_back(static_cast<std::uint32_t>(p));
      by_sample_.value.push_back(column[p]);
    }
    by_sample_.begin.push_back(static_cast<std::uint32_t>(by_sample_.place.size()));
  }
  order_by_input();
}

/// The same values input after input, samples ascending.
void FirstProduct::order_by_input() {
  auto& begin = by_input_.begin;
  begin.assign(static_cast<std::size_t>(inputs_.rows()) + 1, 0);
  for (const auto p : by_sample_.place) ++begin[p + 1];
  for (std::size_t p = 1; p < begin.size(); ++p) begin[p] += begin[p - 1];
  by_input_.place.resize(by_sample_.place.size());
  by_input_.value.resize(by_sample_.place.size());
  auto next = begin;
  for (std::uint32_t s = 0; s + 1 < by_sample_.begin.size(); ++s)
    for (auto i = by_sample_.begin[s]; i < by_sample_.begin[s + 1]; ++i) {
      const auto to = next[by_sample_.place[i]]++;
      by_input_.place[to] = s;
      by_input_.value[to] = by_sample_.value[i];
    }
}

void FirstProduct::multiply_sparse(std::size_t copy) {
  Eigen::MatrixXd& sums = sums_[copy];
  sums.setZero(layer_.rows, inputs_.cols());
  for (Index s = 0; s < inputs_.cols(); ++s) {
    const auto begin = by_sample_.begin[static_cast<std::size_t>(s)],
               end = by_sample_.begin[static_cast<std::size_t>(s) + 1];
    add_columns(weights_[copy].data(), layer_.rows, by_sample_.place.data() + begin,
                by_sample_.value.data() + begin, end - begin, sums.col(s).data());
  }
}

void FirstProduct::add_sparse(std::size_t copy) {
  for (Index p = 0; p < inputs_.rows(); ++p) {
    const auto begin = by_input_.begin[static_cast<std::size_t>(p)],
               end = by_input_.begin[static_cast<std::size_t>(p) + 1];
    if (begin < end)
      add_columns(sums_[copy].data(), layer_.rows, by_input_.place.data() + begin,
                  by_input_.value.data() + begin, end - begin, gradients_[copy].col(p).data());
  }
}

void FirstProduct::add_gradients() {
  for (std::size_t c = 0; c < weights_.size(); ++c) {
    if (sparse_)
      add_sparse(c);
    else
      gradients_[c].noalias() += sums_[c] * inputs_.transpose();
  }
}

}  // namespace stoic
