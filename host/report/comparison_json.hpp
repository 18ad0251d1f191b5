#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stoic/host/compare/comparison.hpp"

namespace stoic {

/// All numbers of a comparison.
nlohmann::ordered_json comparison_json(const Comparison& c);

/// A file of comma-separated values.
struct CsvFile {
  std::string name;
  std::string text;
};

/// One file for each table and plot: the same numbers, a line for each, keys as the heading.
std::vector<CsvFile> comparison_csv(const Comparison& c);

/// Objects with the same keys as comma-separated values: the keys, then a line for each object. Texts are
/// quoted, on one line, and with an apostrophe before what a spreadsheet would take for a formula (= + - @);
/// what there is no finite number for stays empty.
std::string csv_text(const nlohmann::ordered_json& rows);

nlohmann::ordered_json state_error_json(const StateError& error);

}  // namespace stoic
