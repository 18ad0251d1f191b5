#pragma once

namespace stoic {

/// Two-sided confidence level of every interval; texts call it 95 %.
inline constexpr double confidence_level = 0.95;
/// A standard normal is within ± this with that probability.
inline constexpr double confidence_deviations = 1.959963984540054;

}  // namespace stoic
