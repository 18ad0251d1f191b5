#pragma once
#include <vector>

#include "case.hpp"
#include "needs.hpp"

namespace stoic::cosim {

/// BUNDLEs whose exact sums lie around the ends of the accumulator, of both signs: the last that fits, those beside it, and
/// those that differ from it in the bits of an alignment; each with every result shift around which rounding, saturation and
/// the width of the accumulator meet.
std::vector<Case> sums_at_the_ends(const HardwareConfig& config);

Needs needs_of_sums();

}  // namespace stoic::cosim
