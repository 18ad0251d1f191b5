#pragma once
#include <atomic>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stoic/host/compare/series_comparison.hpp"
#include "stoic/host/library/devices.hpp"
#include "stoic/host/library/options.hpp"
#include "stoic/host/report/analysis_report.hpp"

namespace stoic {

/// What `stoic compare` takes of a driven reservoir.
struct SeriesCompareOptions {
  HardwareConfig hw;
  bool word_lengths = false;      ///< whether 36 word lengths are tried
  std::int64_t noise_trials = 0;  ///< of noisy inputs at eight ratios; 0: none
  std::vector<std::string> backends = {};
  std::int64_t device_steps = 100;  ///< the first steps of the series, which these run; 0: all
  int threads = 0;                  ///< 0: all cores; changes no number
  std::string name = "the reservoir";
  std::string date = {};  ///< for the report, or nothing
  WorkListener listener = {};
  const std::atomic<bool>* stop = nullptr;  ///< when it becomes true, Stopped is thrown
};

/// A driven reservoir in float and in fixed point, side by side.
struct SeriesCompareResult : ComparedSeries {
  bool devices_agree() const;

  /// For people, as `stoic compare` prints it.
  std::string print() const;
  /// As `stoic compare --json` has it.
  nlohmann::ordered_json json() const;
  /// The page of `stoic compare -o`, without version and command.
  AnalysisReport report() const;
};

/// Throws Error for a backend that is not there and as compile_driven() does, and Stopped.
SeriesCompareResult compare(const DrivenModel& model, const TimeSeries& series,
                            const SeriesCompareOptions& options, const Devices& devices = {});

}  // namespace stoic
