#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/compare/confidence.hpp"
#include "stoic/host/compare/deviation.hpp"
#include "stoic/host/compare/device_comparison.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compare/local_error.hpp"
#include "stoic/host/compare/noise_curve.hpp"
#include "stoic/host/compare/phases.hpp"
#include "stoic/host/compare/provenance.hpp"
#include "stoic/host/compare/state_error.hpp"
#include "stoic/host/compare/word_lengths.hpp"
#include "stoic/host/model/recipe.hpp"

namespace stoic {

/// Everything that a report says about one model on one instance. Nothing here depends on time.
struct Comparison {
  std::string model;  ///< the file as it was named
  Recipe recipe;
  HardwareConfig hw;
  Provenance provenance;
  Evaluation reference;
  Evaluation golden;
  PairedDifference difference;  ///< golden against float
  std::vector<Disagreement> disagreements;
  std::vector<DeviceComparison> devices;
  std::int64_t flips_by_table = 0;  ///< decisions that differ from those with the finest tables there can be
  std::vector<Deviation> deviations;
  std::optional<StateError> state_error;  ///< of systems that are integrated in steps
  std::vector<LocalError> local;
  std::int64_t local_samples = 0;  ///< on so many samples
  std::vector<SlotSymbol> slots;
  std::vector<PhaseCost> phases;
  std::optional<WordLengthSweep> word_lengths;
  std::vector<NoiseCurve> noise_curves;

  std::string text_of_slot(std::int64_t slot) const;
  std::int64_t saturations_at(std::int64_t slot) const;
  bool has_tables() const;     ///< whether an instruction of the program looks a function up
  bool within_bounds() const;  ///< every local error
  bool devices_agree() const;
};

struct ComparisonOptions {
  int threads = 0;                  ///< 0: all cores; changes no number
  std::int64_t local_samples = 20;  ///< whose every instruction is recomputed in real numbers
  double error_budget = 0;          ///< of the state at the end, see state_error.hpp; 0: none
  /// Hears how many of the five parts are done, and which comes next.
  std::function<void(int, const std::string&)> progress;
};

/// Float against golden: all of a Comparison but devices, word lengths, noise and provenance. `image` was
/// compiled from `model`, without noise, with `calibration`, which is of `calibration_data`. Throws Error when
/// the budget is exceeded.
Comparison compare_with_float(const Model& model, const Image& image, const Calibration& calibration,
                              const Dataset& calibration_data, const Dataset& data,
                              const ComparisonOptions& options = {});

/// Interval of the accuracy of an evaluation.
Interval accuracy_interval(const Evaluation& evaluation);

}  // namespace stoic
