#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <utility>

#include "stoic/host/analysis/evolution.hpp"
#include "stoic/host/analysis/order8.hpp"
#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// An equation of few numbers: its slope (of a map the next state) and the derivative of that along a
/// tangent.
template <class R>
concept SmallRule = requires(const R rule, const std::array<double, R::n>& x) {
  { R::is_map } -> std::convertible_to<bool>;
  { rule.slope(x) } -> std::same_as<std::array<double, R::n>>;
  { rule.push(x, x) } -> std::same_as<std::array<double, R::n>>;
};

/// The evolution of one: a flow by a method of order 8, so that what is found is the flow's own. All n
/// tangents are always followed; whoever wants fewer gets the first.
template <SmallRule R>
class SmallEvolution final : public Evolution {
 public:
  static constexpr std::size_t n = R::n;
  using State = std::array<double, n>;
  /// `step`: of a flow; that of a map is 1. The team, which must outlive it, is asked whether to stop: there is
  /// nothing to share.
  SmallEvolution(R rule, const Team& team, double step = 1)
      : rule_(std::move(rule)), team_(team), step_(step) {}

  Eigen::Index width() const override { return n; }
  double step() const override { return step_; }
  bool is_map() const override { return R::is_map; }
  Eigen::VectorXd state() const override {
    return Eigen::Map<const Eigen::Matrix<double, n, 1>>(all_.data());
  }
  void set_state(const Eigen::VectorXd& x) override {
    for (std::size_t i = 0; i < n; ++i) all_[i] = x[static_cast<Eigen::Index>(i)];
  }
  void advance(std::int64_t steps) override {
    State x = first<n>(all_);
    for (std::int64_t begin = 0; begin < steps; begin += unasked) {
      team_.stop_if_asked();
      for (std::int64_t i = begin; i < std::min(begin + unasked, steps); ++i) {
        if constexpr (R::is_map)
          x = rule_.slope(x);
        else
          step_of_order_8([this](const State& at, State& slope) { slope = rule_.slope(at); }, x, step_);
      }
    }
    for (std::size_t i = 0; i < n; ++i) all_[i] = x[i];
  }
  void begin(Eigen::Index tangents, std::uint64_t seed) override {
    followed_ = tangents;
    set_tangents(random_tangents(n, n, seed));
  }
  void stretch(std::int64_t intervals, std::int64_t every, Stretches& sum) override {
    for (std::int64_t i = 0; i < intervals; ++i) {
      for (std::int64_t step = 0; step < every; ++step) {
        if ((i * every + step) % unasked == 0) team_.stop_if_asked();
        step_all();
        if constexpr (requires { rule_.expansion(State{}); })
          sum.expansion += rule_.expansion(first<n>(all_));
      }
      orthonormalise_all(sum);
    }
  }
  Eigen::MatrixXd differentiate() override {
    set_tangents(Eigen::MatrixXd::Identity(n, n));
    step_all();
    return Eigen::Map<const Eigen::Matrix<double, n, n>>(all_.data() + n);
  }
  std::optional<double> expansion() const override {
    if constexpr (requires { rule_.expansion(State{}); }) return rule_.expansion(first<n>(all_));
    return {};
  }

 private:
  using All = std::array<double, n + n * n>;  // the state, then the tangents one behind the other
  template <std::size_t count, class Array>
  static std::array<double, count> first(const Array& all, std::size_t from = 0) {
    std::array<double, count> result;
    for (std::size_t i = 0; i < count; ++i) result[i] = all[from + i];
    return result;
  }
  void set_tangents(const Eigen::MatrixXd& tangents) {
    for (std::size_t i = 0; i < n * n; ++i) all_[n + i] = tangents.data()[i];
  }
  void slope_of_all(const All& at, All& slope) const {
    const State x = first<n>(at), f = rule_.slope(x);
    for (std::size_t i = 0; i < n; ++i) slope[i] = f[i];
    for (std::size_t j = 1; j <= n; ++j) {
      const State d = rule_.push(x, first<n>(at, j * n));
      for (std::size_t i = 0; i < n; ++i) slope[j * n + i] = d[i];
    }
  }
  void step_all() {
    if constexpr (R::is_map) {
      const All at = all_;
      slope_of_all(at, all_);
    } else {
      step_of_order_8([this](const All& at, All& slope) { slope_of_all(at, slope); }, all_, step_);
    }
  }
  /// Gram and Schmidt, modified, of n columns that are nowhere near dependent.
  void orthonormalise_all(Stretches& sum) {
    for (std::size_t j = 0; j < n; ++j) {
      double* const d = all_.data() + (j + 1) * n;
      for (std::size_t earlier = 0; earlier < j; ++earlier) {
        const double* const q = all_.data() + (earlier + 1) * n;
        double along = 0;
        for (std::size_t i = 0; i < n; ++i) along += q[i] * d[i];
        for (std::size_t i = 0; i < n; ++i) d[i] -= along * q[i];
      }
      double square = 0;
      for (std::size_t i = 0; i < n; ++i) square += d[i] * d[i];
      if (square < 1e-280) {  // nothing is left of it: any direction will do
        sum.vanished = true;
        square = 1e-280;
        for (std::size_t i = 0; i < n; ++i) d[i] = i == j ? 1e-140 : 0;
      }
      const double length = std::sqrt(square), log = 0.5 * std::log(square);
      for (std::size_t i = 0; i < n; ++i) d[i] /= length;
      if (static_cast<Eigen::Index>(j) >= followed_) continue;
      sum.log[static_cast<Eigen::Index>(j)] += log;
      sum.square[static_cast<Eigen::Index>(j)] += log * log;
    }
  }

  static constexpr std::int64_t unasked = 4096;  // steps, until the team is asked again
  R rule_;
  const Team& team_;
  double step_;
  Eigen::Index followed_ = n;
  All all_ = {};
};

}  // namespace stoic
