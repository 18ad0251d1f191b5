#pragma once
#include <cstdint>
#include <string>

#include "stoic/host/compare/evaluate.hpp"
#include "stoic/sim/device/session.hpp"

namespace stoic {

/// What a device makes of a labelled data set.
struct DeviceEvaluation {
  Evaluation evaluation;  ///< counters.cycles: cycles_per_inference()
  SessionResult session;

  /// One inference alone, from START to DONE, without stalls: the same number on every backend.
  std::int64_t cycles_per_inference() const;
  /// The cycles of all STARTs, stalls included, over the samples: what this run took. Without stalls it is
  /// less than the above where a START has several samples, which share its first and last cycles.
  double run_cycles_per_sample() const;
  /// Simulated cycles in a second of this machine.
  double cycles_per_s() const;
  /// Share of the cycles in which the lanes multiply.
  double mac_utilisation() const;
};

/// Loads the image and runs all samples. Throws Error, naming `where`, when the engine stops by a fault.
DeviceEvaluation evaluate_device(Device& device, const Image& image, const Dataset& data,
                                 const std::string& where, const SessionOptions& options = {});

}  // namespace stoic
