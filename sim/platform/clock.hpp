#pragma once
#include <cstdint>
#include <ctime>
#include <systemc>

#include "stoic/generated/stoic_platform.h"

namespace stoic::platform {

/// The period of the platform's one clock.
inline const sc_core::sc_time& clock_period() {
  static const sc_core::sc_time period(1e9 / STOIC_PLATFORM_CLOCK_HZ, sc_core::SC_NS);
  return period;
}

/// The number of the cycle that the simulation is in.
inline std::int64_t current_cycle() {
  return static_cast<std::int64_t>(sc_core::sc_time_stamp().value() / clock_period().value());
}

inline sc_core::sc_time cycles(std::int64_t count) {
  return sc_core::sc_time::from_value(static_cast<std::uint64_t>(count) * clock_period().value());
}

/// Time of one core that this process has taken: whatever else the machine does, the figures are of the
/// simulation.
inline double core_seconds() {
  std::timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace stoic::platform
