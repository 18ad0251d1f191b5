#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "stoic/host/compare/outputs.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/learning/noise.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/golden/machine.hpp"

namespace stoic {

/// What one backend makes of a labelled data set: outputs, and how good they are.
struct Evaluation {
  std::string backend;  ///< "float", "golden", or the name of a device
  std::int64_t samples = 0;
  std::vector<std::uint8_t> decisions;  ///< class with the largest output, the first on a tie
  Outputs outputs;
  Eigen::MatrixXi confusion;     ///< [true class x decided class]
  double accuracy = 0;           ///< share of right decisions
  double balanced_accuracy = 0;  ///< mean over the classes that occur of the share of right decisions
  double seconds = 0;            ///< of inference alone, the data being in memory
  golden::Counters counters;     ///< in fixed point: cycles of one sample, saturations of all

  double samples_per_s() const { return static_cast<double>(samples) / seconds; }
};

struct EvaluationOptions {
  int threads = 0;  ///< 0: all cores; changes no decision
  std::function<void(std::int64_t samples_done)> progress;
  Noise noise;  ///< in float; an image carries its own
  double temperature_K =
      0;  ///< in float, of coupled oscillators (csto): its thermal field, in double precision
};

/// The float reference, in the precision of the model. Throws Error for a temperature of other dynamics than
/// csto.
Evaluation evaluate_float(const Model& model, const Dataset& data, const EvaluationOptions& options = {});

/// The compiled model on the golden model. Throws Error when the data does not fit the image.
Evaluation evaluate_golden(const Image& image, const Dataset& data, const EvaluationOptions& options = {});

/// Throws Error unless `image` takes the inputs of `data` as one vector, with the noise that it was compiled
/// for behind, and gives its classes as one.
void require_data(const Image& image, const Dataset& data);

/// Decisions, confusion and accuracy of output codes of `image` that lie sample by sample.
Evaluation judge_codes(std::string backend, const Image& image, std::span<const std::int32_t> codes,
                       const Dataset& data, double seconds);

/// Share of samples on which both decide alike.
double agreement(const Evaluation& a, const Evaluation& b);

/// Bits in which the output codes of both differ, of `state_width` bits each, over the samples of `a`; `b`
/// has as many samples or more.
std::int64_t differing_bits(const Evaluation& a, const Evaluation& b, std::int64_t state_width);

}  // namespace stoic
