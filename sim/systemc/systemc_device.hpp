#pragma once
#include <memory>

#include "stoic/sim/device/device.hpp"

namespace stoic {

/// The cycle model behind its TLM-2.0 sockets. SystemC elaborates once in a process, so each device is a
/// child process of its own, which ends with the device or with this process. The child is a fork: it is made
/// here, so make devices before threads that hold locks.
///
/// `trace.path` names a .vcd file or is empty; one time unit is a cycle. Throws Error for anything else, and
/// when the child cannot be made. Every call throws Error when the child has died.
///
/// drop_unsent() keeps a beat that was offered in an earlier cycle. run_instruction() runs an engine that is
/// ending until it is idle, and returns true then. reset() takes one cycle: cycle() goes on.
std::unique_ptr<Device> make_systemc_device(const HardwareConfig& config, const TraceOptions& trace = {});

}  // namespace stoic
