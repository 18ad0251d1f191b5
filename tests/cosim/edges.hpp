#pragma once
#include <string>
#include <vector>

#include "case.hpp"

namespace stoic::cosim {

/// An instruction at the edge of what the engine accepts, with what it answers.
struct Edge {
  std::string what;
  Instruction instruction;
  int status = STOIC_STATUS_CODE_OK;
};

/// For every check before an instruction's first beat: the last operand that passes, and the first that does
/// not, with every other check passed. For instances of at least 12 state words, 2 weight words and 3 table
/// words.
std::vector<Edge> edges(const HardwareConfig& config);

/// The edge as a program that ends after it.
Case edge_case(const HardwareConfig& config, const Edge& edge);

}  // namespace stoic::cosim
