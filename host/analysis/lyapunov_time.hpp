#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/analysis/batch_means.hpp"
#include "stoic/host/analysis/evolution.hpp"

namespace stoic {

struct LyapunovTimeTask {
  double transient = 0;  ///< before the first disturbance, in the system's time
  double longest = 0;    ///< how long a disturbance is given
  std::int64_t starts =
      30;  ///< states of one orbit that are disturbed, a hundredth of `transient` apart or more
  double disturbance = 1e-8;  ///< its length, as a share of the attractor's size
  double reaches = 0.5;       ///< spans the attractor: so large a share of its size
  std::uint64_t seed = 1;
  std::function<void(std::int64_t, std::int64_t)> progress = {};
};

/// When a small disturbance spans the attractor, whose size is the mean distance of two states of one orbit
/// that know nothing of each other.
struct SpanningTime {
  double size = 0;  ///< of the attractor; 0 of a system at rest
  std::int64_t starts = 0, spanned = 0;
  std::optional<Estimate> time;  ///< mean over the starts; nothing unless all of them spanned it
  /// The mean times at which disturbances first reached these shares of the size, of those that did.
  std::vector<std::pair<double, double>> growth;
  double disturbance = 0, reaches = 0;
};

/// Follows pairs of states of the evolution, which goes on from its state. Throws Error for an orbit that
/// diverges.
SpanningTime spanning_time(Evolution& evolution, const LyapunovTimeTask& task);

}  // namespace stoic
