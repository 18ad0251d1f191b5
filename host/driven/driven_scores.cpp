#include "stoic/host/driven/driven_scores.hpp"

#include "stoic/host/driven/measures.hpp"

namespace stoic {

DrivenScores judge_driven(const DrivenModel& model, const TimeSeries& series, Team& team) {
  DrivenScores scores{.predicted = predict_test(model, series, team),
                      .truth = series.targets.rightCols(series.parts.test)};
  scores.error = series_error(scores.predicted, scores.truth);
  if (series.parts.set == "memory") {
    scores.recalled = determination(scores.predicted, scores.truth);
    scores.memory_capacity = scores.recalled.sum();
  }
  scores.free = run_freely(model, series, team);
  if (!scores.free.predicted.empty() && series.parts.lyapunov_time > 0)
    scores.valid_time = scores.free.median_valid_steps / series.parts.lyapunov_time;
  return scores;
}

}  // namespace stoic
