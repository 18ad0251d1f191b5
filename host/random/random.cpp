#include "stoic/host/random/random.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

namespace stoic {

namespace {

using Word = std::uint32_t;

// Sixteen blocks of Philox side by side make a group of 64 words: word 16*w + b of a group is output w of its
// block b. So a group is computed lane by lane, without any shuffling, by whatever SIMD unit there is.
constexpr std::size_t blocks = 16;
constexpr std::size_t group = 4 * blocks;

struct Group {
  alignas(64) Word word[4][blocks];
};

constexpr Word multiplier0 = 0xD2511F53, multiplier1 = 0xCD9E8D57;
constexpr Word weyl0 = 0x9E3779B9, weyl1 = 0xBB67AE85;

Word high(std::uint64_t product) { return static_cast<Word>(product >> 32); }

Group random_group(const RandomKey& key, std::uint64_t number) {
  Group x;
  for (std::size_t b = 0; b < blocks; ++b) {
    x.word[0][b] = static_cast<Word>(number * blocks + b);
    x.word[1][b] = static_cast<Word>(key.purpose);
    x.word[2][b] = static_cast<Word>(key.sample);
    x.word[3][b] = high(key.sample);
  }
  Word key0 = static_cast<Word>(key.seed), key1 = high(key.seed);
  for (int round = 0; round < 10; ++round, key0 += weyl0, key1 += weyl1) {
#pragma GCC unroll 1  // an unrolled loop escapes the vectoriser
    for (std::size_t b = 0; b < blocks; ++b) {
      const std::uint64_t product0 = std::uint64_t{multiplier0} * x.word[0][b];
      const std::uint64_t product1 = std::uint64_t{multiplier1} * x.word[2][b];
      x.word[0][b] = high(product1) ^ x.word[1][b] ^ key0;
      x.word[1][b] = static_cast<Word>(product1);
      x.word[2][b] = high(product0) ^ x.word[3][b] ^ key1;
      x.word[3][b] = static_cast<Word>(product0);
    }
  }
  return x;
}

/// ln(x) for normal x > 0, relative error below 1e-6: x = 2^e (1+m) with 1+m in [sqrt(1/2), sqrt(2)), and the
/// series of ln((1+s)/(1-s)) = 2 (s + s^3/3 + ...) with s = m / (2+m), |s| <= 0.172.
float logarithm(float x) {
  constexpr std::int32_t root_half = 0x3F3504F3;  // sqrt(1/2) as a float
  const std::int32_t shifted = std::bit_cast<std::int32_t>(x) - root_half;
  const std::int32_t exponent = shifted >> 23;
  const float m = std::bit_cast<float>((shifted & 0x7FFFFF) + root_half) - 1.0f;
  const float s = m / (2.0f + m);
  const float z = s * s;
  const float series = 2.0f + z * (2.0f / 3.0f + z * (2.0f / 5.0f + z * (2.0f / 7.0f)));
  return static_cast<float>(exponent) * std::numbers::ln2_v<float> + s * series;
}

/// Two standard normals, as codes, from one word: twenty bits make the radius, two the quadrant, ten the
/// angle in it. The polynomials are Taylor's on |angle| <= pi/4, error < 4e-7.
struct CodePair {
  std::int16_t first, second;
};

CodePair normal_codes(Word word) {
  // The middle of one of 2^20 intervals of (0, 1): the radius is at most sqrt(2 ln 2^21) = 5.4.
  const float u = (static_cast<float>(static_cast<std::int32_t>(word >> 12)) + 0.5f) * 0x1p-20f;
  const float radius = std::sqrt(-2.0f * logarithm(u)) * static_cast<float>(1 << noise_fraction_bits);
  const float place = static_cast<float>(static_cast<std::int32_t>(word & 0x3FF)) - 511.5f;
  const float t = place * (std::numbers::pi_v<float> * 0x1p-11f);
  const float z = t * t;
  const float sine = t + t * z * (-1.0f / 6 + z * (1.0f / 120 + z * (-1.0f / 5040)));
  const float cosine = 1.0f + z * (-0.5f + z * (1.0f / 24 + z * (-1.0f / 720 + z * (1.0f / 40320))));
  const bool swap = word & 0x400;
  // A choice between -radius and radius would be a branch to the compiler; the sign bit is none.
  const float scale = std::bit_cast<float>(std::bit_cast<Word>(radius) ^ (word << 20 & 0x80000000u));
  const float x = scale * (swap ? -sine : cosine);
  const float y = scale * (swap ? cosine : sine);
  return {static_cast<std::int16_t>(static_cast<std::int32_t>(std::floor(x + 0.5f))),
          static_cast<std::int16_t>(static_cast<std::int32_t>(std::floor(y + 0.5f)))};
}

/// Word w of group `number` makes the codes w and w + 64 of the 128 codes of that number.
void make_normal_codes(const RandomKey& key, std::uint64_t number, std::int16_t* codes) {
  const Group x = random_group(key, number);
  const Word* words = &x.word[0][0];
  for (std::size_t i = 0; i < group; ++i) {
    const CodePair pair = normal_codes(words[i]);
    codes[i] = pair.first;
    codes[group + i] = pair.second;
  }
}

/// Fills `values` with the elements first, first + 1, ... of a sequence that `make(number, made)` makes in
/// portions of `portion` elements.
template <std::size_t portion, class Made, class Value, class Make, class Convert>
void fill_by_portions(std::span<Value> values, std::uint64_t first, Make make, Convert convert) {
  for (std::size_t done = 0; done < values.size();) {
    const std::uint64_t index = first + done;
    const std::size_t skip = index % portion;
    const std::size_t count = std::min(portion - skip, values.size() - done);
    alignas(64) Made made[portion];
    make(index / portion, made);
    std::transform(made + skip, made + skip + count, values.data() + done, convert);
    done += count;
  }
}

}  // namespace

std::array<Word, 4> philox4x32(std::array<Word, 4> x, std::array<Word, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{multiplier0} * x[0];
    const std::uint64_t product1 = std::uint64_t{multiplier1} * x[2];
    x = {high(product1) ^ x[1] ^ key[0], static_cast<Word>(product1), high(product0) ^ x[3] ^ key[1],
         static_cast<Word>(product0)};
    key = {key[0] + weyl0, key[1] + weyl1};
  }
  return x;
}

