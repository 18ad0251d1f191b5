#pragma once
#include <regex>
#include <string>
#include <vector>

namespace stoic {

/// What is wrong with a piece of HTML or SVG: an element that is not closed, a bare & or <, an attribute
/// without quotes. Empty when nothing is.
inline std::string markup_fault(const std::string& markup) {
  static const std::regex entity("&(amp|lt|gt|quot|#39);");
  static const std::regex tag("</?[a-zA-Z][a-zA-Z0-9]*( [a-zA-Z][-a-zA-Z0-9]*=\"[^\"<]*\")*/?>");
  std::vector<std::string> open;
  for (std::size_t at = 0; at < markup.size(); ++at) {
    const auto rest = markup.substr(at, 4000);
    std::smatch match;
    if (markup[at] == '&' && !std::regex_search(rest, match, entity, std::regex_constants::match_continuous))
      return "bare & at: " + rest.substr(0, 60);
    if (markup[at] != '<') continue;
    if (rest.starts_with("<!DOCTYPE html>")) continue;
    if (!std::regex_search(rest, match, tag, std::regex_constants::match_continuous))
      return "no tag at: " + rest.substr(0, 60);
    const auto text = match.str();
    const auto name =
        text.substr(text[1] == '/' ? 2 : 1, text.find_first_of(" />", 2) - (text[1] == '/' ? 2 : 1));
    if (text[1] == '/') {
      if (open.empty() || open.back() != name) return "closes what is not open: " + text;
      open.pop_back();
    } else if (!text.ends_with("/>") && name != "meta") {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : "never closed: " + open.back();
}

/// How often `part` occurs.
inline int occurrences(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// What a page would fetch or lead to outside itself; empty when there is nothing.
inline std::string outside_reference(const std::string& page) {
  for (const auto* bad : {"http://", "https://", "src=", "url(", "@import", "<script", "<link", "<iframe"})
    if (page.find(bad) != std::string::npos) return bad;
  return occurrences(page, "href=") == occurrences(page, "href=\"#") ? "" : "href";
}

}  // namespace stoic
