#pragma once
#include <string>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// What makes a model's image worse than its float reference before any test sample is run, one line each:
/// matrices whose largest weight takes the bits of others, SA-nODE's A among them, and biases of which one
/// does; the vector with the lowest signal-to-noise ratio when it is below 20 dB; vectors that never change.
/// Runs some samples of `calibration` in float and on golden, but for an image with noise (`noisy`).
std::vector<std::string> compile_warnings(const Model& model, const Image& image, const Dataset& calibration,
                                          bool noisy);

}  // namespace stoic
