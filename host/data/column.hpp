#pragma once
#include <string>
#include <vector>

namespace stoic {

/// A series of numbers in a file.
struct Column {
  std::string where;  ///< file and column, for messages
  std::vector<double> values;
};

/// Reads "FILE" or "FILE:COLUMN", the column by name or by number from 1; without one there must be a single
/// column. A file whose content is NumPy's `.npy` (integers, float32 or float64, one or two dimensions) or
/// text of lines with cells between commas, semicolons, tabs or spaces, of which the first may name the
/// columns. Values may be NaN or infinite, which is for the caller to judge. Throws Error, one line that
/// names file, line and column.
Column read_column(const std::string& file_and_column);

}  // namespace stoic
