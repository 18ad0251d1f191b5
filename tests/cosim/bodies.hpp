#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "stoic/sim/device/device.hpp"

namespace stoic::cosim {

// With STOIC_INSTANCE in the environment, a built-in name or a file, all that follows is about that instance
// alone.

/// The bodies of the accelerator that this build has: of "systemc", "rtl".
std::vector<std::string> bodies();

/// A fresh device. RTL is of one instance; asked for another it throws Error.
std::unique_ptr<Device> make_body(const std::string& body, const HardwareConfig& config);

/// Instances to test a body with: the one that RTL was built for when there is RTL; for bodies that take any,
/// `random` further ones.
std::vector<HardwareConfig> configs_for(const std::string& body, std::uint64_t seed, int random);

}  // namespace stoic::cosim
