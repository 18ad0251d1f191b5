#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/golden/machine.hpp"

namespace stoic::golden {

/// Writes the input codes of one sample: all its LOAD vectors, one after another.
using InputFiller = std::function<void(std::int64_t sample, std::span<std::int32_t> codes)>;

/// Called after each chunk of samples with the number finished so far; from one thread at a time.
using Progress = std::function<void(std::int64_t samples_done)>;

/// Looks at the states of a chunk of samples after each instruction: step, index of the chunk's first sample,
/// how many samples, and element -> value of (sample within the chunk, element).
using Observer = std::function<void(const Step& step, std::int64_t first_sample, std::int64_t samples,
                                    const std::function<std::int32_t(std::int64_t, std::int64_t)>& state)>;

struct BatchOptions {
  int threads = 0;    ///< 0: as many as there are processors
  Progress progress;  ///< optional
  Observer observer;  ///< optional; runs the chunks on one thread, in order
};

struct BatchResult {
  std::vector<std::int32_t> outputs;  ///< sample-major: all STORE vectors of a sample, one after another
  std::int64_t outputs_per_sample = 0;
  Counters counters;  ///< saturations and overflows summed over all samples; cycles of one sample
};

/// Runs an image for many samples, each on an accelerator of its own that starts from the image's initial
/// state. Bits and counts do not depend on the number of threads. Throws Error for a program that faults, for
/// streams that do not fit it and for inputs that are no states.
BatchResult run_batch(const Image& image, std::int64_t samples, const InputFiller& input,
                      const BatchOptions& options = {});

}  // namespace stoic::golden
