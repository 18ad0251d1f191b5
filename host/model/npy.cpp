#include "stoic/host/model/npy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <set>

#include "stoic/sim/io/error.hpp"

namespace stoic {

namespace {

constexpr std::string_view magic{"\x93NUMPY", 6};
constexpr std::size_t most_header_bytes = 1 << 16;

/// Reads the few Python literals that a header may hold.
class DictParser {
 public:
  DictParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  NpyHeader header() {
    NpyHeader result;
    std::set<std::string> seen;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (!seen.insert(key).second) fail("a key is given twice");
      if (key == "descr")
        result.type = type();
      else if (key == "fortran_order")
        result.fortran_order = boolean();
      else if (key == "shape")
        result.shape = tuple();
      else
        fail(fmt::format("unknown key '{}'", key));
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (at_ != text_.size()) fail("text follows the closing brace");
    if (seen.size() != 3) fail("it needs the keys 'descr', 'fortran_order' and 'shape'");
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}: bad .npy header: {}; save the array again with numpy.savez", where_, what));
  }
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool accept(char character) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != character) return false;
    ++at_;
    return true;
  }
  void expect(char character) {
    if (!accept(character)) fail(fmt::format("'{}' expected at byte {}", character, at_));
  }
  bool accept_word(std::string_view word) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  std::string quoted() {
    skip_spaces();
    if (at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) fail("a text in quotes expected");
    const auto end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) fail("a quote is not closed");
    std::string word(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return word;
  }
  bool boolean() {
    if (accept_word("True")) return true;
    if (accept_word("False")) return false;
    fail("'fortran_order' must be True or False");
  }
  std::int64_t number() {
    skip_spaces();
    const std::size_t start = at_;
    std::int64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, text_[at_] - '0', &value))
        fail("a number is too large");
    if (at_ == start) fail("a number expected in 'shape'");
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote its long integers so
    return value;
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> shape;
    expect('(');
    while (!accept(')')) {
      shape.push_back(number());
      if (shape.size() > 32) fail("more than 32 dimensions");
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }
  std::string type() {
    skip_spaces();
    if (at_ < text_.size() && text_[at_] == '[')
      throw Error(fmt::format("{}: is a structured array; save plain float32 or float64 numbers", where_));
    std::string word = quoted();
    if (word.find('O') != std::string::npos)
      throw Error(
          fmt::format("{}: is an array of Python objects; save numbers (or a text) instead, without "
                      "allow_pickle",
                      where_));
    if (word.size() < 3 || std::string_view("<>|=").find(word[0]) == std::string_view::npos ||
        std::string_view("biufcSU").find(word[1]) == std::string_view::npos || word.size() > 10 ||
        word.find_first_not_of("0123456789", 2) != std::string::npos)
      throw Error(fmt::format(
          "{}: has the type '{}', which is neither number nor text; save float32 or float64", where_, word));
    if (word[0] == '=') word[0] = '<';
    const auto size = std::stoul(word.substr(2));
    const bool text = word[1] == 'S' || word[1] == 'U';
    if (!text && size != 1 && size != 2 && size != 4 && size != 8 && size != 16)
      fail(fmt::format("no number has the type '{}'", word));
    if (!text && size > 1 && word[0] == '|') fail(fmt::format("the type '{}' has no byte order", word));
    return word;
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
};

std::size_t length_bytes(std::string_view start) { return start[6] == 1 ? 2 : 4; }

}  // namespace

std::size_t NpyHeader::element_size() const { return std::stoul(type.substr(2)) * (kind() == 'U' ? 4 : 1); }

std::size_t NpyHeader::data_size() const {
  std::size_t size = element_size();
  for (const auto count : shape) size *= static_cast<std::size_t>(count);
  return size;
}

std::size_t npy_header_size(std::string_view start, const std::string& where) {
  if (start.size() < 12 || !start.starts_with(magic))
    throw Error(fmt::format("{}: is no .npy array; save it with numpy.savez", where));
  if (start[6] < 1 || start[6] > 3 || start[7] != 0)
    throw Error(fmt::format("{}: has the unknown .npy version {}.{}; save it with numpy.savez", where,
                            static_cast<unsigned char>(start[6]), static_cast<unsigned char>(start[7])));
  std::size_t length = 0;
  for (std::size_t i = length_bytes(start); i > 0; --i)
    length = length << 8 | static_cast<unsigned char>(start[7 + i]);
  if (length > most_header_bytes)
    throw Error(
        fmt::format("{}: its .npy header announces {} bytes; save it again with numpy.savez", where, length));
  return 8 + length_bytes(start) + length;
}

NpyHeader parse_npy_header(std::string_view header, const std::string& where) {
  NpyHeader result = DictParser(header.substr(8 + length_bytes(header)), where).header();
  std::size_t size = result.element_size();
  for (const auto count : result.shape)
    if (__builtin_mul_overflow(size, static_cast<std::size_t>(count), &size) ||
        size > static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max()))
      throw Error(fmt::format("{}: bad .npy header: the shape ({}) is absurd; save the array again", where,
                              fmt::join(result.shape, ", ")));
  return result;
}

std::string npy_header_text(const std::string& type, const std::vector<std::int64_t>& shape) {
  std::string dict = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", type,
                                 fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const std::size_t unpadded = magic.size() + 2 + 2 + dict.size() + 1;
  dict.append((64 - unpadded % 64) % 64, ' ');
  dict += '\n';
  std::string header(magic);
  header += {'\1', '\0', static_cast<char>(dict.size() & 0xFF), static_cast<char>(dict.size() >> 8)};
  return header + dict;
}

}  // namespace stoic
