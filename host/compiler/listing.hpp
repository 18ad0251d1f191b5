#pragma once
#include <string>

#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// The image for a hardware engineer to read: memory map, tables, then a line for each instruction with slot,
/// cycles, how often it runs, its text as the assembler reads it, and what it is for.
std::string listing(const Image& image);

}  // namespace stoic
