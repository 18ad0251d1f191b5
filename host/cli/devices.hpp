#pragma once
#include "stoic/host/library/devices.hpp"

namespace stoic::cli {

/// The bodies of the accelerator that the command knows: "systemc", "rtl". A build may lack one; it is named
/// all the same, and its obstacle says what brings it.
const Devices& devices();

}  // namespace stoic::cli
