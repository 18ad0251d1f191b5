#pragma once
#include <string>

#include "stoic/sim/contract/config.hpp"

namespace stoic::cosim {

/// What a test asks of an instance; 0 where it asks for nothing.
struct Needs {
  std::int64_t state_words_per_lane = 0;
  std::int64_t weight_words = 0;
  std::int64_t program_words = 0;
  std::int64_t table_words = 0;
  std::int64_t loop_depth = 0;
  std::int64_t input_buffer_beats = 0;
};

/// "needs program_words >= 5; this instance has 1", or empty when `config` has all of it.
std::string lacking(const HardwareConfig& config, const Needs& needs);

/// The bytes that golden, cycle model and RTL of an instance take side by side, memories above all.
std::int64_t memory_of_bodies(const HardwareConfig& config);

/// As lacking(): "needs 5.1 GB of memory; this machine has 3.9", or empty.
std::string lacking_memory(const HardwareConfig& config);

}  // namespace stoic::cosim
