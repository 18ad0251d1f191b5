#include "stoic/host/driven/driven_training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "stoic/host/driven/driven_network.hpp"
#include "stoic/host/driven/ridge.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Gathers features and targets of consecutive steps, and hands them on in chunks of a fixed size: products of
/// matrices instead of vectors.
template <class Sink>
class Chunks {
 public:
  Chunks(Index features, Index outputs, Sink sink)
      : z_(features, NormalEquations::good_steps), y_(outputs, z_.cols()), sink_(std::move(sink)) {}
  void take(const VectorXd& z, const Eigen::Ref<const VectorXd>& y) {
    z_.col(count_) = z;
    y_.col(count_) = y;
    if (++count_ == z_.cols()) flush();
  }
  void flush() {
    if (count_ > 0) sink_(MatrixXd(z_.leftCols(count_)), MatrixXd(y_.leftCols(count_)));
    count_ = 0;
  }

 private:
  MatrixXd z_, y_;
  Index count_ = 0;
  Sink sink_;
};

struct Parts {
  Index train, validation, test;  ///< where each begins
  explicit Parts(const SeriesRecipe& p)
      : train(p.washout), validation(p.washout + p.train), test(p.washout + p.train + p.validation) {}
};

/// use(z, y, validation) for chunks of the training, then of the validation part. Returns the state between both.
template <class Use>
VectorXd pass_known(const DrivenModel& model, const ScaledSeries& series, const Parts& parts, Team& team,
                    const Use& use) {
  DrivenNetwork network(model, team);
  bool validation = false;
  VectorXd between;
  Chunks chunks(network.features().size(), model.outputs(),
                [&](const MatrixXd& z, const MatrixXd& y) { use(z, y, validation); });
  follow_series(network, series, parts.test, team, [&](Index t) {
    if (t + 1 == parts.validation) between = network.state();
    if (t < parts.train) return;
    if (t == parts.validation) chunks.flush(), validation = true;
    chunks.take(network.features(), series.targets.col(t));
  });
  chunks.flush();
  return between;
}

MatrixXd applied(const MatrixXd& w_out, const MatrixXd& z) {
  return (w_out.leftCols(z.rows()) * z).colwise() + w_out.col(z.rows());
}

/// Features and targets of the validation part, side by side.
struct Kept {
  MatrixXd z, y;
  Index count = 0;
  Kept(Index features, Index outputs, Index steps) : z(features, steps), y(outputs, steps) {}
  void add(const MatrixXd& more_z, const MatrixXd& more_y) {
    z.middleCols(count, more_z.cols()) = more_z;
    y.middleCols(count, more_z.cols()) = more_y;
    count += more_z.cols();
  }
};

/// Solutions for every regularisation: by Cholesky, or all by singular values where one is not to be trusted.
class ReadOutSolver {
 public:
  ReadOutSolver(const NormalEquations& sums, double least_ridge) : sums_(sums) {
    condition_ = sums.solve(least_ridge).reciprocal_condition;
  }
  bool needs_svd() const { return !(condition_ >= least_reciprocal_condition); }
  double reciprocal_condition() const { return condition_; }
  StreamedSvd& svd(Index outputs) {
    if (!svd_) svd_.emplace(sums_.mean(), outputs);
    return *svd_;
  }
  MatrixXd solve(double ridge) const { return svd_ ? svd_->solve(ridge) : sums_.solve(ridge).W_out; }

 private:
  const NormalEquations& sums_;
  std::optional<StreamedSvd> svd_;
  double condition_ = 0;
};

double rmse_of_standard(const MatrixXd& w_out, const Kept& kept) {
  return std::sqrt(mean_normalised_error(applied(w_out, kept.z), kept.y));
}

/// Outputs of `count` steps from `first` on, each fed back into the next where there is feedback, from the network's state.
MatrixXd own_outputs(DrivenNetwork& network, const ScaledSeries& series, Index first, Index count,
                     Team& team) {
  VectorXd last = series.before(first);
  MatrixXd result(last.size(), count);
  for (Index t = 0; t < count; ++t) {
    team.stop_if_asked();
    network.advance(series.inputs.col(first + t), last);
    last = network.output();
    result.col(t) = last;
  }
  return result;
}

/// With feedback a read-out meets its own errors again: on the validation part from this state, as in the test.
double rmse_of_own(DrivenModel model, const MatrixXd& w_out, const VectorXd& state,
                   const ScaledSeries& series, const Parts& parts, Team& team) {
  model.W_out = w_out;
  DrivenNetwork network(model, team);
  network.set_state(state);
  const Index count = parts.test - parts.validation;
  const MatrixXd y = own_outputs(network, series, parts.validation, count, team);
  return std::sqrt(mean_normalised_error(y, series.targets.middleCols(parts.validation, count)));
}

}  // namespace

