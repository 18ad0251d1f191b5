#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "stoic/host/analysis/batch_means.hpp"

namespace stoic {

/// Gradient descent in the double well V(w) = w⁴/4 - w²/2 (paper 000, appendix A): w' = w - η (w³ - w).
/// Bounded for 0 <= η <= 2 from |w| below √(1 + 2/η).
///
///   η < 1            rest at ±1, exponent ln |1 - 2η|
///   1 < η < √5 - 1   a cycle of two on either side, exponent ln |9 - 2 (1 + η)²| / 2
///   η = 2            all of [-√2, √2], exponent ln 3: the map is a Chebyshev polynomial
struct GradientMapTask {
  double rate = 0.1;                ///< η
  std::int64_t starts = 4;          ///< w(0) normal with deviation 0.1, as in the paper
  std::int64_t transient = 20'000;  ///< steps before anything is noted
  std::int64_t steps = 20'000;      ///< for the exponent
  std::int64_t points = 200;        ///< iterates that are noted, of all starts together
  std::uint64_t seed = 1;
};

struct GradientMapPoint {
  Estimate exponent;            ///< mean of ln |f'(w)|, per step
  std::vector<double> visited;  ///< w after the transient
  std::int64_t period = 0;      ///< of the cycle that every start fell on; 0: not one of up to 64 steps
  bool diverged = false;
};

/// Of a cycle the exponent is that of its multiplier, exact but for rounding; else it has an interval over
/// batches and starts.
GradientMapPoint gradient_map(const GradientMapTask& task);

/// The exponent where it has one of the closed forms above.
std::optional<double> gradient_map_exponent(double rate);

/// Gradient descent on wᵀHw/2: d' = (1 - ηH) d for every disturbance d.
struct QuadraticPoint {
  double exponent = 0;  ///< by following disturbances for 2^48 steps: their mean rate of growth, per step
  double expected = 0;  ///< ln max |1 - η h| over the eigenvalues h of H
  double sharpness = 0;
};
/// H = AᵀA / n of a random n x n matrix A of normal numbers.
QuadraticPoint gradient_quadratic(Eigen::Index size, double rate, std::uint64_t seed);

}  // namespace stoic
