#pragma once
#include <cstdint>
#include <random>
#include <vector>

namespace stoic::cosim {

/// Random choices of the generators: the same on every machine for the same seed.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  /// A stream of choices of its own for each (seed, purpose, index).
  Draw(std::uint64_t seed, std::uint64_t purpose, std::uint64_t index)
      : engine_(seed ^ (purpose * 0x9e3779b97f4a7c15u) ^ (index * 0xc2b2ae3d27d4eb4fu)) {}

  std::uint64_t bits() { return engine_(); }
  /// Uniform from least to most, both included.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(most - least + 1));
  }
  bool once_in(std::int64_t times) { return between(1, times) == 1; }
  /// From 1 to most: small numbers as often as large ones, `most` itself now and then.
  std::int64_t size(std::int64_t most) {
    if (most <= 1 || once_in(12)) return most < 1 ? 1 : most;
    std::int64_t limit = most;
    while (limit > 1 && once_in(2)) limit = (limit + 1) / 2;
    return between(1, limit);
  }
  template <class T>
  const T& of(const std::vector<T>& choices) {
    return choices[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(choices.size()) - 1))];
  }

  /// `count` codes of `width` bits. Each run of `run` codes is of one kind: zeros, extremes, small, of any
  /// magnitude, or uniform.
  std::vector<std::int32_t> codes(std::int64_t count, std::int64_t width, std::int64_t run);

 private:
  std::int64_t code(std::int64_t kind, std::int64_t width);
  std::mt19937_64 engine_;
};

}  // namespace stoic::cosim
