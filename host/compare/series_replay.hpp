#pragma once
#include <cstdint>
#include <string>

#include "stoic/host/compiler/driven_fixed.hpp"
#include "stoic/sim/device/session.hpp"

namespace stoic {

/// What a device makes of a series that golden has run.
struct SeriesReplay {
  SessionResult session;
  // Against golden.
  std::int64_t bits = 0;         ///< of outputs that differ
  std::int64_t cycles = 0;       ///< that neither the closed forms nor the stalls explain
  std::int64_t saturations = 0;  ///< elements more or less
  bool equal() const { return bits == 0 && cycles == 0 && saturations == 0; }
};

/// The inputs that golden took, on a device, in STARTs of as many steps as the options say, with the state kept. Throws Error,
/// naming `where`, as load_image() and run_samples() do,
/// and Stopped.
SeriesReplay replay_series(Device& device, const Image& image, const FixedSeries& golden,
                           SessionOptions session, const std::string& where);

}  // namespace stoic
