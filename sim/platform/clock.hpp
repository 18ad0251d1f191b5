#pragma once
#include <algorithm>
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

/// core_seconds() of what happens very often. Asking for the time costs more than most of it: after the first thousand
/// times one of many is measured, and counts for all of these.
class FrequentSeconds {
 public:
  void begin() {
    measured_ = count_ < measured_at_first || count_ % one_of == 0;
    ++count_;
    if (measured_) begin_ = core_seconds();
  }
  void end() {
    if (!measured_) return;
    const double took = std::max(core_seconds() - begin_ - asking(), 0.0);
    total_ += (count_ <= measured_at_first ? 1 : one_of) * took;
  }
  double total() const { return total_; }

 private:
  static constexpr std::int64_t measured_at_first = 1000, one_of = 61;
  /// What asking for the time takes, which is more than many a thing that is measured.
  static double asking() {
    static const double least = [] {
      double seconds = 1;
      for (int i = 0; i < 1000; ++i) {
        const double begin = core_seconds();
        seconds = std::min(seconds, core_seconds() - begin);
      }
      return seconds;
    }();
    return least;
  }
  std::int64_t count_ = 0;
  bool measured_ = false;
  double begin_ = 0, total_ = 0;
};

}  // namespace stoic::platform