ReadOutFit fit_read_out(DrivenModel& model, const TimeSeries& series, Team& team) {
  const ScaledSeries scaled(model, series);
  const Parts parts(series.parts);
  const Index features = model.recipe.features(model.inputs()), outputs = model.outputs();
  NormalEquations train(features, outputs), all(features, outputs);
  Kept validation(features, outputs, series.parts.validation);
  const auto use = [&](const MatrixXd& z, const MatrixXd& y, bool is_validation) {
    (is_validation ? all : train).add(z, y);
    if (is_validation) validation.add(z, y);
  };
  const VectorXd between = pass_known(model, scaled, parts, team, use);
  all.add(train);
  const auto& ridges = model.recipe.read_out.ridge;
  const double least = *std::min_element(ridges.begin(), ridges.end());
  ReadOutSolver by_train(train, least), by_all(all, least);
  ReadOutFit fit{.ridge = ridges.front(), .reciprocal_condition = by_all.reciprocal_condition()};
  if (by_train.needs_svd() || by_all.needs_svd()) {
    fit.by_svd = true;
    pass_known(model, scaled, parts, team, [&](const MatrixXd& z, const MatrixXd& y, bool is_validation) {
      if (!is_validation) by_train.svd(outputs).add(z, y);
      by_all.svd(outputs).add(z, y);
    });
    by_train.svd(outputs).decompose();
    by_all.svd(outputs).decompose();
  }
  if (ridges.size() > 1 && validation.count > 0) {
    for (const double ridge : ridges) {
      const MatrixXd w_out = by_train.solve(ridge);
      fit.nrmse_of.push_back(model.W_feedback.size() > 0
                                 ? rmse_of_own(model, w_out, between, scaled, parts, team)
                                 : rmse_of_standard(w_out, validation));
    }
    const auto best = std::min_element(fit.nrmse_of.begin(), fit.nrmse_of.end(), [](double a, double b) {
      return std::isfinite(a) && !(a >= b);  // what is no number is no choice
    });
    fit.ridge = ridges[static_cast<std::size_t>(best - fit.nrmse_of.begin())];
    fit.validation_nrmse = *best;
  }
  model.W_out = by_all.solve(fit.ridge);
  if (!model.W_out.allFinite() || !std::isfinite(fit.validation_nrmse))
    throw Error(
        fmt::format("{}: no regularisation of the recipe gives a read-out in finite numbers; learn from more "
                    "steps, give a larger read_out.ridge, or a smaller spectral_radius where states grow",
                    series.where));
  return fit;
}

MatrixXd predict_test(const DrivenModel& model, const TimeSeries& series, Team& team) {
  const ScaledSeries scaled(model, series);
  const Parts parts(series.parts);
  DrivenNetwork network(model, team);
  follow_series(network, scaled, parts.test, team, [](Index) {});
  return model.output.undo(own_outputs(network, scaled, parts.test, series.parts.test, team));
}

void finish_free_runs(FreeRuns& runs) {
  if (runs.predicted.empty()) return;
  for (std::size_t i = 0; i < runs.predicted.size(); ++i) {
    runs.smape.push_back(series_error(runs.predicted[i], runs.truth[i]).smape);
    runs.valid_steps.push_back(static_cast<double>(valid_steps(runs.predicted[i], runs.truth[i])));
    runs.mean_smape += runs.smape.back() / static_cast<double>(runs.predicted.size());
  }
  auto sorted = runs.valid_steps;
  std::sort(sorted.begin(), sorted.end());
  const auto middle = sorted.size() / 2;
  runs.median_valid_steps =
      sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

FreeRuns run_freely(const DrivenModel& model, const TimeSeries& series, Team& team) {
  FreeRuns runs;
  const auto& p = series.parts;
  if (p.free_run == 0) return runs;
  const ScaledSeries scaled(model, series);
  const Parts parts(p);
  DrivenNetwork network(model, team), free(model, team);
  const Index apart = p.free_runs > 1 ? (p.test - p.free_run) / (p.free_runs - 1) : 0;
  follow_series(network, scaled, parts.test + p.test, team, [&](Index t) {
    const Index at = t - parts.test, run = std::ssize(runs.predicted);
    if (run == p.free_runs || at != run * apart) return;
    // the input of this step is the last that is true: its output is the first prediction
    free.set_state(network.state());
    VectorXd y = network.output();
    MatrixXd predicted(model.outputs(), p.free_run);
    for (Index s = 0; s < p.free_run; ++s) {
      predicted.col(s) = y;
      if (s + 1 == p.free_run) break;
      free.advance(y, y);
      y = free.output();
    }
    runs.predicted.push_back(model.output.undo(predicted));
    runs.truth.push_back(series.targets.middleCols(t, p.free_run));
  });
  finish_free_runs(runs);
  return runs;
}

}  // namespace stoic
