#pragma once
// The vector registers behind WeightMatrix: products of pairs of 16-bit numbers, summed in 32 bits. The
// widest instruction set that the compiler may use decides; all of them compute the same integers.
#include <cstdint>
#include <cstring>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace stoic::golden {

#if defined(__AVX512BW__)

struct PairVector {
  static constexpr int rows = 16;
  static constexpr int tile_blocks = 4;  ///< 4 x 6 sums, 4 weights, 1 state: 29 of 32 registers
  static constexpr int tile_samples = 6;
  __m512i value = _mm512_setzero_si512();

  static PairVector load(const std::int16_t* pairs) { return {_mm512_loadu_si512(pairs)}; }
  static PairVector broadcast(const std::int16_t* pair) {
    std::int32_t bits;
    std::memcpy(&bits, pair, sizeof bits);
    return {_mm512_set1_epi32(bits)};
  }
  void add_products(const PairVector& weights, const PairVector& states) {
#if defined(__AVX512VNNI__)
    value = _mm512_dpwssd_epi32(value, weights.value, states.value);
#else
    value = _mm512_add_epi32(value, _mm512_madd_epi16(weights.value, states.value));
#endif
  }
  void store(std::int32_t* out) const { _mm512_storeu_si512(out, value); }
};

#elif defined(__AVX2__)

struct PairVector {
  static constexpr int rows = 8;
  static constexpr int tile_blocks = 2;  ///< 2 x 4 sums, 2 weights, 1 state: 11 of 16 registers
  static constexpr int tile_samples = 4;
  __m256i value = _mm256_setzero_si256();

  static PairVector load(const std::int16_t* pairs) {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(pairs))};
  }
  static PairVector broadcast(const std::int16_t* pair) {
    std::int32_t bits;
    std::memcpy(&bits, pair, sizeof bits);
    return {_mm256_set1_epi32(bits)};
  }
  void add_products(const PairVector& weights, const PairVector& states) {
    value = _mm256_add_epi32(value, _mm256_madd_epi16(weights.value, states.value));
  }
  void store(std::int32_t* out) const { _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), value); }
};

#else

struct PairVector {
  static constexpr int rows = 8;
  static constexpr int tile_blocks = 1;
  static constexpr int tile_samples = 4;
  std::int32_t value[rows] = {};

  static PairVector load(const std::int16_t* pairs) {
    PairVector out;
    std::memcpy(out.value, pairs, sizeof out.value);
    return out;
  }
  static PairVector broadcast(const std::int16_t* pair) {
    PairVector out;
    for (auto& lane : out.value) std::memcpy(&lane, pair, sizeof lane);
    return out;
  }
  void add_products(const PairVector& weights, const PairVector& states) {
    for (int i = 0; i < rows; ++i) {
      std::int16_t w[2], s[2];
      std::memcpy(w, &weights.value[i], sizeof w);
      std::memcpy(s, &states.value[i], sizeof s);
      value[i] += w[0] * s[0] + w[1] * s[1];
    }
  }
  void store(std::int32_t* out) const { std::memcpy(out, value, sizeof value); }
};

#endif

}  // namespace stoic::golden
