#include "stoic/host/driven/conditional_exponent.hpp"

#include <algorithm>

#include "stoic/host/driven/driven_network.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// A driven reservoir as analyses know systems; its time is that of the series.
class DrivenEvolution final : public Evolution {
 public:
  DrivenEvolution(const DrivenModel& model, const TimeSeries& series, Team& team)
      : series_(model, series),
        network_(model, team),
        team_(team),
        first_(std::min<Index>(series.parts.washout, series_.steps() - 1)) {
    network_.reset();
    for (; at_ < first_; ++at_) network_.advance(series_.inputs.col(at_), series_.before(at_));
  }
  Index width() const override { return network_.state().size(); }
  Index dimension() const override { return dimension_; }
  double step() const override { return 1; }
  bool is_map() const override { return true; }
  bool is_driven() const override { return true; }
  VectorXd state() const override { return network_.state(); }
  void set_state(const VectorXd& x) override { network_.set_state(x); }
  void advance(std::int64_t steps) override {
    for (std::int64_t i = 0; i < steps; ++i) step_with(nullptr);
  }
  void begin(Index tangents, std::uint64_t seed) override {
    tangents_ = network_.system().tangential(random_tangents(width(), tangents, seed));
    Stretches unused(tangents);
    orthonormalise(tangents_, unused);
  }
  void stretch(std::int64_t intervals, std::int64_t every, Stretches& sum) override {
    for (std::int64_t i = 0; i < intervals; ++i) {
      for (std::int64_t step = 0; step < every; ++step) step_with(&tangents_);
      if (dimension_ < width()) tangents_ = network_.system().tangential(tangents_);
      orthonormalise(tangents_, sum);
    }
  }
  MatrixXd differentiate() override {
    MatrixXd result = MatrixXd::Identity(width(), width());
    step_with(&result);
    return result;
  }

 private:
  void step_with(MatrixXd* tangents) {
    team_.stop_if_asked();
    network_.advance(series_.inputs.col(at_), series_.before(at_), tangents);
    if (++at_ == series_.steps()) at_ = first_;
  }

  ScaledSeries series_;
  mutable DrivenNetwork network_;
  Team& team_;
  Index first_, at_ = 0;
  Index dimension_ = network_.system().dimension();
  MatrixXd tangents_;
};

}  // namespace

LyapunovSpectrum conditional_exponent(const DrivenModel& model, const TimeSeries& series, std::int64_t steps,
                                      Team& team) {
  DrivenEvolution evolution(model, series, team);
  const double transient = static_cast<double>(std::min<std::int64_t>(steps / 5, 200));
  return lyapunov_spectrum(evolution, {.count = 1,
                                       .transient = transient,
                                       .duration = static_cast<double>(std::max(steps, exponent_batches)),
                                       .seed = model.recipe.seed});
}

}  // namespace stoic
