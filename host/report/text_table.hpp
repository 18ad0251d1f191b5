#pragma once
#include <string>

#include "stoic/host/report/text.hpp"

namespace stoic {

/// Rows as text: columns padded to their widest cell; the first row is the heading. Columns whose first cell
/// below it looks like a number are aligned to the right.
std::string table(const Rows& rows);

}  // namespace stoic
