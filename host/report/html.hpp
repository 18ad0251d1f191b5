#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "stoic/host/report/text.hpp"

namespace stoic {

/// Pieces of a page that stands alone: no script, no picture, no style from elsewhere. Arguments named `text`
/// or given as cells are escaped; those named `html` are pieces made here.
std::string html_paragraph(std::string_view text);
std::string html_warning(std::string_view text);
std::string html_table(const Rows& rows);
/// A plot with the sentences below it.
std::string html_figure(std::string_view svg_html, std::string_view caption_text);
/// Lines as they are.
std::string html_listing(std::string_view text);
/// Hidden until the reader opens it.
std::string html_details(std::string_view summary_text, std::string_view html);

struct HtmlSection {
  std::string id;  ///< letters and hyphens
  std::string title;
  std::string html;
};

/// The page with its table of contents. It follows the colours of a dark system and the width of a phone, and
/// its content policy forbids to load anything.
std::string html_page(std::string_view title_text, std::string_view introduction_html,
                      const std::vector<HtmlSection>& sections);

}  // namespace stoic
