#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/host/compiler/calibration.hpp"
#include "stoic/host/compiler/image_notes.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/learning/noise.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// What calibration saw of one vector and the binary point that it chose.
struct VectorFormat {
  std::string name;
  double least = 0;  ///< over the calibration samples, float
  double most = 0;
  std::int64_t fraction_bits = 0;  ///< real value = code * 2^-fraction_bits
};

/// A compiled model and what the compiler has to say about it.
struct Compilation {
  Image image;
  std::vector<VectorFormat> formats;       ///< vectors in the order of the program
  std::vector<VectorFormat> matrices;      ///< weights: range and binary point
  std::int64_t cycles = 0;                 ///< START to DONE of one inference, without stalls
  std::int64_t ideal_mac_cycles = 0;       ///< sum over matrices of ceil(rows/lanes) * columns
  std::int64_t state_words_per_lane = 0;   ///< used
  std::int64_t weight_bytes = 0;           ///< in the weight memory
  std::int64_t streamed_weight_bytes = 0;  ///< sent for every inference
  double function_error = 0;               ///< largest error of a function table, units in the last place
  std::int64_t calibration_samples = 0;
  std::int64_t calibration_saturations = 0;       ///< elements that saturated in all calibration samples
  std::vector<std::int64_t> saturations_by_slot;  ///< of these, by program word
};

struct InputFormat;

/// What lower() of every system gets. It fills image, formats, matrices, state_words_per_lane and
/// function_error.
struct LoweringTask {
  const Model& model;
  const Calibration& calibration;
  const HardwareConfig& config;
  const InputFormat& input;

  const Samples& samples() const { return calibration.samples(); }
  const Noise& noise() const { return calibration.noise(); }
};

/// Quantises a trained model and lowers it to a program of the instance `config`.
///
/// Binary points come from the float reference on calibration samples: each vector
/// gets the most fraction bits that hold its range with a margin of 1/4. Weights are rounded to nearest. The
/// largest sum of every row is proved to fit the accumulator. Throws Error, naming the row or the limit, when
/// something does not fit.
///
/// With noise the program takes the normals from the input stream, behind the sample (see input_codes.hpp),
/// and adds them; its weights are those without noise, and its binary points have room for the noise. They
/// depend on its strength, not on its trial. Without noise the program has no trace of it.
///
/// `calibration` is what calibrate() found out about this model; one serves all instances.
Compilation compile(const Model& model, const Calibration& calibration, const HardwareConfig& config);
/// The image alone, without the run of all calibration samples that counts what saturates.
Image compile_image(const Model& model, const Calibration& calibration, const HardwareConfig& config);

/// The same for one instance: calibrates on `data` first.
Compilation compile(const Model& model, const Dataset& data, const HardwareConfig& config,
                    const Noise& noise = {});

}  // namespace stoic
