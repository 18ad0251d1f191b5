#pragma once
#include <string>
#include <vector>

#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/sweep/curve.hpp"

namespace stoic {

/// The sharpness of a loss along a training: points over rates, each with arrays "epoch", "sharpness",
/// "residual", "products", "loss" and numbers "two_over_rate", "share_at_edge".
struct SharpnessAnalysis {
  std::string subject, protocol;
  SweepAxis rates;
  std::vector<CurvePoint> points;
};

std::string sharpness_text(const SharpnessAnalysis& analysis);
/// Figure 14 of paper 000, a drawing for each rate.
AnalysisReport sharpness_report(const SharpnessAnalysis& analysis);

}  // namespace stoic
