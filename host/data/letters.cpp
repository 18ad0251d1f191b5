#include <array>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/data/pixel_noise.hpp"

namespace stoic {

namespace {

constexpr std::int64_t letter_side = 7;
constexpr std::int64_t letter_pixels = letter_side * letter_side;

// Paper 002, figure 2, first row: binary letters.
constexpr std::array<std::array<const char*, letter_side>, 5> letter_glyphs = {{
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
  Dataset data{letter_pixels, static_cast<std::int64_t>(letter_glyphs.size()), {}, {}, letter_side,
               letter_side};
  std::vector<std::uint8_t> all(static_cast<std::size_t>(samples * letter_pixels));
  data.labels.resize(samples);
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    const std::int64_t label = sample % data.classes;
    std::uint8_t* pixels = all.data() + sample * letter_pixels;
    data.labels[sample] = static_cast<std::uint8_t>(label);
    for (std::int64_t i = 0; i < letter_pixels; ++i)
      pixels[i] = letter_glyphs[label][i / letter_side][i % letter_side] == '#' ? 255 : 0;
    // Even and odd sequences: neither split's samples depend on how many the other has.
    const RandomKey key{seed, Purpose::letters,
                        2 * static_cast<std::uint64_t>(sample) + (split == Split::test)};
    replace_pixels({pixels, static_cast<std::size_t>(letter_pixels)}, key, pixel_noise);
  }
  data.samples = {std::move(all), letter_pixels};
  return data;
}

}  // namespace stoic
