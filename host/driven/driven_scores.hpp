#pragma once
#include <Eigen/Core>
#include <optional>

#include "stoic/host/driven/driven_training.hpp"

namespace stoic {

/// How well a model does on the test part of a series.
struct DrivenScores {
  Eigen::MatrixXd predicted, truth;  ///< [outputs x test]
  SeriesError error;
  /// Of the set "memory": the sum of squared correlations with the inputs of 1, 2, ... steps before (H. Jaeger, GMD
  /// report 152, 2001), and each of them.
  std::optional<double> memory_capacity;
  Eigen::VectorXd recalled;
  /// Where sequences are told apart: the share of them, and how many lie in the test part.
  std::optional<double> accuracy;
  std::int64_t sequences = 0;
  FreeRuns free;
  /// Of the median free run, in Lyapunov times; nothing where those are not known.
  std::optional<double> valid_time;
};

/// Of predictions of the test part, in the series' own numbers, and of free runs that were made.
DrivenScores judge_predictions(const Eigen::MatrixXd& predicted, const TimeSeries& series, FreeRuns free);
DrivenScores judge_driven(const DrivenModel& model, const TimeSeries& series, Team& team);

}  // namespace stoic
