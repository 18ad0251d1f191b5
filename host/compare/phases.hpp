#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// What the instructions of one mnemonic cost within a phase, over all their runs for one sample.
struct InstructionCost {
  std::string mnemonic;
  std::int64_t runs = 0;
  std::int64_t cycles = 0;            ///< fetch and latency included
  std::int64_t ideal_mac_cycles = 0;  ///< of these, the lanes multiply

  std::int64_t other_cycles() const { return cycles - ideal_mac_cycles; }
};

/// What a part of the program costs for one sample, without stalls.
struct PhaseCost {
  std::string name;
  std::int64_t cycles = 0;
  std::int64_t ideal_mac_cycles = 0;          ///< sum of ceil(rows/lanes) * columns, and the terms of BUNDLEs
  std::vector<InstructionCost> instructions;  ///< by mnemonic, in the order of their first appearance

  /// Share of the cycles in which the lanes multiply.
  double mac_utilisation() const;
};

/// Splits the cycles of one sample by the phases that the image's metadata lists ("phases": [{"slot": first
/// program word, "name": ...}]). The first entry is the way from START to the program and from its end to
/// DONE; the sum is what the accelerator counts. Instructions before the first phase, and all of them when
/// none is listed, are one phase "program". Throws Error when the metadata cannot be read.
std::vector<PhaseCost> phase_costs(const Image& image);

/// The sum of all phases, named "sum"; its instructions are merged by mnemonic.
PhaseCost total_cost(const std::vector<PhaseCost>& phases);

/// Cycles in which MATVECs multiply.
std::int64_t product_cycles(const std::vector<PhaseCost>& phases);

}  // namespace stoic
