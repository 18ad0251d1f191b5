#include "stoic/host/compare/noise_curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {

const char* kind_name(NoiseKind kind) {
  return kind == NoiseKind::observational ? "observational" : "dynamical";
}

ClusteredDifference pooled(const NoisePoint& point) {
  ClusteredDifference result;
  result.add(point.by_sample, static_cast<std::int64_t>(point.difference.size()));
  return result;
}

namespace {

bool leaves_out_zero(const PairedDifference& difference) {
  const auto interval = difference.interval();
  return interval.low > 0 || interval.high < 0;
}

/// How likely the interval leaves 0 out if each sample that one of both alone decides right is as likely either's.
double chance_to_leave_out_zero(const PairedDifference& difference) {
  const auto different = difference.only_first_right + difference.only_second_right;
  double chance = 0;
  for (std::int64_t first = 0; first <= different; ++first) {
    const auto second = different - first;
    const PairedDifference possible{
        .samples = difference.samples,
        .only_first_right = first,
        .only_second_right = second,
        .difference = static_cast<double>(second - first) /
                      static_cast<double>(std::max<std::int64_t>(difference.samples, 1))};
    if (leaves_out_zero(possible)) chance += binomial_chance(first, different);
  }
  return chance;
}

}  // namespace

NoiseSummary summary(const std::vector<NoiseCurve>& curves) {
  NoiseSummary result;
  struct BySample {
    std::vector<std::int32_t> sums;
    std::int64_t trials = 0;
  };
  std::map<std::pair<std::string, std::size_t>, BySample> by_data;
  for (const auto& curve : curves)
    for (const auto& point : curve.points) {
      for (const auto& trial : point.difference) {
        ++result.trials;
        result.outside += leaves_out_zero(trial);
        result.outside_by_chance += chance_to_leave_out_zero(trial);
        result.largest_difference = std::max(result.largest_difference, std::abs(trial.difference));
        result.only_float_right += trial.only_first_right;
        result.only_fixed_right += trial.only_second_right;
      }
      auto& samples = by_data[{curve.data, point.by_sample.size()}];
      samples.sums.resize(point.by_sample.size());
      for (std::size_t s = 0; s < point.by_sample.size(); ++s) samples.sums[s] += point.by_sample[s];
      samples.trials += static_cast<std::int64_t>(point.difference.size());
    }
  for (const auto& [key, samples] : by_data) result.difference.add(samples.sums, samples.trials);
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
    for (std::size_t s = 0; s < data.labels.size(); ++s)
      point.by_sample[s] +=
          (fixed.decisions[s] == data.labels[s]) - (reference.decisions[s] == data.labels[s]);
    if (progress) progress(++done);
  };
  for (const auto kind : {NoiseKind::observational, NoiseKind::dynamical}) {
    curves.push_back({.kind = kind, .data = fingerprint(data)});
    for (const double ratio : noise_ratios) {
      const bool observational = kind == NoiseKind::observational;
      const auto noise = make_noise(
          model.recipe, signal,
          observational ? SignalToNoise{.observation = ratio} : SignalToNoise{.dynamic = ratio}, 0);
      const auto calibrated = calibrate(model, calibration, noise);
      Image image;
      try {
        image = compile_image(model, calibrated, config);
      } catch (const Error& error) {
        curves.back().gaps.push_back({ratio, error.what()});
        done += trials;
        continue;
      }
      auto& point = curves.back().points.emplace_back(NoisePoint{.signal_to_noise = ratio});
      point.by_sample.resize(data.labels.size());
      for (std::int64_t trial = 0; trial < trials; ++trial)
        add_trial(point, image, noise, static_cast<std::uint64_t>(trial));
    }
    if (curves.back().points.empty())
      throw Error(fmt::format("with {} noise of any strength: {}", kind_name(kind),
                              curves.back().gaps.front().obstacle));
  }
  return curves;
}

}  // namespace stoic
