#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/compare/state_error.hpp"
#include "stoic/host/library/network.hpp"
#include "stoic/host/library/options.hpp"

namespace stoic {

/// What `stoic compile` takes.
struct CompileOptions {
  std::optional<HardwareConfig> hw = {};  ///< nothing: "default"
  DataSource data = {};
  NoiseOptions noise = {};
  BudgetOptions budget = {};
  std::string name = "the network";  ///< in messages
  WorkListener listener = {};
};

/// An image, and what the compiler has to say about it.
struct CompileResult {
  /// What calibration saw of a vector or matrix, and the binary point that it got.
  struct Format {
    std::string name;
    double least = 0, most = 0;
    std::int64_t fraction_bits = 0;  ///< real value = code * 2^-fraction_bits
  };

  Image image;
  std::int64_t cycles = 0;                 ///< of one inference, from START to DONE, without stalls
  std::int64_t ideal_mac_cycles = 0;       ///< of these, products: sum of ceil(rows / lanes) * columns
  std::int64_t state_words_per_lane = 0;   ///< used
  std::int64_t weight_bytes = 0;           ///< in the weight memory
  std::int64_t streamed_weight_bytes = 0;  ///< sent for every inference
  double function_error = 0;               ///< largest error of a function table, units in the last place
  std::vector<Format> formats;             ///< vectors in the order of the program
  std::vector<Format> matrices;
  std::int64_t calibration_samples = 0;
  std::int64_t expected_saturations = 0;          ///< elements that saturated in all calibration samples
  std::vector<std::int64_t> saturations_by_slot;  ///< of these, by program word
  std::optional<StateError> state_error;          ///< of dynamics that are integrated in steps
  /// How often a step of the dynamics is repeated, and whether the error budget chose that.
  std::int64_t steps = 0;
  bool chosen_steps = false;
  NoiseOptions noise;
  std::optional<bool> data_matches;  ///< whether the data is that of the training; nothing: not known
  std::string name;
  std::vector<std::string> warnings;

  /// For people, as `stoic compile` prints it.
  std::string print() const;
  /// As `stoic compile --json` has it.
  nlohmann::ordered_json json() const;
};

/// Quantises a network and lowers it to a program of an accelerator instance. Throws Error for what does not
/// fit, for a budget that is exceeded, and as load_data() does.
CompileResult compile(const Network& network, const CompileOptions& options = {});

}  // namespace stoic
