#include "stoic/host/data/csv.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "stoic/host/data/plain_bytes.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

constexpr std::size_t most_columns = 4097;  // inputs of a network, and a label

/// A number as it is written, its sign included; nothing when it is none. NaN and infinity are numbers.
std::optional<double> number_of(std::string_view cell) {
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.remove_prefix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (cell.empty() || end != cell.data() + cell.size()) return {};
  if (code == std::errc::result_out_of_range) {  // 0, unless it is too large
    const bool small = cell.find("e-") != cell.npos || cell.find("E-") != cell.npos;
    return small ? 0 : std::numeric_limits<double>::infinity();
  }
  return code == std::errc() ? std::optional(value) : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

class CsvParser {
 public:
  CsvParser(std::string_view text, const std::string& where, const CsvOptions& options)
      : text_(text), options_(options) {
    result_.where = where;
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);  // a mark that some programs write
  }

  CsvTable parse() {
    if (const auto zero = text_.find('\0'); zero != text_.npos)
      fail("is no CSV: it holds a zero byte; give an IDX file, a .npz or a text of numbers");
    bool first = true;
    while (next_line()) {
      if (first) start();
      if (!first || !result_.named) add_sample();
      first = false;
    }
    if (result_.labels.empty()) fail("holds no samples; a line for each is needed");
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}: {}", result_.where, what));
  }
  [[noreturn]] void fail_here(const std::string& what) const {
    throw Error(fmt::format("{}: line {}: {}", result_.where, line_, what));
  }
  std::string column_text(std::size_t column) const {
    return result_.named ? fmt::format("column {} (\"{}\")", column + 1, header_[column])
                         : fmt::format("column {}", column + 1);
  }

  /// The cells of the next line that is not empty.
  bool next_line() {
    while (at_ < text_.size()) {
      const auto end = std::min(text_.find('\n', at_), text_.size());
      const auto line = text_.substr(at_, end - at_);
      at_ = end + 1;
      ++line_;
      if (trimmed(line).empty()) continue;
      if (separator_ == '\0') choose_separator(line);
      split(line);
      return true;
    }
    return false;
  }

  void choose_separator(std::string_view line) {
    separator_ = ',';
    for (const char candidate : {';', '\t'})
      if (line.find(candidate) != line.npos) separator_ = candidate;
  }

  void split(std::string_view line) {
    cells_.clear();
    for (std::size_t at = 0;;) {
      if (cells_.size() == most_columns)
        fail_here(fmt::format("more than {} columns; a network has at most {} inputs", most_columns,
                              most_columns - 1));
      const auto start = line.find_first_not_of(" \r", at);
      if (start != line.npos && line[start] == '"') {
        at = quoted(line, start + 1);
      } else {
        const auto end = std::min(line.find(separator_, at), line.size());
        cells_.emplace_back(trimmed(line.substr(at, end - at)));
        at = end;
      }
      if (at >= line.size()) return;
      ++at;  // the separator
    }
  }

  /// A cell in quotes, which two quotes in it stand for; returns where its separator is.
  std::size_t quoted(std::string_view line, std::size_t at) {
    std::string cell;
    for (;; ++at) {
      if (at == line.size()) fail_here("a quote is not closed; close it in the same line");
      if (line[at] == '"' && (at + 1 == line.size() || line[at + 1] != '"')) break;
      if (line[at] == '"') ++at;
      cell += line[at];
    }
    const auto end = line.find_first_not_of(" \t\r", ++at);
    if (end != line.npos && line[end] != separator_) fail_here("text follows a closing quote");
    cells_.push_back(std::move(cell));
    return end == line.npos ? line.size() : end;
  }

  /// The first line: how many columns there are, which has the labels, and whether they have names.
  void start() {
    if (cells_.size() < 2)
      fail_here("one column; a feature and a label are needed, with commas, semicolons or tabs between");
    columns_ = cells_.size();
    header_ = cells_;
    if (options_.label_column > static_cast<std::int64_t>(columns_))
      fail(fmt::format("has {} columns, so none is number {}; mend data.label_column", columns_,
                       options_.label_column));
    label_ = options_.label_column > 0 ? static_cast<std::size_t>(options_.label_column) - 1 : columns_ - 1;
    result_.named = options_.header.value_or(!options_.label.empty() || no_feature_is_number());
    if (!options_.label.empty()) find_label();
    for (std::size_t c = 0; c < columns_; ++c)
      if (result_.named && header_[c].empty())
        fail_here(
            fmt::format("column {} has no name; name it, or remove it if it only counts the rows (in "
                        "pandas: index=False)",
                        c + 1));
    for (std::size_t c = 0; c < columns_; ++c)
      if (c != label_) result_.names.push_back(result_.named ? header_[c] : fmt::format("{}", c + 1));
  }

  bool no_feature_is_number() const {
    for (std::size_t c = 0; c < columns_; ++c)
      if (c != label_ && number_of(cells_[c])) return false;
    return true;
  }

  void find_label() {
    const auto found = std::find(header_.begin(), header_.end(), options_.label);
    if (!result_.named || found == header_.end()) {
      constexpr std::size_t shown = 8;
      const std::vector<std::string> some(
          header_.begin(), header_.begin() + static_cast<std::ptrdiff_t>(std::min(shown, columns_)));
      fail(
          fmt::format("has no column \"{}\"; its first line has {}{}: mend data.label, or give "
                      "data.label_column",
                      options_.label, fmt::join(some, ", "), columns_ > shown ? ", ..." : ""));
    }
    label_ = static_cast<std::size_t>(found - header_.begin());
  }

  void add_sample() {
    if (cells_.size() != columns_)
      fail_here(fmt::format("{} columns, but the first line has {}; mend it or remove it", cells_.size(),
                            columns_));
    for (std::size_t c = 0; c < columns_; ++c) {
      if (cells_[c].empty())
        fail_here(fmt::format("{} is empty; fill it in, or remove the line", column_text(c)));
      if (c != label_) result_.values.push_back(feature(c));
    }
    result_.labels.push_back(cells_[label_]);
    result_.lines.push_back(line_);
  }

  double feature(std::size_t column) const {
    constexpr std::size_t shown = 40;
    const auto& cell = cells_[column];
    const auto value = number_of(cell);
    if (!value)
      fail_here(fmt::format("{} is \"{:.{}}\", which is no number{}", column_text(column), cell, shown,
                            line_ == 1 ? "; if this line names the columns, set data.header to true"
                                       : "; mend it, or remove "
                                         "the line or the column"));
    if (!std::isfinite(*value) || std::abs(*value) > std::numeric_limits<float>::max())
      fail_here(
          fmt::format("{} is {}; only finite numbers below 3.4e38 can be trained on, mend it or remove "
                      "the line",
                      column_text(column), cell.substr(0, shown)));
    return *value;
  }

  std::string_view text_;
  const CsvOptions& options_;
  CsvTable result_;
  std::size_t at_ = 0;
  std::int64_t line_ = 0;
  char separator_ = '\0';
  std::vector<std::string> cells_, header_;
  std::size_t columns_ = 0, label_ = 0;
};

}  // namespace

CsvTable parse_csv(std::string_view text, const std::string& where, const CsvOptions& options) {
  return CsvParser(text, where, options).parse();
}

CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  return parse_csv(read_plain(path, std::size_t{1} << 30), path.string(), options);
}

}  // namespace stoic
