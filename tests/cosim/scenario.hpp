#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "stoic/sim/device/device.hpp"

namespace stoic::cosim {

/// One call of a Device.
struct Action {
  enum class Kind {
    write,
    read,
    write_memory,
    read_memory,
    send,
    drop_unsent,
    set_stalls,
    run,
    run_until_interrupt,
    run_instruction,
    take_output,
    reset
  };
  Kind kind = Kind::run;
  std::uint32_t place = 0;  ///< offset of a register, number of a memory
  std::uint32_t value = 0;  ///< written
  std::int64_t first = 0;   ///< entry of a memory
  std::int64_t count = 0;   ///< entries, or cycles
  Stream stream = Stream::input;
  std::vector<std::int32_t> values;
  std::vector<Packet> packets;
  StallSchedule stalls;
  bool when_idle = false;  ///< left out while the engine is busy
  bool needed = false;     ///< without it the START that follows would be another one: shrinking keeps it
  /// Of a START: CYCLES without stalls, when the run ends with DONE.
  std::optional<std::int64_t> closed_form;
  std::string note;  ///< for people: the program
};

/// The actions around one START, written one after the other.
struct Episode {
  std::vector<Action> actions;

  Action& add(Action::Kind kind);
  /// `needed`: see Action; left out while the engine is busy.
  void write(std::uint32_t offset, std::int64_t value, bool needed = false);
  void read(std::uint32_t offset) { add(Action::Kind::read).place = offset; }
  void cycles(Action::Kind kind, std::int64_t count) { add(kind).count = count; }
  /// `values`, but `most` of them at most, into a memory from entry `first` on.
  void fill(std::uint32_t memory, std::int64_t first, std::vector<std::int32_t> values, std::size_t most);
  /// Program words from word `origin` on.
  void program(std::int64_t origin, const std::vector<std::uint64_t>& words);
  void send(Stream stream, std::vector<Packet> packets);
};

/// What a driver might do, and what no driver should do: several STARTs with reads, writes, aborts, resets,
/// stalls and packets that do or do not fit.
struct Scenario {
  std::uint64_t seed = 0;
  HardwareConfig config;
  std::vector<std::vector<Action>> episodes;  ///< one START each
};

/// The same for the same seed.
Scenario random_scenario(const HardwareConfig& config, std::uint64_t seed);

/// Runs a scenario on two devices. Everything that can be seen must be equal after every action: what calls
/// return, the cycle, the interrupt line, busy, PROGRAM_COUNTER, CYCLES, MAC_CYCLES; loops and, after actions
/// that let time pass, the whole state memory, where no instruction is under way. And a run that ends with
/// DONE takes as many cycles more than the closed forms as its stall counters say. Returns the first
/// difference, or empty.
std::optional<std::string> compare_devices(Device& a, Device& b, const Scenario& scenario);

using ScenarioCheck = std::function<std::optional<std::string>(const Scenario&)>;

/// As failure_report in lockstep.hpp: first failure, shortest scenario that fails, and the command.
std::string failure_report(const Scenario& scenario, const ScenarioCheck& check, const std::string& command);

/// One line for each action.
std::string text(const Scenario& scenario);

}  // namespace stoic::cosim
