#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "stoic/host/compare/confidence.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic {

class Calibration;

struct Model;
struct Evaluation;
struct EvaluationOptions;

/// Bits that are tried for states and weights.
constexpr std::array<std::int64_t, 6> swept_state_widths{8, 10, 12, 14, 16, 18};
constexpr std::array<std::int64_t, 6> swept_weight_widths{4, 6, 8, 10, 12, 16};

/// What the model reaches on an instance with other word lengths.
struct WordLengthCell {
  std::int64_t state_width = 0;
  std::int64_t weight_width = 0;
  std::string obstacle;  ///< why it cannot be compiled; then all numbers below are 0
  std::int64_t right = 0;
  double accuracy = 0;
  PairedDifference difference;  ///< to float, on the same samples
  double agreement_with_float = 0;
  std::int64_t saturations = 0;
};

struct WordLengthSweep {
  std::int64_t samples = 0;
  std::int64_t right_float = 0;
  std::vector<WordLengthCell> cells;  ///< by state width, then weight width

  double accuracy_float() const { return static_cast<double>(right_float) / static_cast<double>(samples); }
};

/// `config` with other word lengths. The accumulator is as wide as there is, so that every sum fits it; that
/// changes no result. The table memory doubles with every two bits, or one, that states are wider than those
/// of `config`: linear interpolation then keeps its error in units of the last place. The other memories
/// count words and stay as they are. Throws Error when there is no such instance.
HardwareConfig with_word_lengths(const HardwareConfig& config, std::int64_t state_width,
                                 std::int64_t weight_width);

/// Compiles the model for every pair of widths and runs it on `data` with the golden model. `reference` is
/// the float reference on the same samples, or on more. Threads share the cells; `progress` hears, from any
/// of them but from one at a time, how many were begun before, and of the one that comes.
WordLengthSweep sweep_word_lengths(const Model& model, const Calibration& calibration, const Dataset& data,
                                   const Evaluation& reference, const HardwareConfig& config,
                                   const EvaluationOptions& options,
                                   const std::function<void(std::int64_t, const std::string&)>& progress);

}  // namespace stoic
