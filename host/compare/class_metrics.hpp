#pragma once

namespace stoic {

/// How well one class is told from the others; 0 where nothing was decided for it, or nothing belongs to it.
struct ClassMetrics {
  double precision = 0;  ///< share of the decisions for this class that are right
  double recall = 0;     ///< share of the samples of this class that are found
  double f1 = 0;         ///< harmonic mean of both
};

}  // namespace stoic
