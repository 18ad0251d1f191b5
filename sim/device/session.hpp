#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/device/device.hpp"
#include "stoic/sim/golden/batch.hpp"

namespace stoic {

/// Image-level calls on a Device, through nothing but its bus and its streams: what a driver does.

/// Checks that the device is the instance of the image (registers ID, INTERFACE_VERSION, CONFIG_HASH), then
/// writes program, weights, tables and the whole state memory: the image's initial state, zeros elsewhere.
/// Throws Error for another instance; `where` names the image in messages.
void load_image(Device& device, const Image& image, const std::string& where = "the image");

/// How samples are put on the accelerator.
struct SessionOptions {
  /// SAMPLES of each START; 0: as many as keep the queues of the streams small, 64 at most.
  std::int64_t samples_per_start = 0;
  StallSchedule stalls;
  /// Samples are time steps of one series: each goes on from the state that the one before left, across STARTs
  /// too, and nothing is restored.
  bool keep_state = false;
  /// STREAM_TIMEOUT: a stream that stands still for so many cycles is a fault, not a program that hangs.
  std::int64_t stream_timeout = 1000000;
  /// Optional; looked at every few thousand cycles: the session ends with StoppedError.
  const std::atomic<bool>* stop = nullptr;
  golden::Progress progress;  ///< optional; called after each START with the samples done
};

/// Stall cycles by cause.
struct Stalls {
  std::int64_t input = 0;
  std::int64_t weights = 0;
  std::int64_t output = 0;
  std::int64_t sum() const { return input + weights + output; }
};

/// One START.
struct StartRecord {
  std::int64_t samples = 0;
  std::int64_t cycles = 0;  ///< CYCLES
  Stalls stalls;
  std::int64_t predicted_cycles = 0;  ///< closed form of the contract, without stalls
  std::int64_t first_cycle = 0;       ///< cycles since reset when the packets were queued
  std::int64_t last_cycle = 0;        ///< and when the interrupt came
};

struct SessionResult {
  std::vector<std::int32_t> outputs;  ///< sample-major, as in golden::BatchResult
  std::int64_t outputs_per_sample = 0;
  // Sums over all STARTs.
  std::int64_t cycles = 0;  ///< CYCLES: from START to DONE
  std::int64_t mac_cycles = 0;
  Stalls stalls;
  std::int64_t saturations = 0;
  std::vector<std::int64_t>
      saturations_by_slot;  ///< by program word; of one START at most SLOT_SATURATIONS_MAX
  std::vector<StartRecord> starts;
  std::int64_t device_cycles = 0;  ///< of all that was done, bus accesses included
  double host_seconds = 0;

  /// Cycles that neither the closed forms nor the stall counters explain, each START by itself.
  std::int64_t unexplained_cycles() const;
  /// Cycles of one inference alone, from START to DONE, without stalls: what the STARTs took, less their
  /// stalls and what more samples in one START save, mean of all. Golden's closed form, if nothing is
  /// unexplained.
  double cycles_of_one() const;
};

/// Runs samples on a device that load_image() has prepared. Each sample gives what golden gives for it, where
/// every sample begins with the initial state. The device keeps its states from sample to sample, so a
/// program that carries an element over, that is uses what another sample may have left there, gets one sample a START, with
/// those elements restored over the bus before each (carried_elements() tells which). Other programs need
/// nothing.
///
/// Streamed matrices are sent in the order of Image::stream_schedule, once for each sample. Throws Error,
/// naming code, program word and its symbol, for a fault; and for a device that does not interrupt or sends
/// other vectors than the image lists.
SessionResult run_samples(Device& device, const Image& image, std::int64_t samples,
                          const golden::InputFiller& input, const SessionOptions& options = {});

}  // namespace stoic
