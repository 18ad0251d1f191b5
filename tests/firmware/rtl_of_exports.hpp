#pragma once
#include <string>

#include "stoic/sim/contract/config.hpp"

namespace stoic {

/// The exports of the build are for the instance "default": why its RTL cannot run them, or empty.
inline std::string lack_of_rtl() {
  if (config_hash(load_hardware_config(STOIC_HW)) == config_hash(load_hardware_config("default"))) return "";
  return "needs RTL of the instance default; this build has that of " STOIC_HW;
}

}  // namespace stoic
