#pragma once
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/library/devices.hpp"
#include "stoic/host/library/network.hpp"
#include "stoic/host/library/options.hpp"
#include "stoic/sim/device/session.hpp"

namespace stoic {

/// What `stoic cosim` takes.
struct CosimOptions {
  std::string backend = "systemc";  ///< of the devices
  DataSource data = {};
  std::int64_t limit = 100;     ///< of test samples; 0: all
  SessionOptions session = {};  ///< stalls, samples of a START; `stop` and `progress` are set by cosim()
  /// Waveforms. When `trace.stop` becomes true, StoppedError is thrown once they are closed.
  TraceOptions trace = {};
  std::function<void()> ran = {};  ///< called when the device has run and its waveforms are closed
  std::string name = "the image";  ///< in messages
  WorkListener listener = {};
};

/// A device against golden.
struct CosimResult {
  std::string name, hw, backend;
  std::int64_t samples = 0;
  std::int64_t differing_bits = 0;         ///< of outputs
  std::int64_t differing_cycles = 0;       ///< that neither the closed forms nor the stalls explain
  std::int64_t differing_saturations = 0;  ///< elements
  SessionResult session;
  double accuracy = 0;
  std::int64_t cycles_per_inference = 0;     ///< one alone, without stalls
  std::int64_t predicted_cycles_of_one = 0;  ///< by golden
  double run_cycles_per_sample = 0;          ///< of this run, stalls included
  double mac_utilisation = 0;                ///< share of the cycles in which the lanes multiply
  double cycles_per_s = 0, samples_per_s = 0;
  std::optional<bool> data_matches;  ///< whether the data is that of the training; nothing: not known
  std::vector<std::string> warnings;

  bool equal() const { return differing_bits == 0 && differing_cycles == 0 && differing_saturations == 0; }
  /// For people, as `stoic cosim` prints it.
  std::string print() const;
  /// As `stoic cosim --json` has it.
  nlohmann::ordered_json json() const;
};

/// Drives a device through its bus with test samples, and compares bits and cycles with golden. Throws Error
/// for a backend that is not there, for a fault of the engine, and as load_data() does.
CosimResult cosim(const Image& image, const CosimOptions& options, const Devices& devices);

/// The cycles since reset in which samples `first` to `last` run, both included: the window of a trace. Found
/// by a run without a trace, which takes the same cycles.
struct CycleWindow {
  std::int64_t first = 0, last = 0;
};
CycleWindow cycles_of_samples(const Image& image, std::int64_t first, std::int64_t last,
                              const CosimOptions& options, const Devices& devices);

}  // namespace stoic
