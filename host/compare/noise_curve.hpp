#pragma once
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "stoic/host/compare/confidence.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/learning/noise.hpp"

namespace stoic {

/// Accuracy at one strength of the noise; each trial draws other noise, the same for float and fixed point.
struct NoisePoint {
  double signal_to_noise = 0;  ///< variance of the signal over variance of the noise
  std::vector<double> accuracy_float;
  std::vector<double> accuracy_fixed;
  std::vector<PairedDifference> difference;  ///< fixed point minus float on the same samples, by trial
  /// Of each sample: trials in which fixed point alone is right, minus those in which float alone is.
  std::vector<std::int32_t> by_sample;
};

struct NoiseCurve {
  NoiseKind kind = NoiseKind::observational;
  std::string
      name;  ///< tells curves of one kind apart, for example by a constant of the system; may be empty
  std::vector<NoisePoint> points;  ///< by rising signal-to-noise ratio
  /// Strengths with which the network has no program, and why: larger noise makes larger ranges and tables.
  struct Gap {
    double signal_to_noise;
    std::string obstacle;
  };
  std::vector<Gap> gaps;
  std::string data;  ///< fingerprint of the samples: curves of the same share them
};

/// All trials of a point together, by sample.
ClusteredDifference pooled(const NoisePoint& point);

/// What all trials of some curves say about fixed point against float.
struct NoiseSummary {
  std::int64_t trials = 0;
  std::int64_t outside = 0;        ///< whose interval does not hold 0
  double outside_by_chance = 0;    ///< as many were to be expected if both were equally good
  double largest_difference = 0;   ///< of a trial, in magnitude
  ClusteredDifference difference;  ///< of all trials, by sample
  std::int64_t only_float_right = 0, only_fixed_right = 0;
};
NoiseSummary summary(const std::vector<NoiseCurve>& curves);

/// "observational" or "dynamical".
const char* kind_name(NoiseKind kind);

/// Strengths of a curve.
constexpr std::array<double, 8> noise_ratios{0.1, 0.3, 1, 3, 10, 30, 100, 1000};

/// The model in float and on golden under both kinds of noise, one at a time, on `data`; `signal` comes from
/// the whole test set. For each strength the model is compiled anew; throws Error where none has a program. `progress` hears of the trials done, of
/// 2 * noise_ratios.size() * trials.
std::vector<NoiseCurve> noise_curves(const Model& model, const Dataset& calibration, const Dataset& data,
                                     const HardwareConfig& config, const SignalVariances& signal,
                                     std::int64_t trials, const EvaluationOptions& options,
                                     const std::function<void(std::int64_t)>& progress);

}  // namespace stoic
