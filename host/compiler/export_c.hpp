#pragma once
#include <string>
#include <vector>

#include "stoic/host/compiler/export.hpp"
#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// A network as C99 that needs no accelerator: NAME.h and NAME.c, the same bits as golden, no allocation, no other file.
/// The matrices lie four rows side by side, sums have 32 bits wherever no input can make them larger.
std::vector<NamedFile> exported_c(const Image& image, const std::string& name);

/// What one sample costs, and what the code takes: "constants_bytes", "state_bytes", "multiply_accumulates", ...
struct CodeFigures {
  std::int64_t constant_bytes = 0;  ///< matrices, tables, initial states
  std::int64_t state_bytes = 0;     ///< of NAME_state
  std::int64_t input_elements = 0, output_elements = 0;
  std::int64_t multiply_accumulates = 0;  ///< of MATVEC
  std::int64_t bundle_products = 0;
  std::int64_t function_elements = 0;
  std::int64_t normalised_vectors = 0;
  std::int64_t moved_elements = 0;  ///< by LOAD, STORE, COPY, ROTATE
  /// On an rv32imc that takes a cycle for every instruction, compiled with -O2: from the numbers above, measured cycles lie
  /// within a fifth of it for the built-in networks.
  std::int64_t rv32imc_cycles() const;
};
CodeFigures c_figures(const Image& image);

}  // namespace stoic
