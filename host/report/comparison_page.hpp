#pragma once
#include <string>

#include "stoic/host/compare/comparison.hpp"

namespace stoic {

/// The comparison as one HTML page that stands alone: sentences, plots and tables for a reader who knows
/// neither the program nor the papers.
std::string comparison_page(const Comparison& c);

}  // namespace stoic
