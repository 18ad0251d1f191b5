#pragma once
#include <memory>

#include "stoic/sim/device/device.hpp"
#include "stoic/sim/rtl/pins.hpp"

namespace stoic {

/// The instance that the RTL of this build was verilated for (STOIC_HW, ./dev build --hw FILE.json).
const HardwareConfig& rtl_config();

/// The accelerator of rtl/ under Verilator, after reset. It drives the verilated class directly, without
/// SystemC. A trace path ends in .fst or .vcd. Throws Error for another one and for a file that cannot be
/// written.
std::unique_ptr<Device> make_rtl_device(const TraceOptions& trace = {});

/// The same accelerator, as pins: what rtl::RtlAccelerator stands on.
std::unique_ptr<rtl::Pins> make_rtl_pins(const TraceOptions& trace = {});

}  // namespace stoic
