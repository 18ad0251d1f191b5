#include "stoic/host/data/csv.hpp"

#include <gmock/gmock.h>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace csv_test {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

void expect_error(const std::string& text, const std::vector<std::string>& parts, CsvOptions options = {}) {
  for (const auto& part : parts)
    EXPECT_THAT([&] { parse_csv(text, "f.csv", options); },
                ThrowsMessage<Error>(AllOf(HasSubstr("f.csv: "), HasSubstr(part), Not(HasSubstr("\n")))))
        << text;
}

TEST(Csv, HasALineForEachSampleWithOrWithoutAHeader) {
  for (const std::string header : {"a,b,kind\n", ""}) {
    const auto table = parse_csv(header + "1,-2.5,x\n3e2,+4,y\n", "f.csv");
    EXPECT_THAT(table.values, ElementsAre(1, -2.5, 300, 4));
    EXPECT_THAT(table.labels, ElementsAre("x", "y"));
    EXPECT_EQ(table.named, !header.empty());
    EXPECT_THAT(table.lines, header.empty() ? ElementsAre(1, 2) : ElementsAre(2, 3));
  }
  EXPECT_THAT(parse_csv("0,1\n5,2\n", "f.csv", {.header = true}).labels, ElementsAre("2"));
}

TEST(Csv, IsReadWithAnySeparatorQuotesAndLineEnds) {
  for (const std::string text :
       {"\xEF\xBB\xBFp;q;k\r\n1;2;\"a, \"\"b\"\"\"\r\n\r\n", "p\tq\tk\n1\t 2 \t\"a, \"\"b\"\"\" \n",
        "p,\"q\",k\n 1,2,\"a, \"\"b\"\"\""}) {
    const auto table = parse_csv(text, "f.csv");
    EXPECT_THAT(table.names, ElementsAre("p", "q")) << text;
    EXPECT_THAT(table.values, ElementsAre(1, 2)) << text;
    EXPECT_THAT(table.labels, ElementsAre("a, \"b\"")) << text;
  }
}

TEST(Csv, TakesItsLabelsFromTheColumnNamedOrCounted) {
  const std::string text = "kind,a,b\nx,1,2\n";
  for (const CsvOptions& options : {CsvOptions{.label = "kind"}, CsvOptions{.label_column = 1}}) {
    const auto table = parse_csv(text, "f.csv", options);
    EXPECT_THAT(table.labels, ElementsAre("x"));
    EXPECT_THAT(table.names, ElementsAre("a", "b"));
  }
  expect_error(text, {"\"colour\"", "kind, a, b", "data.label"}, {.label = "colour"});
  expect_error(text, {"3 columns", "number 4"}, {.label_column = 4});
}

TEST(Csv, IsRefusedByLineAndColumn) {
  expect_error("a,b,k\n1,2,x\n1,x\n", {"line 3", "2 columns", "3"});
  expect_error("a,b,k\n1,,x\n", {"line 2", "column 2 (\"b\") is empty"});
  expect_error("a,b,k\n1,2,\n", {"line 2", "column 3 (\"k\") is empty"});
  expect_error("a,b,k\n1,2,x\n1,two,x\n", {"line 3", "column 2 (\"b\")", "\"two\"", "no number"});
  expect_error("a,2,k\n1,2,x\n", {"line 1", "data.header"});
  for (const std::string bad : {"nan", "inf", "-infinity", "1e999", "1e39"})
    expect_error("a,b,k\n1," + bad + ",x\n", {"line 2", "column 2 (\"b\")", bad, "finite"});
  expect_error("", {"no samples"});
  expect_error("a,b,k\n", {"no samples"});
  expect_error("abc\n", {"line 1", "one column"});
  expect_error(std::string("1,2\n\0", 5), {"no CSV"});
  expect_error("1,\"2\n", {"line 1", "quote"});
  expect_error(",a,k\n0,1,x\n", {"column 1 has no name", "index=False"});
  expect_error(std::string(5000, ','), {"line 1", "4096 inputs"});
}

}  // namespace csv_test
}  // namespace stoic
