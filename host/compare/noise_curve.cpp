#include "stoic/host/compare/noise_curve.hpp"

#include <algorithm>
#include <cmath>

#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/input_codes.hpp"

namespace stoic {

const char* kind_name(NoiseKind kind) {
  return kind == NoiseKind::observational ? "observational" : "dynamical";
}

namespace {

void add(PairedDifference& sum, const PairedDifference& trial) {
  sum.samples += trial.samples;
  sum.only_first_right += trial.only_first_right;
  sum.only_second_right += trial.only_second_right;
  sum.difference = static_cast<double>(sum.only_second_right - sum.only_first_right) /
                   static_cast<double>(std::max<std::int64_t>(sum.samples, 1));
}

}  // namespace

PairedDifference pooled(const NoisePoint& point) {
  PairedDifference sum;
  for (const auto& trial : point.difference) add(sum, trial);
  return sum;
}

NoiseSummary summary(const std::vector<NoiseCurve>& curves) {
  NoiseSummary result;
  for (const auto& curve : curves)
    for (const auto& point : curve.points)
      for (const auto& trial : point.difference) {
        const auto interval = trial.interval();
        ++result.trials;
        result.outside += interval.low > 0 || interval.high < 0;
        result.largest_difference = std::max(result.largest_difference, std::abs(trial.difference));
        add(result.difference, trial);
      }
  return result;
}

std::vector<NoiseCurve> noise_curves(const Model& model, const Dataset& calibration, const Dataset& data,
                                     const HardwareConfig& config, const SignalVariances& signal,
                                     std::int64_t trials, const EvaluationOptions& options,
                                     const std::function<void(std::int64_t)>& progress) {
  std::vector<NoiseCurve> curves;
  std::int64_t done = 0;
  const auto add_trial = [&](NoisePoint& point, const Image& image, Noise noise, std::uint64_t trial) {
    noise.trial = trial;
    const auto reference = evaluate_float(model, data, {.threads = options.threads, .noise = noise});
    const auto fixed = evaluate_golden(with_trial(image, trial), data, {.threads = options.threads});
    point.accuracy_float.push_back(reference.accuracy);
    point.accuracy_fixed.push_back(fixed.accuracy);
    point.difference.push_back(paired_difference(reference.decisions, fixed.decisions, data.labels));
    if (progress) progress(++done);
  };
  for (const auto kind : {NoiseKind::observational, NoiseKind::dynamical}) {
    curves.push_back({.kind = kind});
    for (const double ratio : noise_ratios) {
      const bool observational = kind == NoiseKind::observational;
      const auto noise = make_noise(
          model.recipe, signal,
          observational ? SignalToNoise{.observation = ratio} : SignalToNoise{.dynamic = ratio}, 0);
      const auto image = compile(model, calibration, config, noise).image;
      auto& point = curves.back().points.emplace_back(NoisePoint{.signal_to_noise = ratio});
      for (std::int64_t trial = 0; trial < trials; ++trial)
        add_trial(point, image, noise, static_cast<std::uint64_t>(trial));
    }
  }
  return curves;
}

}  // namespace stoic
