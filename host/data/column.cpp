#include "stoic/host/data/column.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "stoic/host/model/npy.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic {
namespace {

using RowOfCells = std::vector<std::string_view>;

std::string_view bare(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\"");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\"") - first + 1);
}

std::optional<double> parsed_number(std::string_view cell) {
  if (cell.starts_with('+')) cell.remove_prefix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (cell.empty() || end != cell.data() + cell.size()) return {};
  if (code == std::errc::result_out_of_range)
    return cell.find_first_of("eE") != cell.npos && cell.find('-', cell.find_first_of("eE")) != cell.npos
               ? 0
               : std::numeric_limits<double>::infinity();
  return code == std::errc() ? std::optional(value) : std::nullopt;
}

RowOfCells cells_of(std::string_view line, char separator) {
  RowOfCells cells;
  if (separator == ' ') {
    for (std::size_t at = line.find_first_not_of(' '); at != line.npos;) {
      const auto end = std::min(line.find(' ', at), line.size());
      cells.push_back(bare(line.substr(at, end - at)));
      at = line.find_first_not_of(' ', end);
    }
    return cells;
  }
  for (std::size_t at = 0; at <= line.size();) {
    const auto end = std::min(line.find(separator, at), line.size());
    cells.push_back(bare(line.substr(at, end - at)));
    at = end + 1;
  }
  return cells;
}

char separator_of(std::string_view line) {
  for (const char separator : {',', ';', '\t'})
    if (line.find(separator) != line.npos) return separator;
  return ' ';
}

/// The number of the column that is meant, from 0.
std::size_t column_of(const std::string& file, const std::string& column, std::size_t count,
                      const std::vector<std::string>& names) {
  if (column.empty()) {
    if (count != 1)
      throw Error(fmt::format("{}: has {} columns; name one, as in {}:{}", file, count, file,
                              names.empty() ? "1" : names.front()));
    return 0;
  }
  const auto named = std::find(names.begin(), names.end(), column);
  if (named != names.end()) {
    const auto again = std::find(named + 1, names.end(), column);
    if (again != names.end())
      throw Error(fmt::format("{}: two columns are called \"{}\"; name one by its number, {} or {}", file,
                              one_line(column), named - names.begin() + 1, again - names.begin() + 1));
    return static_cast<std::size_t>(named - names.begin());
  }
  const auto number = parsed_number(column);
  if (number && *number >= 1 && *number <= static_cast<double>(count) &&
      *number == static_cast<double>(static_cast<std::size_t>(*number)))
    return static_cast<std::size_t>(*number) - 1;
  throw Error(fmt::format("{}: has no column \"{}\"; it has {}", file, one_line(column),
                          names.empty()
                              ? fmt::format("numbers 1 to {}", count)
                              : fmt::format("{}, or numbers 1 to {}", fmt::join(names, ", "), count)));
}

/// The numbers of those that are meant: of all without a name.
std::vector<std::size_t> columns_of(const std::string& file, const std::vector<std::string>& columns,
                                    std::size_t count, const std::vector<std::string>& names) {
  std::vector<std::size_t> result;
  for (const auto& column : columns) result.push_back(column_of(file, column, count, names));
  for (std::size_t c = 0; columns.empty() && c < count; ++c) result.push_back(c);
  return result;
}

std::string column_name(const std::vector<std::string>& names, std::size_t at) {
  return names.empty() ? fmt::format("{}", at + 1) : names[at];
}

