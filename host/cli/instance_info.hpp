#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stoic/sim/contract/config.hpp"

namespace stoic::cli {

/// One memory of an accelerator instance.
struct MemorySize {
  std::string name;
  std::int64_t words = 0;      ///< in all lanes together
  std::int64_t word_bits = 0;  ///< of one of these words
  std::int64_t copies = 1;     ///< that the RTL keeps, so that several words can be read at once
  std::int64_t bits() const { return words * word_bits; }
};

/// State, weights, program, tables, input buffer, counters of saturations.
std::vector<MemorySize> memory_sizes(const HardwareConfig& config);

/// The largest product of a square matrix with a vector that an instance holds and computes: matrix in the
/// weight memory, vector and result in the state memory.
struct TypicalProduct {
  std::int64_t size = 0;    ///< rows and columns
  std::int64_t cycles = 0;  ///< of its MATVEC, fetch included, by the rule of every model of the accelerator
  std::int64_t mac_cycles = 0;  ///< of these, the lanes multiply
};

/// Empty where the state memory has one word: source and result of a product lie apart.
std::optional<TypicalProduct> typical_product(const HardwareConfig& config);

/// What follows from the numbers of an instance, for people and for programs: hash, streams, memories,
/// multipliers, a product.
std::string instance_text(const HardwareConfig& config);
nlohmann::ordered_json instance_json(const HardwareConfig& config);

}  // namespace stoic::cli
