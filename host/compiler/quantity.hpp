#pragma once
#include <cstdint>
#include <vector>

// What lowerings calculate with: vectors and constants that know their binary points, and sums of their
// products.
namespace stoic {

/// How a number is a word of `width` bits: value = code * 2^-fraction_bits.
struct Format {
  std::int64_t width = 0;
  std::int64_t fraction_bits = 0;
};

/// A factor of a product: a vector, or one word of constants that meets every beat.
struct Operand {
  std::int64_t word = 0;
  bool fixed = false;
  std::int64_t most = 0;  ///< largest |code|; 0: that of any state
  std::int64_t fraction_bits = 0;
};

/// A vector of the state memory: first word, elements, and how they are numbers.
struct Quantity {
  std::int64_t word = 0;
  std::int64_t length = 0;
  Format format;

  std::int64_t bits() const { return format.fraction_bits; }
  operator Operand() const { return {.word = word, .fraction_bits = bits()}; }  // NOLINT: vectors are factors
};

/// A term of a BUNDLE before alignment: ± left * right, at a number of fraction bits.
struct Summand {
  bool subtract;
  Operand left, right;
  std::int64_t fraction_bits;
};
using Sum = std::vector<Summand>;

inline Summand operator*(const Operand& left, const Operand& right) {
  return {false, left, right, left.fraction_bits + right.fraction_bits};
}
inline Summand operator-(Summand term) {
  term.subtract = !term.subtract;
  return term;
}
/// Twice the term, as often as `times` says: its binary point moves, at no cost.
inline Summand doubled(Summand term, std::int64_t times = 1) {
  term.fraction_bits -= times;
  return term;
}

}  // namespace stoic
