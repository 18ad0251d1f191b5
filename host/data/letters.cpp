#include <array>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/data/pixel_noise.hpp"

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
  Dataset data{pixel_count, static_cast<std::int64_t>(glyphs.size()), {}, {}, side, side};
  std::vector<std::uint8_t> all(static_cast<std::size_t>(samples * pixel_count));
  data.labels.resize(samples);
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    const std::int64_t label = sample % data.classes;
    std::uint8_t* pixels = all.data() + sample * pixel_count;
    data.labels[sample] = static_cast<std::uint8_t>(label);
    for (std::int64_t i = 0; i < pixel_count; ++i)
      pixels[i] = glyphs[label][i / side][i % side] == '#' ? 255 : 0;
    // Even and odd sequences: neither split's samples depend on how many the other has.
    const RandomKey key{seed, Purpose::letters,
                        2 * static_cast<std::uint64_t>(sample) + (split == Split::test)};
    replace_pixels({pixels, static_cast<std::size_t>(pixel_count)}, key, pixel_noise);
  }
  data.samples = {std::move(all), pixel_count};
  return data;
}

}  // namespace stoic
