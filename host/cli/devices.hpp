#pragma once
#include <memory>
#include <string>
#include <vector>

#include "stoic/host/compare/evaluate.hpp"
#include "stoic/sim/device/session.hpp"

namespace stoic::cli {

/// The bodies of the accelerator: "systemc", "rtl". A build may lack one; make_device() says so.
const std::vector<std::string>& device_names();
bool is_device(const std::string& backend);

/// Why `backend` cannot be an instance of `config` in this build, with the remedy; empty when it can.
std::string device_obstacle(const std::string& backend, const HardwareConfig& config);

/// A device of the instance `config`. Throws Error, naming `where`, for an obstacle. The SystemC model runs
/// in a child process: make it before anything works with several threads.
std::unique_ptr<Device> make_device(const std::string& backend, const HardwareConfig& config,
                                    const std::string& where, const TraceOptions& trace = {});

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

}  // namespace stoic::cli
