#include "stoic/host/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "stoic/sim/io/printable.hpp"

namespace stoic {

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string grouped(std::int64_t number) {
  auto text = fmt::format("{}", number);
  for (auto at = static_cast<std::int64_t>(text.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : printable(text, "\n")) switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  return result;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string fitting(std::string_view line, std::size_t most) {
  std::string result;
  std::size_t count = 0;
  for (const char c : line) {
    if ((c & 0xc0) != 0x80 && ++count > most) break;
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return result;
}

bool looks_like_number(std::string_view cell) {
  return !cell.empty() &&
         (std::isdigit(static_cast<unsigned char>(cell[0])) != 0 || cell[0] == '-' || cell[0] == '+');
}

}  // namespace stoic
