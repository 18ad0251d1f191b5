#pragma once
#include "stoic/sim/device/device.hpp"

namespace stoic::systemc {

/// The calls of Device as they cross the socket: the number, then the arguments in their order. The reply is
/// true and the results, or false and the text of an Error.
enum class Call : std::uint8_t {
  read,
  write,
  write_memory,
  read_memory,
  send,
  drop_unsent,
  set_stalls,
  run,
  run_until_interrupt,
  interrupt,
  cycle,
  take_output,
  debug,
  peek_state,
  run_instruction,
  reset,
  finish_trace,
};

/// Elaborates SystemC in this process, once and for all, and answers calls until the other side closes the
/// socket.
void serve(int socket, const HardwareConfig& config, const TraceOptions& trace);

}  // namespace stoic::systemc
