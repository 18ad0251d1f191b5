#include "stoic/host/library/own_system.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/analysis/exponents.hpp"
#include "stoic/host/report/text_table.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// The state of an own system, with tangents.
class OwnEvolution final : public Evolution {
 public:
  OwnEvolution(const OwnSystem& system, std::span<const double> start)
      : system_(system), x_(Eigen::Map<const VectorXd>(start.data(), static_cast<Index>(start.size()))) {}

  Index width() const override { return system_.width; }
  double step() const override { return is_map() ? 1 : system_.step; }
  bool is_map() const override { return system_.step <= 0; }
  VectorXd state() const override { return x_; }
  void set_state(const VectorXd& x) override { x_ = x; }
  void advance(std::int64_t steps) override {
    MatrixXd none(width(), 0);
    for (std::int64_t i = 0; i < steps; ++i) step_with(none);
  }
  void begin(Index tangents, std::uint64_t seed) override {
    tangents_ = random_tangents(width(), tangents, seed);
  }
  void stretch(std::int64_t intervals, std::int64_t every, Stretches& sum) override {
    for (std::int64_t i = 0; i < intervals; ++i) {
      for (std::int64_t step = 0; step < every; ++step) step_with(tangents_);
      orthonormalise(tangents_, sum);
    }
  }
  MatrixXd differentiate() override {
    MatrixXd all = MatrixXd::Identity(width(), width());
    step_with(all);
    return all;
  }

 private:
  VectorXd rule(const VectorXd& x) const {
    VectorXd f(width());
    system_.rule({x.data(), static_cast<std::size_t>(x.size())},
                 {f.data(), static_cast<std::size_t>(f.size())});
    return f;
  }
  MatrixXd push(const VectorXd& x, const MatrixXd& d) const {
    MatrixXd f(d.rows(), d.cols());
    const auto rows = static_cast<std::size_t>(d.rows());
    for (Index j = 0; j < d.cols(); ++j)
      system_.push({x.data(), rows}, {d.col(j).data(), rows}, {f.col(j).data(), rows});
    return f;
  }
  /// One step of the state, and of tangents at it.
  void step_with(MatrixXd& d) {
    if (is_map()) {
      d = push(x_, d);
      x_ = rule(x_);
      return;
    }
    const double h = system_.step;
    const VectorXd k1 = rule(x_), x2 = x_ + h / 2 * k1, k2 = rule(x2), x3 = x_ + h / 2 * k2, k3 = rule(x3),
                   x4 = x_ + h * k3, k4 = rule(x4);
    const MatrixXd d1 = push(x_, d), d2 = push(x2, d + h / 2 * d1), d3 = push(x3, d + h / 2 * d2),
                   d4 = push(x4, d + h * d3);
    d += h / 6 * (d1 + 2 * d2 + 2 * d3 + d4);
    x_ += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }

  const OwnSystem& system_;
  VectorXd x_;
  MatrixXd tangents_;
};

void require_own_system(const OwnSystem& system, std::span<const double> start) {
  if (system.width < 1 || !system.rule || !system.push || !(system.step >= 0))
    throw Error(
        "the own system needs a width, a rule, its derivative \"push\", and a step that is not negative");
  if (static_cast<std::int64_t>(start.size()) != system.width)
    throw Error(fmt::format("the own system has {} components, its start {}; give as many", system.width,
                            start.size()));
}

std::string rate_text(const Exponent& rate) {
  return fmt::format("{:.5g} ± {:.2g}", rate.value, rate.half_width);
}

}  // namespace

ExponentsResult exponents(const OwnSystem& system, std::span<const double> start,
                          const ExponentsOptions& options) {
  require_own_system(system, start);
  OwnEvolution evolution(system, start);
  const auto spectrum = lyapunov_spectrum(evolution, {.count = options.count,
                                                      .transient = options.transient,
                                                      .duration = options.duration,
                                                      .seed = options.seed});
  ExponentsResult result{.sum = {spectrum.sum.value, spectrum.sum.half_width},
                         .converged = spectrum.converged,
                         .verdict = spectrum.verdict,
                         .kaplan_yorke = spectrum.kaplan_yorke,
                         .steps = spectrum.steps};
  for (const auto& estimate : spectrum.exponents)
    result.exponents.push_back({estimate.value, estimate.half_width});
  return result;
}

std::string ExponentsResult::print() const {
  Rows rows{{"exponent", "per time"}};
  for (std::size_t i = 0; i < exponents.size(); ++i)
    rows.push_back({fmt::format("{}", i + 1), rate_text(exponents[i])});
  rows.push_back({"sum", rate_text(sum)});
  return table(rows) + fmt::format("\n{}; {} steps{}", verdict, grouped(steps),
                                   kaplan_yorke ? fmt::format(", dimension {:.3f}", *kaplan_yorke) : "");
}

nlohmann::ordered_json ExponentsResult::json() const {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& e : exponents) rows.push_back({{"value", e.value}, {"half_width", e.half_width}});
  nlohmann::ordered_json json{{"exponents", rows},
                              {"sum", {{"value", sum.value}, {"half_width", sum.half_width}}},
                              {"converged", converged},
                              {"verdict", verdict},
                              {"steps", steps}};
  json["kaplan_yorke"] = kaplan_yorke ? nlohmann::ordered_json(*kaplan_yorke) : nlohmann::ordered_json();
  return json;
}

}  // namespace stoic
