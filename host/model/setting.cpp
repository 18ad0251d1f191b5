#include "stoic/host/model/setting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "stoic/host/model/settings.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return result;
}

/// Digits, with a point among or beside them, then maybe an exponent; a sign before each.
bool is_decimal(std::string_view text) {
  const auto digits = [&] {
    std::size_t count = 0;
    for (; count < text.size() && std::isdigit(static_cast<unsigned char>(text[count])); ++count) {
    }
    text.remove_prefix(count);
    return count;
  };
  const auto take = [&](std::string_view any) {
    const bool there = !text.empty() && any.find(text.front()) != any.npos;
    if (there) text.remove_prefix(1);
    return there;
  };
  take("+-");
  auto count = digits();
  if (take(".")) count += digits();
  if (count == 0) return false;
  if (take("eE")) {
    take("+-");
    if (digits() == 0) return false;
  }
  return text.empty();
}

nlohmann::json number(std::string_view text, const std::string& where) {
  if (text.front() == '+') text.remove_prefix(1);
  const bool negative = text.front() == '-';
  if (text.find_first_of(".eE") == text.npos) {
    auto digits = text.substr(negative);
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    if (digits.size() <= 18)
      return (negative ? -1 : 1) * std::strtoll(std::string(digits).c_str(), nullptr, 10);
    return nlohmann::json::parse(fmt::format("{}{}", negative ? "-" : "", digits));
  }
  const double value = std::strtod(std::string(text).c_str(), nullptr);
  if (!std::isfinite(value)) throw Error(fmt::format("{}: is no finite number; give one", where));
  constexpr double exact = 9007199254740992;  // 2^53: whole numbers up to there are what they look like
  if (value == std::trunc(value) && std::abs(value) <= exact) return static_cast<std::int64_t>(value);
  return value;
}

}  // namespace

nlohmann::json setting_value(std::string_view text, const std::string& where) {
  text = trimmed(text);
  if (text.empty())
    throw Error(fmt::format("{}: has no value; write key=value, as in training.epochs=3", where));
  if (is_decimal(text)) return number(text, where);
  const auto word = lower_case(text);
  const auto is = [&](std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (is({"true", "yes", "on"})) return true;
  if (is({"false", "no", "off"})) return false;
  if (is({"null", "none"})) return nullptr;
  const auto unsigned_word = std::string_view(word).substr(word.front() == '-' || word.front() == '+');
  if (unsigned_word == "nan" || unsigned_word == "inf" || unsigned_word == "infinity")
    throw Error(fmt::format("{}: is no finite number; give one", where));
  if (text.front() == '[' || text.front() == '{' || text.front() == '"') return parse_json(text, where);
  if (text.front() == '\'') {
    if (text.size() < 2 || text.back() != '\'')
      throw Error(fmt::format("{}: the quote is not closed", where));
    return std::string(text.substr(1, text.size() - 2));
  }
  return std::string(text);
}

std::string setting_key(std::string_view text) { return std::string(trimmed(text)); }

void set_key(const std::string& path, nlohmann::json value, nlohmann::json& object,
             const std::string& where) {
  constexpr std::ptrdiff_t most_dots = 16;  // no key is that deep, and JSON is destroyed by recursion
  if (std::count(path.begin(), path.end(), '.') > most_dots)
    throw Error(fmt::format("{}: a key of more than {} parts; keys are nested as in training.epochs=3", where,
                            most_dots + 1));
  nlohmann::json* place = &object;
  for (std::size_t start = 0;;) {
    if (!place->is_object())
      throw Error(fmt::format("{}: \"{}\" holds no other keys; keys are nested as in training.epochs=3",
                              where, path.substr(0, start - (start > 0))));
    const auto dot = path.find('.', start);
    const auto key = path.substr(start, dot == std::string::npos ? dot : dot - start);
    if (dot == std::string::npos) {
      if (value.is_null())
        place->erase(key);
      else
        (*place)[key] = std::move(value);
      return;
    }
    if (!place->contains(key)) (*place)[key] = nlohmann::json::object();
    place = &(*place)[key];
    start = dot + 1;
  }
}

void apply_setting(const std::string& assignment, nlohmann::json& object) {
  apply_settings(read_setting(assignment), object);
}

}  // namespace stoic
