#pragma once
#include <string>
#include <vector>

#include "case.hpp"
#include "needs.hpp"

namespace stoic::cosim {

/// An instruction at the edge of what the engine accepts, with what it answers.
struct Edge {
  std::string what;
  Instruction instruction;
  int status = STOIC_STATUS_CODE_OK;
};

struct Edges {
  std::vector<Edge> edges;
  std::vector<std::string> left_out;  ///< "NORMALISE: needs state_words_per_lane >= 12 (this instance has 8)"
};

/// For every check before an instruction's first beat: the last operand that passes, and the first that does
/// not, with every other check passed; as far as the memories of the instance have room for them.
Edges edges(const HardwareConfig& config);

/// Of them those with lengths of one bit each, in whatever field a length stands: all operands of instructions that fit, and
/// each of them a word beyond the memory. The bits of a length are those of no other field.
std::vector<Edge> edges_of_lengths(const HardwareConfig& config);

/// The edge as a program that ends after it.
Case edge_case(const HardwareConfig& config, const Edge& edge);

}  // namespace stoic::cosim
