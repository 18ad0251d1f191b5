#include "stoic/host/report/text_table.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace stoic {

std::string table(const Rows& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c == widths.size()) widths.push_back(0);
      widths[c] = std::max(widths[c], characters(row[c]));
    }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      // A column is aligned as its first cell below the heading.
      const auto& model = rows.size() > 1 && c < rows[1].size() ? rows[1][c] : rows[r][c];
      const bool right = looks_like_number(model);
      const std::string padding(widths[c] - characters(rows[r][c]), ' ');
      line += (c > 0 ? "  " : "") + (right ? padding + rows[r][c] : rows[r][c] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + (r + 1 < rows.size() ? "\n" : "");
  }
  return text;
}

}  // namespace stoic
