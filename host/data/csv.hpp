#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stoic {

struct CsvOptions {
  std::string label;              ///< name of the column with the labels; empty: `label_column`
  std::int64_t label_column = 0;  ///< the same by number, from 1; 0: the last one
  std::optional<bool> header;     ///< whether the first line names the columns; nothing: when no feature in
                                  ///< it is a number
};

/// A table of one sample a line: numbers in every column but that of the labels.
struct CsvTable {
  std::string where;
  std::vector<std::string> names;   ///< of the features; without a header "1", "2", ... by column
  std::vector<double> values;       ///< [lines x names], all finite
  std::vector<std::string> labels;  ///< as they are written
  std::vector<std::int64_t> lines;  ///< of each sample in the file, from 1
  bool named = false;               ///< whether the file names its columns
  std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }
};

/// Reads text of cells between commas, semicolons or tabs (whichever the first line has), in quotes or not;
/// empty lines count for nothing. `where` names it in messages. Throws Error that names line and column:
/// lines of different length, cells that are no finite number, empty cells and labels, no samples, more
/// columns than a network has inputs, text that is no CSV.
CsvTable parse_csv(std::string_view text, const std::string& where, const CsvOptions& options = {});

/// The same of a file, plain or gzip'd, of at most 1 GiB.
CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace stoic
