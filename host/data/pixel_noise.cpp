#include "stoic/host/data/pixel_noise.hpp"

#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "stoic/sim/io/error.hpp"

namespace stoic {

void replace_pixels(std::span<std::uint8_t> pixels, const RandomKey& key, double share) {
  const auto count = pixels.size();
  const auto noisy = static_cast<std::size_t>(std::lround(share * static_cast<double>(count)));
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t k = 0; k < noisy; ++k) {
    std::swap(order[k], order[k + random_below(key, 2 * k, static_cast<std::uint32_t>(count - k))]);
    pixels[order[k]] = static_cast<std::uint8_t>(random_below(key, 2 * k + 1, 256));
  }
}

Dataset with_pixel_noise(Dataset data, std::uint64_t seed, double share) {
  if (data.samples.are_real())
    throw Error(
        "noise of pixels replaces bytes by random greys, and these samples are real values; leave it out");
  const auto inputs = static_cast<std::size_t>(data.inputs);
  const auto clean = data.samples.bytes();
  std::vector<std::uint8_t> pixels(clean.begin(), clean.end());
  for (std::size_t s = 0; s < data.labels.size(); ++s)
    replace_pixels(std::span(pixels).subspan(s * inputs, inputs), {seed, Purpose::test_pixel_noise, s},
                   share);
  data.samples = {std::move(pixels), data.inputs};
  return data;
}

}  // namespace stoic
