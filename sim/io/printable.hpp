#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace stoic {

/// `text` as it may be shown: valid UTF-8 whose control characters (ESC among them), characters that turn the
/// direction of writing, and bytes that are no UTF-8 are written as \n, \x1b, \u202e. `keep` names control
/// characters that stay as they are.
std::string printable(std::string_view text, std::string_view keep = "");

/// The same on one line of at most about `most` bytes: what is longer loses its middle, since a message names
/// the file at its beginning and the remedy at its end.
std::string one_line(std::string_view text, std::size_t most = 2000);

/// Whether a name of an instance or of a vector may stand in a file, a C comment, a SystemVerilog package or
/// a command: 1 to 100 characters, letters, digits, "_.-" and those of `more`.
bool is_plain_name(std::string_view name, std::string_view more = "");

}  // namespace stoic
