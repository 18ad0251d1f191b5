#pragma once
#include <cstdint>

#include "case.hpp"

namespace stoic::cosim {

/// An instance with small memories: any lanes, widths, units and depths that the contract allows.
HardwareConfig random_config(std::uint64_t seed);

struct ProgramOptions {
  std::int64_t least_cycles = 1000;  ///< without stalls; a goal, not a promise
  std::int64_t most_cycles = 10000;
  std::int64_t samples_most = 3;
  /// What the run is meant to end with, STOIC_STATUS_CODE_...; the generator takes OK instead when the
  /// instance has no room for that fault.
  int status = STOIC_STATUS_CODE_OK;
};

/// A valid program with loops, every instruction, flag and shift, and memories of random, extreme and zero
/// codes; or one that ends with the fault asked for. Built. The same for the same seed and options.
Case random_case(const HardwareConfig& config, std::uint64_t seed, const ProgramOptions& options = {});

}  // namespace stoic::cosim
