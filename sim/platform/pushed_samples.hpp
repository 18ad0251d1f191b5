#pragma once
#include <cstdint>
#include <string>

namespace stoic::platform {

/// Samples that come whether somebody is ready for them or not, as from a sensor.
struct PushedSamples {
  std::string data;             ///< one behind the other, as the input stream takes them
  std::uint32_t bytes = 0;      ///< of a sample; 0: there are none
  std::uint32_t period = 1000;  ///< clock cycles from one to the next
};

}  // namespace stoic::platform
