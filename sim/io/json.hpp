#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace stoic {

/// Parses JSON text; `file` names it in messages. Throws Error with line and column, and for a key given
/// twice, brackets nested deeper than 64 and more than 64 MiB.
nlohmann::json parse_json(std::string_view text, const std::string& file);

/// The same with the keys in the order of the text.
nlohmann::ordered_json parse_ordered_json(std::string_view text, const std::string& file);

/// What parse_json gives, or nothing where it throws.
std::optional<nlohmann::json> try_parse_json(std::string_view text);

/// JSON text, indented by `indent` spaces or in one line. Bytes that are no UTF-8, such as those of a file's
/// name, become U+FFFD, so that it throws nothing.
template <class Json>
std::string json_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// Reads a JSON object strictly: each getter checks presence, type and range, `finish` refuses keys that no
/// getter asked for and suggests the nearest known one. All throw Error, naming file, key, value and range.
class JsonReader {
 public:
  /// `where` names the object in messages ("models/x.json"). Throws when `object` is not an object. The
  /// object must outlive the reader.
  JsonReader(const nlohmann::json& object, std::string where);

  /// What names this object in messages.
  const std::string& where() const { return where_; }
  bool has(const std::string& key);
  std::int64_t integer(const std::string& key, std::int64_t least, std::int64_t most);
  std::int64_t integer_or(const std::string& key, std::int64_t otherwise, std::int64_t least,
                          std::int64_t most);
  /// Finite, within [least, most].
  double number(const std::string& key, double least, double most);
  double number_or(const std::string& key, double otherwise, double least, double most);
  bool boolean_or(const std::string& key, bool otherwise);
  std::string text(const std::string& key);
  std::string text_or(const std::string& key, const std::string& otherwise);
  /// One of `allowed`; another value gets a suggestion.
  std::string choice(const std::string& key, const std::vector<std::string>& allowed);
  std::string choice_or(const std::string& key, const std::string& otherwise,
                        const std::vector<std::string>& allowed);
  JsonReader object(const std::string& key);
  const nlohmann::json& array(const std::string& key);
  /// Every key must have been asked for by now.
  void finish() const;
  /// Error that names this object and `key`.
  [[noreturn]] void fail(const std::string& key, const std::string& what) const;

 private:
  const nlohmann::json& member(const std::string& key);
  const nlohmann::json& object_;
  std::string where_;
  std::set<std::string> known_;
};

/// The entry of `known` with the smallest edit distance to `word`, or empty when none is near.
std::string nearest_word(const std::string& word, const std::vector<std::string>& known);

}  // namespace stoic
