#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/compare/class_metrics.hpp"
#include "stoic/host/library/devices.hpp"
#include "stoic/host/library/network.hpp"
#include "stoic/host/library/options.hpp"

namespace stoic {

/// What `stoic eval` takes.
struct EvaluateOptions {
  std::string backend = "float";  ///< "float", "golden" or the name of a device
  std::optional<HardwareConfig> hw =
      {};  ///< nothing: "default". Of an image: must be what it was compiled for
  DataSource data = {};
  std::int64_t limit = 0;                  ///< of test samples; 0: all
  NoiseOptions noise = {};                 ///< of a network; an image has its own
  std::optional<double> pixel_noise = {};  ///< share of the pixels that random greys replace
  /// In kelvin, of coupled oscillators on the backend "float"; nothing: that of the recipe.
  std::optional<double> temperature_K = {};
  int threads = 0;                   ///< 0: all cores; changes no decision
  bool balanced = false;             ///< print the balanced accuracy too
  std::string name = "the network";  ///< in messages
  WorkListener listener = {};
};

/// What one backend makes of the test data.
struct EvaluateResult : NetworkResult {
  std::string backend;
  std::int64_t samples = 0;
  double balanced_accuracy = 0;  ///< mean over the classes that occur of the share of right decisions
  double samples_per_s = 0;
  std::vector<std::uint8_t> labels;                  ///< of the samples
  std::vector<std::vector<std::int64_t>> confusion;  ///< [true class][decided class]
  std::vector<ClassMetrics> classes;
  std::vector<std::string> class_names;        ///< empty: classes are numbers
  std::int64_t output_fraction_bits = 0;       ///< in fixed point: y = outputs * 2^-output_fraction_bits
  std::optional<double> agreement_with_float;  ///< nothing for an image, which has no float reference
  std::int64_t accumulator_overflows = 0;      ///< on golden
  std::int64_t first_saturated = -1;           ///< program word of the first that did
  /// Of devices: the cycles of the run over its samples, stalls included, and simulated ones in a second.
  std::optional<double> run_cycles_per_sample, cycles_per_s;
  /// Of systems with attractors: the mean overlap with that of the label, and the share of samples with at
  /// least 95 % of the signs right, which needs x(T) and so the backend "float".
  std::optional<double> mean_overlap, strict_accuracy;
  NoiseOptions noise;
  std::optional<double> pixel_noise;
  double temperature_K = 0;
  bool balanced = false;
  std::uint64_t seed = 0;            ///< of the recipe
  std::optional<bool> data_matches;  ///< whether the data is that of the training; nothing: not known
  std::vector<std::string> warnings;

  /// For people, as `stoic eval` prints it.
  std::string print() const;
  /// As `stoic eval --json` has it.
  nlohmann::ordered_json json() const;
  /// Decisions, labels and outputs as a NumPy .npz.
  void write(const std::filesystem::path& path) const;
};

/// Judges a network on its test data: in float, or compiled with its training data on a backend. Throws
/// Error for a backend that is not there, and as its parts do: load_data(), compile().
EvaluateResult evaluate(const Network& network, const EvaluateOptions& options = {},
                        const Devices& devices = {});
/// The same of an image, which knows no float reference.
EvaluateResult evaluate(const Image& image, const EvaluateOptions& options = {}, const Devices& devices = {});

}  // namespace stoic
