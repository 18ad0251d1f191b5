#include "stoic/host/compiler/driven_fixed.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Series and codes of one step after the other.
class FixedSteps {
 public:
  FixedSteps(const Image& image, const DrivenImage& ends, const TimeSeries& series)
      : ends_(ends),
        inputs_(ends.input.apply(series.inputs)),
        targets_(ends.output.apply(series.targets)),
        codes_(static_cast<std::size_t>(image.input_lengths.at(0))) {}
  std::span<const std::int32_t> known(Index t) {
    return made(inputs_.col(t), t > 0 ? VectorXd(targets_.col(t - 1)) : VectorXd::Zero(targets_.rows()));
  }
  std::span<const std::int32_t> with(Index t, const VectorXd& fed_back) {
    return made(inputs_.col(t), fed_back);
  }
  std::span<const std::int32_t> made(const VectorXd& input, const VectorXd& fed_back) {
    ends_.fill(input, fed_back, codes_);
    return codes_;
  }

 private:
  const DrivenImage& ends_;
  MatrixXd inputs_, targets_;
  std::vector<std::int32_t> codes_;
};

FreeRuns run_golden_freely(const Image& image, const DrivenImage& ends, const TimeSeries& series,
                           Team& team) {
  FreeRuns runs;
  const auto& p = series.parts;
  if (p.free_run == 0) return runs;
  FixedSteps steps(image, ends, series);
  DrivenMachine machine(image), free(image);
  const Index first = p.steps() - p.test,
              apart = p.free_runs > 1 ? (p.test - p.free_run) / (p.free_runs - 1) : 0;
  for (Index t = 0; t < p.steps() && std::ssize(runs.predicted) < p.free_runs; ++t) {
    team.stop_if_asked();
    VectorXd y = ends.values(machine.step(steps.known(t)));
    if (t - first != std::ssize(runs.predicted) * apart) continue;
    std::copy(machine.state().begin(), machine.state().end(), free.state().begin());
    MatrixXd predicted(y.size(), p.free_run);
    for (Index s = 0; s < p.free_run; ++s) {
      predicted.col(s) = y;
      if (s + 1 < p.free_run) y = ends.values(free.step(steps.made(y, y)));
    }
    runs.predicted.push_back(ends.output.undo(predicted));
    runs.truth.push_back(series.targets.middleCols(t, p.free_run));
  }
  finish_free_runs(runs);
  return runs;
}

}  // namespace

void require_fitting(const DrivenImage& ends, const TimeSeries& series, const std::string& where) {
  if (series.inputs.rows() != ends.inputs() || series.targets.rows() != ends.outputs())
    throw Error(fmt::format(
        "{}: {} has {} inputs and {} outputs, the image {} and {}; give it data of the same kind", where,
        series.where, series.inputs.rows(), series.targets.rows(), ends.inputs(), ends.outputs()));
}

FixedSeries run_golden_series(const Image& image, const DrivenImage& ends, const TimeSeries& series,
                              std::int64_t count, Team& team) {
  require_fitting(ends, series, "image");
  FixedSeries result{.steps = std::min<std::int64_t>(count, series.steps())};
  FixedSteps steps(image, ends, series);
  DrivenMachine machine(image);
  const Index first = series.parts.steps() - series.parts.test;
  VectorXd last;
  for (Index t = 0; t < result.steps; ++t) {
    team.stop_if_asked();
    const auto codes = t <= first ? steps.known(t) : steps.with(t, last);
    const auto outputs = machine.step(codes);
    last = ends.values(outputs);
    result.inputs.insert(result.inputs.end(), codes.begin(), codes.end());
    result.outputs.insert(result.outputs.end(), outputs.begin(), outputs.end());
  }
  result.saturations = machine.saturations();
  result.cycles_of_step = machine.cycles();
  return result;
}

DrivenScores judge_fixed(const Image& image, const DrivenImage& ends, const TimeSeries& series,
                         const std::vector<std::int32_t>& outputs, Team& team) {
  const Index test = series.parts.test, first = series.parts.steps() - test, width = ends.output_codes();
  MatrixXd predicted(ends.outputs(), test);
  for (Index t = 0; t < test; ++t)
    predicted.col(t) = ends.values(std::span(outputs).subspan(static_cast<std::size_t>((first + t) * width),
                                                              static_cast<std::size_t>(width)));
  return judge_predictions(ends.output.undo(predicted), series, run_golden_freely(image, ends, series, team));
}

}  // namespace stoic
