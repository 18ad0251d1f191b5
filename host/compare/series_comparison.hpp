#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/compare/free_run_statistics.hpp"
#include "stoic/host/compiler/driven_fixed.hpp"
#include "stoic/host/driven/driven_scores.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic {

/// What a driven reservoir loses on an instance of other word lengths.
struct SeriesWordLengths {
  std::int64_t state_width = 0, weight_width = 0;
  std::string obstacle;  ///< why it cannot be compiled; then all numbers below are 0
  double nrmse = 0;      ///< of the test part
  double ridge = 0;      ///< that was chosen with this rounding
  std::int64_t weight_parts = 0, saturations = 0;
};

/// Errors of the test part when its inputs are noisy; each trial draws other noise, the same for float and fixed point.
struct SeriesNoise {
  double signal_to_noise = 0;  ///< variance of the inputs before the test part over that of the noise
  std::vector<double> nrmse_float, nrmse_fixed;
};

/// A stretch of the test part: how far fixed point is from float, in deviations of the truth over the whole part, of all
/// outputs.
struct SeriesDrift {
  std::int64_t first = 0, steps = 0;  ///< counted from the begin of the test part
  double rms = 0, largest = 0;
};

/// A driven reservoir in float and in fixed point on one series.
struct SeriesComparison {
  DrivenScores reference;  ///< in float
  SeriesError rounded;  ///< in float, with W and W_in as the accelerator has them and a read-out of its own
  DrivenCompilation made;
  DrivenScores golden;
  std::vector<SeriesDrift> drift;
  /// Of free runs, where there are any.
  std::optional<FreeRunStatistics> free_reference, free_golden;
  FixedSeries run;  ///< golden's, with saturations and cycles
  /// NRMSE of fixed point over that of float, less 1.
  double loss() const { return golden.error.nrmse / reference.error.nrmse - 1; }
};

/// A device against golden.
struct SeriesDevice {
  std::string backend;
  std::int64_t steps = 0;
  std::int64_t differing_bits = 0, differing_cycles = 0, differing_saturations = 0;
  std::int64_t cycles_per_step = 0;  ///< of one by itself, without stalls
  bool equal() const { return differing_bits == 0 && differing_cycles == 0 && differing_saturations == 0; }
};

/// All of it, with what it was made of.
struct ComparedSeries {
  std::string name, dynamics;
  std::string recipe;       ///< its text
  std::string learnt_from;  ///< as DrivenModel has it
  std::string date;         ///< or nothing
  std::uint64_t seed = 0;
  std::int64_t sites = 0;
  HardwareConfig hw;
  TimeSeries series;
  SeriesComparison comparison;
  std::vector<SeriesWordLengths> word_lengths;
  std::vector<SeriesNoise> noise;
  std::vector<SeriesDevice> devices;
};

/// Throws Error as compile_driven() does, and Stopped.
SeriesComparison compare_series(const DrivenModel& model, const TimeSeries& series,
                                const HardwareConfig& config, Team& team);

/// The bits of word_lengths.hpp for states and weights, by state width, then weight width; each is compiled anew, with the
/// regularisation chosen anew. Members of the team share the cells; `progress` hears of those done, from one at a time.
std::vector<SeriesWordLengths> series_word_lengths(const DrivenModel& model, const TimeSeries& series,
                                                   const HardwareConfig& config, Team& team,
                                                   const std::function<void(std::int64_t)>& progress);

/// Of the strengths of noise_curve.hpp, as `trials` draws of normal noise on the inputs of the test part. What is predicted
/// stays as it was.
std::vector<SeriesNoise> series_noise(const DrivenModel& model, const TimeSeries& series,
                                      const SeriesComparison& comparison, std::int64_t trials, Team& team,
                                      const std::function<void(std::int64_t)>& progress);

}  // namespace stoic
