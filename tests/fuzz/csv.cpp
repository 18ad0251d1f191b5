// Tables of samples: any text, with each kind of header and label column.
#include "stoic/host/data/csv.hpp"

#include <cmath>

#include "fuzz.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::fuzz {

void run(std::string_view input) {
  for (const CsvOptions& options :
       {CsvOptions{}, CsvOptions{.header = true}, CsvOptions{.label_column = 1, .header = false},
        CsvOptions{.label = "kind"}}) {
    try {
      const auto table = parse_csv(input, "f.csv", options);
      require(table.size() > 0 && !table.names.empty(), "a table that is taken has samples and features");
      require(table.values.size() == table.labels.size() * table.names.size(), "no line is ragged");
      require(table.lines.size() == table.labels.size(), "every sample has a line");
      for (const double value : table.values) require(std::isfinite(value), "every value is finite");
    } catch (const Error&) {
    }
  }
}

std::vector<std::string> seeds() {
  return {"a,b,kind\n1,2,x\n3,4,y\n", "1;2;0\n3;4;1\n",
          "\xEF\xBB\xBF\"a\"\t\"k\"\r\n-1e3\t\"x, \"\"y\"\"\"\r\n\r\n"};
}

std::vector<std::string> words() {
  return {"kind", "\"", "\"\"", ",", ";", "\t", "\r\n", "nan", "-inf", "1e999", "1e-999", "+", "0x1p3"};
}

}  // namespace stoic::fuzz
