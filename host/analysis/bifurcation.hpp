#pragma once
#include <cstdint>
#include <vector>

#include "stoic/host/analysis/evolution.hpp"

namespace stoic {

struct BifurcationTask {
  Eigen::Index component = 0;  ///< of the state, from 0
  double transient = 0;        ///< before anything is noted, in the system's time
  double duration = 0;         ///< for which it is watched at most
  std::int64_t most = 200;     ///< values that are noted
};

/// What one column of a bifurcation diagram shows: of a map the iterates of a component, of a flow its local
/// maxima, each through the parabola of the three states around it; of a flow at rest its value there. Throws
/// Error for a component that there is not, and an orbit that diverges.
std::vector<double> visited(Evolution& evolution, const BifurcationTask& task);

/// About how many points a period has, and many of chaos: values that lie more than `tolerance` above the
/// next smaller one.
std::int64_t distinct_values(std::vector<double> values, double tolerance);

}  // namespace stoic
