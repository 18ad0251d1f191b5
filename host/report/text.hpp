#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stoic {

/// "98.31 %"
std::string percent(double share);
/// "1,234,567"
std::string grouped(std::int64_t number);
/// Text of HTML or SVG: &, <, > and quotes as entities, what is no printable UTF-8 as printable() writes it.
std::string escaped(std::string_view text);

/// Cells of a table that people read; the first row is the heading.
using Rows = std::vector<std::vector<std::string>>;

/// Characters on screen: bytes that do not continue a UTF-8 sequence.
std::size_t characters(std::string_view text);

/// What of a line fits into so many characters; control characters, which would move the cursor, as "?".
std::string fitting(std::string_view line, std::size_t most);

/// Whether a cell holds a number, a range or a dash for one: such columns are aligned to the right.
bool looks_like_number(std::string_view cell);

}  // namespace stoic
