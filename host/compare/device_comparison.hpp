#pragma once
#include <cstdint>
#include <string>

namespace stoic {

/// What a device made of its samples, against golden.
struct DeviceComparison {
  std::string backend;
  std::int64_t samples = 0;
  double accuracy = 0;
  std::int64_t differing_bits = 0;
  std::int64_t differing_cycles = 0;      ///< that neither the closed forms nor the stalls explain
  std::int64_t cycles_per_inference = 0;  ///< of one alone, without stalls
  double mac_utilisation = 0;
  std::int64_t saturations = 0;
};

}  // namespace stoic
