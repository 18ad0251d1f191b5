#pragma once
#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "stoic/sim/platform/gdb_socket.hpp"
#include "stoic/sim/platform/hart.hpp"

namespace stoic::platform {

/// GDB's end of a hart: registers, memory, breakpoints, watchpoints, steps, Ctrl-C, "monitor". While it talks nothing is
/// simulated, so time stands still.
class GdbServer : public Observer {
 public:
  GdbServer(int listener, Hart& hart) : socket_(listener), hart_(hart) {}

  /// Waits for GDB, which finds the hart before its first instruction. `stop`: do not wait any longer.
  void begin(const std::atomic<bool>* stop);
  bool before(std::uint32_t pc, const Instruction& instruction, std::int64_t cycle) override;
  /// The hart has stopped at before(): talks until GDB lets it go on.
  void halt();
  /// Looks whether Ctrl-C has come, and talks then.
  void look();
  /// It ended with this code.
  void end(std::uint32_t exit_code);
  /// It cannot go on, for this reason; GDB may look at it.
  void lock_up(const std::string& why);
  /// GDB wants the simulation to end.
  bool killed() const { return killed_; }

  /// Answers "monitor TEXT".
  std::function<std::string(const std::string&)> monitor;
  /// Sees the instructions that are executed, too.
  Observer* next = nullptr;

 private:
  struct Watch {
    std::uint32_t address, size;
    bool reads, writes;
    char kind;
    bool operator<(const Watch& other) const {
      return std::tie(address, size, kind) < std::tie(other.address, other.size, other.kind);
    }
  };
  void talk(const std::string& reason);
  /// Returns whether execution goes on.
  bool handle(const std::string& packet);
  std::string answer(const std::string& packet);
  std::string query(const std::string& packet);
  std::string registers() const;
  std::string register_text(unsigned number) const;
  bool set_register(unsigned number, std::uint32_t value);
  std::string read_memory(std::string_view arguments) const;
  std::string write_memory(std::string_view arguments);
  std::string change_point(const std::string& packet);

  GdbSocket socket_;
  Hart& hart_;
  std::set<std::uint32_t> breakpoints_;
  std::set<Watch> watches_;
  bool stepping_ = false;
  bool resumed_ = true;  ///< the instruction here is executed whatever stands at it
  std::string why_;      ///< the stop reply
  std::string seen_;     ///< a watchpoint that the latest instruction met
  bool killed_ = false;
};

}  // namespace stoic::platform
