#include "stoic/sim/io/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace stoic {
namespace {

/// One character of a text: how many bytes it takes, and its number. No bytes: no UTF-8.
struct Character {
  std::size_t bytes = 0;
  std::uint32_t code = 0;
};

Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {1, lead};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  std::uint32_t code = lead & (0xFFu >> (bytes + 1));
  for (std::size_t b = 1; b < bytes; ++b) {
    const auto tail = static_cast<unsigned char>(text[b]);
    if ((tail & 0xC0) != 0x80) return {};
    code = code << 6 | (tail & 0x3F);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  return code < least[bytes] || surrogate || code > 0x10FFFF ? Character{} : Character{bytes, code};
}

/// Control characters, and those that break a line or turn the direction of what follows.
bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0x200E || code == 0x200F || code == 0xFEFF;
}

}  // namespace

std::string printable(std::string_view text, std::string_view keep) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    const auto bytes = std::max<std::size_t>(character.bytes, 1);
    const auto byte = static_cast<unsigned char>(text[0]);
    if (character.bytes == 0)
      result += fmt::format("\\x{:02x}", byte);
    else if (!is_control(character.code) || (bytes == 1 && keep.find(text[0]) != keep.npos))
      result += text.substr(0, bytes);
    else if (byte == '\n' || byte == '\t' || byte == '\r')
      result += byte == '\n' ? "\\n" : byte == '\t' ? "\\t" : "\\r";
    else
      result += character.code < 0x100 ? fmt::format("\\x{:02x}", character.code)
                                       : fmt::format("\\u{:04x}", character.code);
    text.remove_prefix(bytes);
  }
  return result;
}

std::string one_line(std::string_view text, std::size_t most) {
  if (text.size() <= most) return printable(text);
  const auto half = most / 2;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  auto head = half, tail = text.size() - half;
  for (int i = 0; i < 3 && continues(head); ++i) --head;
  for (int i = 0; i < 3 && continues(tail); ++i) ++tail;
  return fmt::format("{} [... {} bytes ...] {}", printable(text.substr(0, head)), tail - head,
                     printable(text.substr(tail)));
}

bool is_plain_name(std::string_view name, std::string_view more) {
  constexpr std::size_t longest = 100;
  return !name.empty() && name.size() <= longest && std::ranges::all_of(name, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-' || more.find(c) != more.npos;
  });
}

}  // namespace stoic
