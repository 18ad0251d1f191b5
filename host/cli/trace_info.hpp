#pragma once
#include <string>

#include "console.hpp"

namespace stoic::cli {

/// Says how long a compact trace of instructions is, or prints it `as_lines`: the same that the run would have written to
/// a trace of lines. Throws Error for one that is damaged.
void trace_info(const Console& console, const std::string& file, const std::string& bytes, bool as_lines);

}  // namespace stoic::cli
