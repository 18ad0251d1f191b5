#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

namespace stoic {

/// An exponential that a distance of copies grows by: ln d(t) = ln d_0 + Λ t up to the end of a window.
struct DivergenceFit {
  double exponent = 0;   ///< Λ, by least squares
  double r_squared = 0;  ///< of the fit
  double ends = 0;       ///< ln(d(τ) / d(0)) / τ with τ the end of the window (paper 000, eq. 3)
  std::int64_t end = 0;  ///< τ, in places of the series
  bool valid() const { return r_squared > 0.9 && exponent > 0.05; }  ///< counts for ρ, per update
};

/// Where the window ends: the first place where the distance reaches this share of its plateau, the median of
/// its last quarter, and the fourth at least. Where that is not above the first distance, copies do not part,
/// and the window is all of the series.
inline constexpr double plateau_share = 0.1;
std::int64_t divergence_window(std::span<const double> distance, double share = plateau_share);

/// The line through ln of the distances up to place `end`. Distances that are 0 or not finite end the window.
DivergenceFit fit_divergence(std::span<const double> distance, std::int64_t end);
/// The same of a series that is a logarithm already.
DivergenceFit fit_logarithms(std::span<const double> logarithm, std::int64_t end);

}  // namespace stoic
