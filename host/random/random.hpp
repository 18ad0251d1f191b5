#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace stoic {

/// What a draw is for. Draws for different purposes are independent. The numbers are part of every result
/// that a seed stands for: never reuse or change one.
enum class Purpose : std::uint32_t {
  letters = 1,
  digits = 2,
  digits_grain = 3,
  random_pixels = 4,
  data_split = 5,
  planar = 6,
  time_series = 7,
  reservoir_mask = 10,
  reservoir_weights = 11,
  read_in_weights = 12,
  read_out_weights = 13,
  convolution_weights = 14,
  read_in_bias = 15,
  read_in_mask = 16,
  feedback_weights = 17,
  shuffle = 20,
  input_noise = 21,
  initial_state = 22,
  pixel_noise = 23,
  test_pixel_noise = 24,
  dropout = 25,
  capacity_inputs = 26,
  observation_noise = 30,
  dynamic_noise = 31,
  thermal_field = 32,
  singular_vector = 34,
  initial_tangents = 40,
  orbit_start = 41,
  resampled_runs = 42,
  test = 1000,
};

/// Names one endless sequence of draws; `sample` is free for the caller (a sample, an epoch, a trial).
///
/// Every function below is pure: element i of a sequence depends on (key, i) alone, never on what was drawn
/// before. Threads and order of evaluation therefore cannot change a result.
struct RandomKey {
  std::uint64_t seed;
  Purpose purpose;
  std::uint64_t sample = 0;
};

/// Philox4x32-10: ten rounds that turn a counter into four random words.
/// J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 3.3.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

/// Word `index` of the sequence. `index` is below 2^34, here and below.
std::uint32_t random_word(const RandomKey& key, std::uint64_t index);

/// Uniform in [0, 1): word `index` times 2^-32.
double random_uniform(const RandomKey& key, std::uint64_t index);

/// Uniform in 0 ... bound-1, from word `index`; the bias is below bound * 2^-32. `bound` > 0.
std::uint32_t random_below(const RandomKey& key, std::uint64_t index, std::uint32_t bound);

/// Standard normal in double precision (Box-Muller), from the words 2*index and 2*index + 1.
double random_normal(const RandomKey& key, std::uint64_t index);

/// The words first, first + 1, ...
void fill_words(std::span<std::uint32_t> words, const RandomKey& key, std::uint64_t first = 0);

/// Fraction bits of a noise code: noise is data, and the accelerator gets the same codes as the float
/// reference.
inline constexpr int noise_fraction_bits = 12;

/// Standard normals as codes: the normal is code * 2^-12. Box-Muller in single precision, two normals from a
/// word; they reach 5.4 standard deviations, so 16 bits never clamp. 2 to 6 ns each.
void fill_normal_codes(std::span<std::int16_t> codes, const RandomKey& key, std::uint64_t first = 0);

/// The same normals as numbers: code * 2^-12, exactly.
void fill_normal(std::span<float> values, const RandomKey& key, std::uint64_t first = 0);

/// A uniformly random order of 0 ... count-1 (Fisher-Yates). `count` is at most 2^32 - 1.
std::vector<std::uint32_t> random_permutation(const RandomKey& key, std::size_t count);

}  // namespace stoic
