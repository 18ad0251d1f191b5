#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/sim/contract/image.hpp"

namespace stoic {

struct Model;

/// How far one vector of the fixed-point run is from the float reference, over all samples and elements. The
/// deviation is global: it holds all that rounding has done so far, not only at this vector.
struct Deviation {
  std::string name;       ///< one for each computation: "x(0)", "z(0)", "x(1)", ..., "y"
  std::int64_t slot = 0;  ///< instruction that computes it
  std::int64_t fraction_bits = 0;
  double least = 0;  ///< range in float
  double most = 0;
  double largest_error = 0;  ///< max |fixed - float|
  double mean_square_error = 0;
  double mean_square = 0;              ///< of float
  std::int64_t elements = 0;           ///< over all samples
  double signal_to_noise_dB() const;   ///< 10 log10(mean_square / mean_square_error)
  double largest_error_units() const;  ///< in units of the last place
};

/// Runs float (double precision) and golden side by side on the first `samples` of `data`. The image must
/// have been compiled from `model`, without noise.
std::vector<Deviation> deviations(const Model& model, const Image& image, const Dataset& data,
                                  std::int64_t samples);

}  // namespace stoic
