#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/sim/platform/trace_lines.hpp"

namespace stoic::platform {

/// Signals in a .vcd file of a clocked system, by the cycles in which they change. Changes may be told in any order, as parts
/// of a simulation tell them that are not at the same cycle: what is told later than `patience` cycles behind the latest look
/// shows where the file has come to.
class SignalFile {
 public:
  struct Signal {
    std::string scope;  ///< of signals of one scope, all come together
    std::string name;
    unsigned width = 1;  ///< bits, 32 at most
  };
  /// A window of cycles, each shown as `cycle_time` nanoseconds. All signals begin as 0. Throws Error when the file cannot be
  /// written.
  SignalFile(const std::string& path, std::vector<Signal> signals, std::int64_t cycle_time,
             std::int64_t first_cycle, std::int64_t last_cycle);

  /// From `cycle` on a signal, by its place in the list, has this value, until the next change. Of several in one cycle the
  /// one that was told last counts.
  void change(std::size_t signal, std::int64_t cycle, std::uint32_t value);
  /// The simulation is in this cycle.
  void look(std::int64_t cycle);
  /// It has ended in this cycle. Throws Error when something was not written.
  void finish(std::int64_t cycle);

  static constexpr std::int64_t patience = std::int64_t{1} << 20;

 private:
  struct Change {
    std::int64_t cycle;
    std::uint32_t signal;
    std::uint32_t value;
  };

  void write_header();
  void write_until(std::int64_t cycle);
  void show(std::int64_t cycle);
  void add_value(std::size_t signal);

  TraceLines file_;
  const std::vector<Signal> signals_;
  const std::int64_t cycle_time_, first_cycle_, last_cycle_;
  std::vector<Change> changes_;  ///< not yet written
  std::size_t enough_;           ///< so many of them are worth a look
  std::vector<std::uint32_t> values_, shown_;
  bool begun_ = false;       ///< values are in the file
  std::int64_t latest_ = 0;  ///< the cycle of the last of them
};

}  // namespace stoic::platform
