#include "stoic/sim/io/json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic {

namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 26;

[[noreturn]] void fail_at(std::string_view text, std::size_t at, const std::string& file, const char* what) {
  const auto before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n');
  const auto column = 1 + (start == std::string_view::npos ? at : at - start - 1);
  throw Error(fmt::format("{}: line {} column {}: {}", file, line, column, what));
}

/// Copies, comparisons and outputs of values call themselves for what is inside, so depth costs stack.
void check_depth(std::string_view text, const std::string& file) {
  constexpr int deepest = 64;
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted && c == '\\') ++at;
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if ((c == '[' || c == '{') && ++depth > deepest)
      fail_at(text, at, file, "brackets are nested deeper than 64; nothing here needs more than a few");
    if (c == ']' || c == '}') --depth;
  }
}

/// A value as messages show it.
std::string shown(const nlohmann::json& value) { return one_line(json_text(value), 200); }

}  // namespace

nlohmann::json parse_json(std::string_view text, const std::string& file) {
  if (text.size() > most_bytes)
    throw Error(fmt::format("{}: has {} bytes of JSON; at most {} are read", file, text.size(), most_bytes));
  check_depth(text, file);
  // nlohmann keeps the last of two equal keys; a file that says two things is refused instead.
  std::vector<std::set<std::string>> keys;
  std::string twice;
  const auto watch = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(parsed.get<std::string>()).second && twice.empty())
      twice = parsed.get<std::string>();
    return true;
  };
  try {
    auto result = nlohmann::json::parse(text, watch);
    if (!twice.empty()) throw Error(fmt::format("{}: key \"{}\" is given twice; keep one", file, twice));
    return result;
  } catch (const nlohmann::json::parse_error& error) {
    fail_at(text, std::min(error.byte > 0 ? error.byte - 1 : 0, text.size()), file,
            "not valid JSON; check commas, quotes and brackets there");
  } catch (const nlohmann::json::exception&) {
    throw Error(fmt::format("{}: not valid JSON: a number or a text in it cannot be represented", file));
  }
}

nlohmann::ordered_json parse_ordered_json(std::string_view text, const std::string& file) {
  parse_json(text, file);
  return nlohmann::ordered_json::parse(text);
}

std::optional<nlohmann::json> try_parse_json(std::string_view text) {
  try {
    return parse_json(text, "");
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string nearest_word(const std::string& word, const std::vector<std::string>& known) {
  constexpr std::size_t longest = 100;  // what is longer is no slip of the pen, and would take long
  std::string best;
  if (word.size() > longest) return best;
  std::size_t best_distance = std::max<std::size_t>(3, word.size() / 2);
  for (const auto& candidate : known) {
    if (candidate.size() > longest) continue;
    // Edit distance in which two swapped neighbours count once (optimal string alignment).
    std::vector<std::size_t> before, last, row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 0; i < word.size(); ++i) {
      before = std::exchange(last, row);
      row[0] = i + 1;
      for (std::size_t j = 0; j < candidate.size(); ++j) {
        row[j + 1] = std::min({last[j] + (word[i] != candidate[j]), last[j + 1] + 1, row[j] + 1});
        if (i > 0 && j > 0 && word[i] == candidate[j - 1] && word[i - 1] == candidate[j])
          row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

JsonReader::JsonReader(const nlohmann::json& object, std::string where)
    : object_(object), where_(std::move(where)) {
  if (!object.is_object()) throw Error(fmt::format("{}: must be a JSON object {{...}}", where_));
}

void JsonReader::fail(const std::string& key, const std::string& what) const {
  throw Error(fmt::format("{}: \"{}\" {}", where_, key, what));
}

bool JsonReader::has(const std::string& key) {
  known_.insert(key);
  return object_.contains(key);
}

const nlohmann::json& JsonReader::member(const std::string& key) {
  if (has(key)) return object_.at(key);
  // A misspelt key reads as a missing one: name the candidate among those that are there.
  std::vector<std::string> present;
  for (const auto& [name, value] : object_.items()) present.push_back(name);
  const auto near = nearest_word(key, present);
  fail(key,
       near.empty() ? "is missing; add it" : fmt::format("is missing; did you write \"{}\" instead?", near));
}

std::int64_t JsonReader::integer(const std::string& key, std::int64_t least, std::int64_t most) {
  const auto& value = member(key);
  const auto wanted = fmt::format("must be a whole number from {} to {}, not {}", least, most, shown(value));
  if (!value.is_number_integer()) fail(key, wanted);
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
    fail(key, wanted);
  const auto number = value.get<std::int64_t>();
  if (number < least || number > most) fail(key, wanted);
  return number;
}

std::int64_t JsonReader::integer_or(const std::string& key, std::int64_t otherwise, std::int64_t least,
                                    std::int64_t most) {
  return has(key) ? integer(key, least, most) : otherwise;
}

double JsonReader::number(const std::string& key, double least, double most) {
  const auto& value = member(key);
  const auto wanted = fmt::format("must be a number from {} to {}, not {}", least, most, shown(value));
  if (!value.is_number()) fail(key, wanted);
  const auto number = value.get<double>();
  if (!std::isfinite(number) || number < least || number > most) fail(key, wanted);
  return number;
}

double JsonReader::number_or(const std::string& key, double otherwise, double least, double most) {
  return has(key) ? number(key, least, most) : otherwise;
}

bool JsonReader::boolean_or(const std::string& key, bool otherwise) {
  if (!has(key)) return otherwise;
  const auto& value = member(key);
  if (!value.is_boolean()) fail(key, fmt::format("must be true or false, not {}", shown(value)));
  return value.get<bool>();
}

std::string JsonReader::text(const std::string& key) {
  const auto& value = member(key);
  if (!value.is_string()) fail(key, fmt::format("must be a text in quotes, not {}", shown(value)));
  return value.get<std::string>();
}

std::string JsonReader::text_or(const std::string& key, const std::string& otherwise) {
  return has(key) ? text(key) : otherwise;
}

std::string JsonReader::choice(const std::string& key, const std::vector<std::string>& allowed) {
  auto value = text(key);
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    const auto near = nearest_word(value, allowed);
    fail(key, fmt::format("must be one of {}, not \"{}\"{}", fmt::join(allowed, ", "), value,
                          near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
  }
  return value;
}

std::string JsonReader::choice_or(const std::string& key, const std::string& otherwise,
                                  const std::vector<std::string>& allowed) {
  return has(key) ? choice(key, allowed) : otherwise;
}

JsonReader JsonReader::object(const std::string& key) {
  const auto& value = member(key);
  return JsonReader(value, fmt::format("{}: \"{}\"", where_, key));
}

const nlohmann::json& JsonReader::array(const std::string& key) {
  const auto& value = member(key);
  if (!value.is_array()) fail(key, fmt::format("must be a list [...], not {}", shown(value)));
  return value;
}

void JsonReader::finish() const {
  for (const auto& [key, value] : object_.items()) {
    if (known_.contains(key)) continue;
    const auto near = nearest_word(key, {known_.begin(), known_.end()});
    fail(key, near.empty() ? fmt::format("is not a known key; known are {}", fmt::join(known_, ", "))
                           : fmt::format("is not a known key; did you mean \"{}\"?", near));
  }
}

}  // namespace stoic
