#pragma once
#include <string>
#include <vector>

namespace stoic {

/// A series of numbers in a file.
struct Column {
  std::string where;  ///< file and column, for messages
  std::string name;   ///< in the file's first line, or its number from 1
  std::vector<double> values;
};

/// Reads "FILE" or "FILE:COLUMN", the column by name or by number from 1; without one there must be a single
/// column. A file whose content is NumPy's `.npy` (integers, float32 or float64, one or two dimensions) or
/// text of lines with cells between commas, semicolons, tabs or spaces, of which the first may name the
/// columns. Values may be NaN or infinite, which is for the caller to judge. Throws Error, one line that
/// names file, line and column.
Column read_column(const std::string& file_and_column);

/// The same of several columns of a file, by name or number, in that order; all that there are where none is
/// named. Their `where` is the file.
std::vector<Column> read_columns(const std::string& file, const std::vector<std::string>& columns);

/// The bytes of such a file, and columns of them: for who wants several sets of columns of what can be read once.
std::string read_column_file(const std::string& file);
std::vector<Column> columns_in(const std::string& bytes, const std::string& file,
                               const std::vector<std::string>& columns);

}  // namespace stoic
