#include "stoic/host/compiler/calibration.hpp"

#include <algorithm>
#include <vector>

#include "stoic/host/learning/input.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Of all elements, as the network gets them.
Range range_of_samples(const Samples& samples) {
  Range range;
  std::vector<double> values(static_cast<std::size_t>(samples.length()));
  for (std::int64_t s = 0; s < samples.size(); ++s) {
    samples.read(s, values);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    range.least = std::min(range.least, *least);
    range.most = std::max(range.most, *most);
  }
  return range;
}

}  // namespace

Calibration calibrate(const Model& model, const Dataset& data, const Noise& noise) {
  const auto samples = std::min<std::int64_t>(most_calibration_samples, data.size());
  if (samples == 0) throw Error("calibration: the data set is empty; give at least one training sample");
  require_inputs(model.recipe, data.samples);
  return {data.samples.part(0, samples), data.samples.are_real() ? range_of_samples(data.samples) : Range{},
          noise};
}

}  // namespace stoic
