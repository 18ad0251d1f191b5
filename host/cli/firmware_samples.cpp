#include "firmware_samples.hpp"

#include <span>

namespace stoic::cli {

ExportedSamples firmware_samples(const Image& image, const Dataset& data) {
  require_data(image, data);
  ExportedSamples samples;
  const auto fill = input_filler(image, data.samples);
  std::size_t length = 0;
  for (const auto l : image.input_lengths) length += static_cast<std::size_t>(l);
  samples.codes.resize(length * data.labels.size());
  for (std::size_t s = 0; s < data.labels.size(); ++s)
    fill(static_cast<std::int64_t>(s), std::span(samples.codes).subspan(s * length, length));
  samples.labels = data.labels;
  return samples;
}

}  // namespace stoic::cli
