#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/host/analysis/training_run.hpp"
#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/sweep/curve.hpp"

namespace stoic {

/// What is kept of the starts of one point of an analysis of training: a learning rate and some starts.
nlohmann::ordered_json traces_json(const TrainingTraces& traces, std::int64_t first_start);

/// Everything that a page about trainings says beside its points.
struct TrainingAnalysis {
  std::string subject;
  std::string protocol;  ///< in words: optimiser, batch, samples, starts, copies
  double target = 0.9;
  std::int64_t epochs = 0;
  std::vector<double> rates;
  /// Points over two axes, numbers of first starts (fastest) and rates; each a traces_json().
  std::vector<CurvePoint> points;
};

/// What all starts of one rate say together: λ_nMLE with its interval and deviation, of all starts and of
/// valid fits; ρ; ⟨τ⟩ with the share that arrived; both conventions; the sensitivity to the window; the
/// tangent's exponent.
std::vector<nlohmann::ordered_json> rate_summaries(const TrainingAnalysis& analysis);

/// A line for every rate.
std::string training_text(const TrainingAnalysis& analysis, const std::vector<nlohmann::ordered_json>& rates);

/// Figures 1 to 5 of paper 000, its tables and what they mean.
AnalysisReport training_report(const TrainingAnalysis& analysis,
                               const std::vector<nlohmann::ordered_json>& rates);

}  // namespace stoic