std::vector<Column> text_columns(std::string_view text, const std::string& file,
                                 const std::vector<std::string>& columns) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.find('\0') != text.npos)
    throw Error(
        fmt::format("{}: is neither text nor a .npy file; give a CSV or what numpy.save writes", file));
  std::vector<Column> result;
  std::optional<std::vector<std::size_t>> at;
  std::size_t count = 0, line_number = 0;
  std::optional<std::size_t> gap;
  char separator = ',';
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    const auto line = text.substr(from, end - from);
    from = end + 1;
    ++line_number;
    if (bare(line).empty()) {
      if (at) gap = gap.value_or(line_number);
      continue;
    }
    if (gap)  // steps on both sides would be neighbours
      throw Error(fmt::format(
          "{}: line {} is blank, within the series; fill the gap, or cut the series there", file, *gap));
    if (!at) separator = separator_of(line);
    const auto cells = cells_of(line, separator);
    if (!at) {
      count = cells.size();
      const bool header =
          std::none_of(cells.begin(), cells.end(), [](auto c) { return parsed_number(c).has_value(); });
      const auto names =
          header ? std::vector<std::string>(cells.begin(), cells.end()) : std::vector<std::string>{};
      at = columns_of(file, columns, count, names);
      for (const auto c : *at) result.push_back({file, column_name(names, c), {}});
      if (header) continue;
    }
    if (cells.size() != count)
      throw Error(
          fmt::format("{}: line {} has {} cells, the first one {}", file, line_number, cells.size(), count));
    for (std::size_t c = 0; c < at->size(); ++c) {
      const auto cell = cells[(*at)[c]];
      const auto value = parsed_number(cell);
      if (!value)
        throw Error(fmt::format("{}: line {}, column {}: \"{}\" is no number", file, line_number,
                                (*at)[c] + 1, one_line(std::string(cell.substr(0, 40)))));
      result[c].values.push_back(*value);
    }
  }
  return result;
}

template <class T>
double npy_element(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return static_cast<double>(value);
}

double (*reader_of(const std::string& type))(const char*) {
  if (type == "b1" || type == "u1") return npy_element<std::uint8_t>;
  if (type == "i1") return npy_element<std::int8_t>;
  if (type == "i2") return npy_element<std::int16_t>;
  if (type == "i4") return npy_element<std::int32_t>;
  if (type == "i8") return npy_element<std::int64_t>;
  if (type == "u2") return npy_element<std::uint16_t>;
  if (type == "u4") return npy_element<std::uint32_t>;
  if (type == "u8") return npy_element<std::uint64_t>;
  if (type == "f4") return npy_element<float>;
  if (type == "f8") return npy_element<double>;
  return nullptr;
}

std::vector<Column> npy_columns(const std::string& bytes, const std::string& file,
                                const std::vector<std::string>& names) {
  const auto size = npy_header_size(std::string_view(bytes).substr(0, 12), file);
  if (size > bytes.size()) throw Error(fmt::format("{}: ends within its header; it is truncated", file));
  const auto header = parse_npy_header(std::string_view(bytes).substr(0, size), file);
  const auto read = reader_of(header.type.substr(1));
  if (read == nullptr || header.type[0] == '>')
    throw Error(fmt::format("{}: has the type '{}'; save integers, float32 or float64, little-endian", file,
                            header.type));
  if (header.shape.empty() || header.shape.size() > 2)
    throw Error(fmt::format("{}: has {} dimensions; a series has one, or two for several columns", file,
                            header.shape.size()));
  if (bytes.size() - size < header.data_size())
    throw Error(fmt::format("{}: ends before its last value; it is truncated", file));
  const auto rows = static_cast<std::size_t>(header.shape[0]),
             columns = header.shape.size() == 2 ? static_cast<std::size_t>(header.shape[1]) : 1;
  std::vector<Column> result;
  for (const auto at : columns_of(file, names, columns, {})) {
    result.push_back({file, column_name({}, at), {}});
    for (std::size_t i = 0; i < rows; ++i) {
      const auto index = header.fortran_order ? at * rows + i : i * columns + at;
      result.back().values.push_back(read(bytes.data() + size + index * header.element_size()));
    }
  }
  return result;
}

}  // namespace

std::string read_column_file(const std::string& file) {
  constexpr std::size_t most_bytes = std::size_t{1} << 30;
  return read_file(file, most_bytes);
}

std::vector<Column> columns_in(const std::string& bytes, const std::string& file,
                               const std::vector<std::string>& columns) {
  return bytes.starts_with("\x93NUMPY") ? npy_columns(bytes, file, columns)
                                        : text_columns(bytes, file, columns);
}

std::vector<Column> read_columns(const std::string& file, const std::vector<std::string>& columns) {
  return columns_in(read_column_file(file), file, columns);
}

Column read_column(const std::string& file_and_column) {
  std::string file = file_and_column, column;
  const auto colon = file.rfind(':');
  if (colon != file.npos && !std::filesystem::exists(file)) {
    column = file.substr(colon + 1);
    file.resize(colon);
  }
  auto columns = read_columns(file, {column});
  if (columns.empty()) return {file_and_column, column, {}};
  columns.front().where = file_and_column;
  return std::move(columns.front());
}

}  // namespace stoic
