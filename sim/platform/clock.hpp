#pragma once
#include <algorithm>
#include <array>
#include <chrono>
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

/// Time of the wall, which is asked for some forty times as fast as that of one core. For shares of a whole that was
/// measured by it too.
inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// wall_seconds() of what happens very often. Asking for the time costs as much as much of it: after the first thousand times
/// one of some is measured, by chance, so that it keeps no step with what repeats, and counts for those before it.
class FrequentSeconds {
 public:
  void begin() {
    measured_ = --until_measured_ <= 0;
    if (measured_) begin_ = wall_seconds();
  }
  void end() {
    if (!measured_) return;
    total_ += static_cast<double>(stands_for_) * std::max(wall_seconds() - begin_ - asking(), 0.0);
    until_measured_ = stands_for_ = ++count_ < measured_at_first ? 1 : gap();
  }
  double total() const { return total_; }

 private:
  static constexpr std::int64_t measured_at_first = 1000;
  /// 1 to 13
  std::int64_t gap() {
    random_ = random_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::int64_t>((random_ >> 33) % 13) + 1;
  }
  /// What asking for the time takes, the median of many times.
  static double asking() {
    static const double usual = [] {
      std::array<double, 1001> took{};
      for (auto& seconds : took) {
        const double begin = wall_seconds();
        seconds = wall_seconds() - begin;
      }
      std::nth_element(took.begin(), took.begin() + took.size() / 2, took.end());
      return took[took.size() / 2];
    }();
    return usual;
  }
  std::int64_t count_ = 0, until_measured_ = 1, stands_for_ = 1;
  std::uint64_t random_ = 1;
  bool measured_ = false;
  double begin_ = 0, total_ = 0;
};

}  // namespace stoic::platform
