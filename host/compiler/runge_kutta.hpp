#pragma once
#include <array>
#include <string>

#include "stoic/host/compiler/network_builder.hpp"

namespace stoic {

/// A step of the classical Runge-Kutta method on a vector z as BUNDLEs, where k(z) is the step times the
/// slope:
///
///     z2 = z + k(z)/2,   z3 = z + k(z2)/2,   z4 = z + k(z3),   z(t+h) = (-z + z2 + 2 z3 + z4)/3 + k(z4)/6
///
/// so that no slope is stored. Several vectors of a state take the same constants.
class RungeKutta {
 public:
  /// Where k is evaluated: z, z2, z3, z4, of one binary point.
  using Points = std::array<Quantity, 4>;

  /// Places the constants; `one` stands for 1. The weights of the four points add up to exactly 1.
  RungeKutta(NetworkBuilder& builder, const Operand& one);

  /// From point number `at`, 0 to 2, to the next; `k` is what it is there. Returns the slot.
  std::int64_t advance(const Points& z, std::size_t at, Sum k, const std::string& text) const;
  /// From all points to z(t+h); `third_of_k` belongs to the last. Returns the slot.
  std::int64_t finish(const Points& z, Sum third_of_k, const std::string& text) const;

  /// 1/3, for terms of the last point.
  const Operand& third() const { return third_; }

 private:
  NetworkBuilder& builder_;
  Operand one_, third_, two_thirds_;
};

}  // namespace stoic
