#include "stoic/host/driven/driven_scores.hpp"

#include <utility>

#include "stoic/host/driven/measures.hpp"

namespace stoic {

DrivenScores judge_predictions(const Eigen::MatrixXd& predicted, const TimeSeries& series, FreeRuns free) {
  DrivenScores scores{.predicted = predicted, .truth = series.targets.rightCols(series.parts.test)};
  scores.error = series_error(scores.predicted, scores.truth);
  if (series.parts.set == "memory") {
    scores.recalled = determination(scores.predicted, scores.truth);
    scores.memory_capacity = scores.recalled.sum();
  }
  if (const auto sequences = series.test_sequences(); !sequences.empty()) {
    scores.sequences = std::ssize(sequences);
    scores.accuracy = sequence_accuracy(predicted, series.steps() - series.parts.test, sequences);
  }
  scores.free = std::move(free);
  if (!scores.free.predicted.empty() && series.parts.lyapunov_time > 0)
    scores.valid_time = scores.free.median_valid_steps / series.parts.lyapunov_time;
  return scores;
}

DrivenScores judge_driven(const DrivenModel& model, const TimeSeries& series, Team& team) {
  return judge_predictions(predict_test(model, series, team), series, run_freely(model, series, team));
}

}  // namespace stoic
