#pragma once
#include "stoic/sim/golden/machine.hpp"

namespace stoic::fuzz {

/// Runs what `machine` holds for two samples, for as much work as a fuzzer has time for: a legal program may
/// loop for years.
inline void run_bounded(golden::Machine& machine) {
  machine.start(0, 2);
  for (int i = 0; i < 2000; ++i) {
    if (machine.counters().cycles * machine.config().lanes > 300000 || !machine.step()) return;
  }
}

}  // namespace stoic::fuzz
