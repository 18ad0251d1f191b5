#pragma once
#include <cstdint>
#include <span>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {

/// Replaces round(share * pixels.size()) of the pixels of one sample, chosen at random, by uniformly random
/// greys (paper 002, section 3). `share` is from 0 to 1.
void replace_pixels(std::span<std::uint8_t> pixels, const RandomKey& key, double share);

/// The same for every sample of a test set. Throws Error for samples that are real values.
Dataset with_pixel_noise(Dataset data, std::uint64_t seed, double share);

}  // namespace stoic
