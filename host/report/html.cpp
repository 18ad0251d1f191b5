#include "stoic/host/report/html.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/report/svg_plot.hpp"

namespace stoic {
namespace {

constexpr std::string_view page_style = R"(:root { color-scheme: light dark; --page: #ffffff; --text: #1b1f24;
  --faint: #59636e; --grid: #d6dbe1; --band: #f4f6f8; --heat: #e69f00; }
@media (prefers-color-scheme: dark) { :root { --page: #14171a; --text: #e8eaed; --faint: #a3acb5;
  --grid: #3a4149; --band: #1d2226; --heat: #a86400; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 54rem; background: var(--page); color: var(--text);
  font: 16px/1.5 sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 0.6rem; }
nav { display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; }
a { color: inherit; }
figure { margin: 1.2rem 0; }
figcaption { color: var(--faint); font-size: 0.92rem; margin-top: 0.4rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; margin: 0.8rem 0; }
th, td { padding: 0.25rem 0.55rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); }
th { background: var(--band); }
th.number { white-space: normal; }
td:first-child { white-space: nowrap; }
td:last-child:not(.number) { min-width: min(13rem, 40vw); overflow-wrap: anywhere; }
td:nth-child(n+4):last-child:not(.number) { min-width: 18rem; }
@media (max-width: 32rem) { th, td { padding: 0.2rem 0.35rem; } table { font-size: 0.84rem; } }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
summary { cursor: pointer; }
.warning { border-left: 0.25rem solid var(--heat); padding-left: 0.6rem; }
pre { overflow-x: auto; font-size: 0.84rem; }
)";

/// Columns that hold nothing but numbers below the heading, empty cells aside.
std::vector<bool> number_columns(const Rows& rows) {
  std::vector<bool> numbers(rows[0].size(), true);
  for (std::size_t r = 1; r < rows.size(); ++r)
    for (std::size_t c = 0; c < std::min(numbers.size(), rows[r].size()); ++c)
      if (!rows[r][c].empty() && !looks_like_number(rows[r][c])) numbers[c] = false;
  return numbers;
}

std::string html_row(const std::vector<std::string>& cells, const std::vector<bool>& numbers,
                     const char* element) {
  std::string html = "<tr>";
  for (std::size_t c = 0; c < cells.size(); ++c)
    html += fmt::format("<{0}{1}>{2}</{0}>", element,
                        c < numbers.size() && numbers[c] ? " class=\"number\"" : "", escaped(cells[c]));
  return html + "</tr>\n";
}

}  // namespace

std::string html_paragraph(std::string_view text) { return fmt::format("<p>{}</p>\n", escaped(text)); }

std::string html_warning(std::string_view text) {
  return fmt::format("<p class=\"warning\">Warning: {}</p>\n", escaped(text));
}

std::string html_table(const Rows& rows) {
  if (rows.empty()) return "";
  const auto numbers = number_columns(rows);
  std::string html =
      "<div class=\"wide\"><table>\n<thead>" + html_row(rows[0], numbers, "th") + "</thead>\n<tbody>";
  for (std::size_t r = 1; r < rows.size(); ++r) html += html_row(rows[r], numbers, "td");
  return html + "</tbody></table></div>\n";
}

std::string html_figure(std::string_view svg_html, std::string_view caption_text) {
  return fmt::format("<figure><div class=\"wide\">{}</div><figcaption>{}</figcaption></figure>\n", svg_html,
                     escaped(caption_text));
}

std::string html_listing(std::string_view text) { return fmt::format("<pre>{}</pre>\n", escaped(text)); }

std::string html_details(std::string_view summary_text, std::string_view html) {
  return fmt::format("<details><summary>{}</summary>\n{}</details>\n", escaped(summary_text), html);
}

std::string html_page(std::string_view title_text, std::string_view introduction_html,
                      const std::vector<HtmlSection>& sections) {
  std::string contents;
  std::string body;
  for (const auto& section : sections) {
    contents += fmt::format("<a href=\"#{}\">{}</a>\n", section.id, escaped(section.title));
    body += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", section.id,
                        escaped(section.title), section.html);
  }
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<title>{0}</title>\n<style>\n{1}{2}</style>\n</head>\n<body>\n<h1>{0}</h1>\n{3}<nav>\n{4}</nav>\n{5}"
      "</body>\n</html>\n",
      escaped(title_text), page_style, plot_style(), introduction_html, contents, body);
}

}  // namespace stoic
