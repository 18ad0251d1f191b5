#pragma once
#include <nlohmann/json.hpp>

#include "stoic/host/compare/comparison.hpp"
#include "stoic/host/report/text.hpp"

namespace stoic {

/// Where the numbers of a comparison come from, as a table for people and as an object for programs.
Rows provenance_rows(const Comparison& comparison);
nlohmann::ordered_json provenance_json(const Comparison& comparison);

}  // namespace stoic
