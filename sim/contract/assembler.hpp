#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stoic/generated/instructions.hpp"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// A program written as text. One instruction or directive a line, '#' starts a comment:
///
///     .vector u 784                  # names state words for 784 elements, after those named before
///     .constant half 16384           # names a state word that holds 16384 in every lane
///     LOAD destination=u length=784
///     MATVEC destination=x source=u rows=500 columns=784 stream=1 result_shift=6
///     BUNDLE destination=y length=500 result_shift=15 : + x*x<<2 - x*[half]
///     HALT
///
/// Fields are those of hw-configs/interface.json; left out they are 0. A value is a number, a name, or
/// name+number (in state words; in elements where the field addresses elements). The terms of a BUNDLE follow
/// a colon; [name] is an operand that stays the same for every beat.
struct Assembly {
  std::vector<std::uint64_t> program;
  std::vector<StateBlock> initial_state;  ///< the constants
  std::vector<VectorSymbol> vectors;      ///< the vectors, with fraction_bits 0
};

/// Throws Error with line and remedy; also for what check_operands would refuse.
Assembly assemble(std::string_view text, const HardwareConfig& config, const std::string& where);

/// One instruction as text that `assemble` reads. Names come from `vectors` where an address is the start of
/// one.
std::string disassemble(const Instruction& instruction, const std::vector<VectorSymbol>& vectors,
                        const HardwareConfig& config);

/// The name of an instruction, such as MATVEC.
const char* mnemonic(const Instruction& instruction);

}  // namespace stoic
