#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/golden/matvec.hpp"

namespace stoic::golden {

/// What one instruction did, besides its destination.
struct Effect {
  std::int64_t saturations = 0;  ///< elements that saturated, over all samples
  /// Elements whose exact sum did not fit the accumulator and wrapped: a program that the compiler would
  /// refuse. The hardware does not see it; the golden model tells.
  std::int64_t overflows = 0;
  Effect& operator+=(const Effect& other) {
    saturations += other.saturations;
    overflows += other.overflows;
    return *this;
  }
};

/// FUNCTION of every state code, made once when many elements share it.
template <class T>
struct FunctionCodes {
  FunctionCodes(const Function& function, std::span<const std::int32_t> tables, const HardwareConfig& config);

  std::vector<T> value;               ///< by code - state_min
  std::vector<std::uint8_t> counted;  ///< whether it counts as a saturation
  bool any_counted = false;
};

/// The state memories of several samples that run the same program side by side. T = int16 holds states of up
/// to 16 bits, T = int32 any; both compute the same integers.
template <class T>
class Lockstep {
 public:
  Lockstep(const HardwareConfig& config, std::int64_t samples);

  std::int64_t samples() const { return samples_; }
  /// From now on only the first `samples` of those that there is room for.
  void use(std::int64_t samples) { samples_ = samples; }
  /// Element `element` = word * lanes + lane of one sample; a vector's elements follow one another.
  T* at(std::int64_t sample, std::int64_t element) { return states_.data() + sample * stride_ + element; }
  const T* at(std::int64_t sample, std::int64_t element) const {
    return states_.data() + sample * stride_ + element;
  }

  /// Each executes one checked instruction for all samples. LOAD, STORE and control flow are the caller's.
  Effect matvec(const Matvec& matvec, const WeightMatrix& matrix);
  Effect bundle(const Bundle& bundle);
  Effect function(const Function& function, std::span<const std::int32_t> tables);
  /// The same with all results looked up beforehand.
  Effect function(const Function& function, const FunctionCodes<T>& codes);
  Effect normalise(const Normalise& normalise, std::span<const std::int32_t> tables) {
    return this->normalise(normalise, tables, normalise.length);
  }
  /// Only the first `vectors` of them; the three components keep their distance.
  Effect normalise(const Normalise& normalise, std::span<const std::int32_t> tables, std::int64_t vectors);
  void copy(const Copy& copy);
  void rotate(const Rotate& rotate);

 private:
  Effect finish(const std::int64_t* sums, std::int64_t count, std::int64_t shift, T* out) const;

  HardwareConfig config_;
  std::int64_t samples_;
  std::int64_t stride_;
  std::vector<T> states_;
  std::vector<std::int64_t> sums_;
};

}  // namespace stoic::golden