Word random_word(const RandomKey& key, std::uint64_t index) {
  const std::uint64_t block = index / group * blocks + index % blocks;
  const std::size_t output = index % group / blocks;
  return philox4x32({static_cast<Word>(block), static_cast<Word>(key.purpose), static_cast<Word>(key.sample),
                     high(key.sample)},
                    {static_cast<Word>(key.seed), high(key.seed)})[output];
}

double random_uniform(const RandomKey& key, std::uint64_t index) { return random_word(key, index) * 0x1p-32; }

std::uint32_t random_below(const RandomKey& key, std::uint64_t index, std::uint32_t bound) {
  return high(std::uint64_t{random_word(key, index)} * bound);
}

double random_normal(const RandomKey& key, std::uint64_t index) {
  const double u = (random_word(key, 2 * index) + 0.5) * 0x1p-32;
  const double angle = 2 * std::numbers::pi * random_uniform(key, 2 * index + 1);
  return std::sqrt(-2 * std::log(u)) * std::cos(angle);
}

void fill_words(std::span<Word> words, const RandomKey& key, std::uint64_t first) {
  const auto make = [&](std::uint64_t number, Word* made) {
    const Group x = random_group(key, number);
    std::copy(&x.word[0][0], &x.word[0][0] + group, made);
  };
  fill_by_portions<group, Word>(words, first, make, [](Word word) { return word; });
}

void fill_normal_codes(std::span<std::int16_t> codes, const RandomKey& key, std::uint64_t first) {
  const auto make = [&](std::uint64_t number, std::int16_t* made) { make_normal_codes(key, number, made); };
  fill_by_portions<2 * group, std::int16_t>(codes, first, make, [](std::int16_t code) { return code; });
}

void fill_normal(std::span<float> values, const RandomKey& key, std::uint64_t first) {
  const auto make = [&](std::uint64_t number, std::int16_t* made) { make_normal_codes(key, number, made); };
  constexpr float unit = 1.0f / (1 << noise_fraction_bits);
  fill_by_portions<2 * group, std::int16_t>(
      values, first, make, [](std::int16_t code) { return static_cast<float>(code) * unit; });
}

std::vector<std::uint32_t> random_permutation(const RandomKey& key, std::size_t count) {
  std::vector<std::uint32_t> order(count), words(count);
  std::iota(order.begin(), order.end(), 0u);
  fill_words(words, key);
  for (std::size_t i = count; i > 1; --i)
    std::swap(order[i - 1], order[high(std::uint64_t{words[i - 1]} * i)]);
  return order;
}

}  // namespace stoic
