#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/data/random.hpp"

namespace stoic {

namespace {

constexpr std::int64_t side = 7;
constexpr std::int64_t pixel_count = side * side;

// Paper 002, figure 2, first row: binary letters.
constexpr std::array<std::array<const char*, side>, 5> glyphs = {{
    {"..###..",  //
     ".#...#.",  //
     "#.....#",  //
     "#.....#",  //
     "#######",  //
     "#.....#",  //
     "#.....#"},
    {"######.",  //
     "#.....#",  //
     "#.....#",  //
     "######.",  //
     "#.....#",  //
     "#.....#",  //
     "######."},
    {".#####.",  //
     "#.....#",  //
     "#......",  //
     "#......",  //
     "#......",  //
     "#.....#",  //
     ".#####."},
    {"#####..",  //
     "#....#.",  //
     "#.....#",  //
     "#.....#",  //
     "#.....#",  //
     "#....#.",  //
     "#####.."},
    {"#######",  //
     "#......",  //
     "#......",  //
     "#####..",  //
     "#......",  //
     "#......",  //
     "#######"},
}};

}  // namespace

Dataset make_letters(std::uint64_t seed, Split split, std::int64_t samples, double pixel_noise) {
  const auto noisy = static_cast<std::int64_t>(std::lround(pixel_noise * static_cast<double>(pixel_count)));
  Dataset data{pixel_count, static_cast<std::int64_t>(glyphs.size()), {}, {}};
  data.pixels.resize(samples * pixel_count);
  data.labels.resize(samples);
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    const std::int64_t label = sample % data.classes;
    std::uint8_t* pixels = data.pixels.data() + sample * pixel_count;
    data.labels[sample] = static_cast<std::uint8_t>(label);
    for (std::int64_t i = 0; i < pixel_count; ++i)
      pixels[i] = glyphs[label][i / side][i % side] == '#' ? 255 : 0;
    // Even and odd sequences: neither split's samples depend on how many the other has.
    const RandomKey key{seed, Purpose::letters,
                        2 * static_cast<std::uint64_t>(sample) + (split == Split::test)};
    std::array<std::int64_t, pixel_count> order;
    std::iota(order.begin(), order.end(), 0);
    for (std::int64_t k = 0; k < noisy; ++k) {
      std::swap(order[k], order[k + random_below(key, 2 * k, static_cast<std::uint32_t>(pixel_count - k))]);
      pixels[order[k]] = static_cast<std::uint8_t>(random_below(key, 2 * k + 1, 256));
    }
  }
  return data;
}

}  // namespace stoic
