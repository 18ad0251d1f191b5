#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/compare/confidence.hpp"
#include "stoic/host/compare/deviation.hpp"
#include "stoic/host/compare/device_comparison.hpp"
#include "stoic/host/compare/local_error.hpp"
#include "stoic/host/compare/phases.hpp"
#include "stoic/host/compare/state_error.hpp"
#include "stoic/host/compare/word_lengths.hpp"
#include "stoic/host/library/devices.hpp"
#include "stoic/host/library/network.hpp"
#include "stoic/host/library/options.hpp"

namespace stoic {

struct Comparison;

/// What `stoic compare` takes.
struct CompareOptions {
  std::optional<HardwareConfig> hw = {};  ///< nothing: "default"
  DataSource data = {};
  std::int64_t limit = 0;                     ///< of test samples; 0: all
  std::int64_t local_samples = 20;            ///< whose every instruction is recomputed in real numbers
  std::int64_t word_length_samples = 0;       ///< on which 36 word lengths are tried; 0: none are
  std::int64_t noise_trials = 0;              ///< of both kinds of noise at eight ratios; 0: none
  std::int64_t noise_samples = 0;             ///< on which they run; 0: all
  std::vector<Network> noise_networks = {};   ///< further ones under the same noise
  std::vector<std::string> noise_names = {};  ///< of these in messages and curves
  BudgetOptions budget = {};
  std::vector<std::string> backends = {};  ///< devices that run the first samples too
  std::int64_t device_samples = 100;       ///< 0: all
  int threads = 0;                         ///< 0: all cores; changes no number
  std::string name = "the network";        ///< in messages and the report
  std::string command = {}, date = {};     ///< what the report says of its origin; empty: nothing
  WorkListener listener = {};
};

/// A network in float and in fixed point, side by side.
struct CompareResult {
  NetworkResult reference;      ///< in float
  NetworkResult golden;         ///< in fixed point
  double agreement = 0;         ///< share of samples on which both decide alike
  PairedDifference difference;  ///< of the accuracies, golden minus float, with its interval
  std::vector<DeviceComparison> devices;
  std::vector<Deviation> deviations;      ///< of each vector from float, all rounding so far included
  std::vector<LocalError> local;          ///< of each instruction
  std::vector<PhaseCost> phases;          ///< cycles by part of the program
  std::optional<StateError> state_error;  ///< of systems that are integrated in steps
  std::optional<WordLengthSweep> word_lengths;
  bool within_bounds = false;        ///< every local error; else golden, or what judges it, is wrong
  bool devices_agree = false;        ///< every bit and cycle of every device with golden
  std::optional<bool> data_matches;  ///< whether the data is that of the training; nothing: not known
  std::vector<std::string> warnings;

  /// For people, as `stoic compare` prints it.
  std::string print() const;
  /// All numbers, as `stoic compare --json` and report.json have them.
  nlohmann::ordered_json json() const;
  /// report.html, report.json and a .csv for each table become the content of `folder`; returns their names.
  /// Throws Error for a folder that holds anything else than an earlier report.
  std::vector<std::string> write(const std::filesystem::path& folder) const;

  /// The library's own form; its header is not installed.
  std::shared_ptr<const Comparison> comparison;
};

/// Compares a network in float with what the compiler makes of it. Throws Error for a backend that is not
/// there, for a budget that is exceeded, and as load_data() and compile() do.
CompareResult compare(const Network& network, const CompareOptions& options = {},
                      const Devices& devices = {});

}  // namespace stoic
