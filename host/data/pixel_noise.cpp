#include "stoic/host/data/pixel_noise.hpp"

#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

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
  const auto inputs = static_cast<std::size_t>(data.inputs);
  for (std::size_t s = 0; s < data.labels.size(); ++s)
    replace_pixels(std::span(data.pixels).subspan(s * inputs, inputs), {seed, Purpose::test_pixel_noise, s},
                   share);
  return data;
}

}  // namespace stoic
