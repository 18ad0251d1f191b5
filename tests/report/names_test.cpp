// Names that strangers chose, in pages, pictures and tables.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "markup_check.hpp"
#include "stoic/host/report/comparison_json.hpp"
#include "stoic/host/report/html.hpp"
#include "stoic/host/report/svg_plot.hpp"

namespace stoic {
namespace names_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string nasty =
    "=<img src=x onerror=alert(1)>&\"', \n\t\x1b[31m\xe9 \xc3\xa9 \xe2\x80\xae]]>--><!--";

TEST(Names, AreTextInPagesAndPictures) {
  LinePlot plot{.title = nasty, .heading = {nasty}, .x = {.label = nasty}, .y = {.label = nasty}};
  plot.series.push_back({.name = nasty, .points = {{1, 1}, {2, 2}}});
  HeatMap map{.title = nasty,
              .heading = {nasty},
              .x_label = nasty,
              .y_label = nasty,
              .value_label = nasty,
              .x_names = {nasty, "b"},
              .y_names = {nasty}};
  map.cells = {{.value = 1, .text = nasty, .explanation = nasty}, {.value = 2, .text = "2"}};
  const auto page = html_page(nasty, html_paragraph(nasty),
                              {{"a", nasty,
                                html_table({{nasty, "b"}, {nasty, "1"}}) + html_details(nasty, "") +
                                    html_figure(svg(plot), nasty) + html_figure(svg(map), nasty)}});
  for (const auto& text : {svg(plot), svg(map), page}) {
    EXPECT_THAT(text, AllOf(Not(HasSubstr("<img")), Not(HasSubstr("\xe9 ")), Not(HasSubstr("\x1b")),
                            Not(HasSubstr("\xe2\x80\xae")), Not(HasSubstr("<!--")), HasSubstr("&lt;img"),
                            HasSubstr("\xc3\xa9"), HasSubstr("\\xe9")));
  }
  EXPECT_EQ(markup_fault(svg(plot)), "");
  EXPECT_EQ(markup_fault(svg(map)), "");
}

TEST(Names, AreOneCellOfOneLineInTables) {
  const auto text =
      csv_text(nlohmann::ordered_json::parse(R"([{"a": "x,y\nz", "b,\"c": 1}, {"a": "=1+1", "b,\"c": -2},
                                                               {"a": "@f", "b,\"c": null}, {"a": "é-", "b,\"c": 0.5}])"));
  EXPECT_EQ(text,
            "a,\"b,\"\"c\"\n"
            "\"x,y\\nz\",1\n"
            "\"'=1+1\",-2\n"
            "\"'@f\",\n"
            "\"\xc3\xa9-\",0.5\n");
}

}  // namespace names_test
}  // namespace stoic
