#pragma once
#include "stoic/host/compare/comparison.hpp"
#include "stoic/host/report/text.hpp"

namespace stoic {

/// What a comparison says as tables for people: on the console and on the page.
Rows accuracy_rows(const Comparison& c);
Rows vector_rows(const Comparison& c);
Rows phase_rows(const Comparison& c);
Rows instruction_rows(const Comparison& c);
Rows word_length_rows(const WordLengthSweep& sweep);
/// A line for each trial.
Rows noise_rows(const std::vector<NoiseCurve>& curves);
/// Only the accuracies: state widths downwards, weight widths across, a dash for what cannot be compiled.
Rows word_length_grid(const WordLengthSweep& sweep);
/// True class by decided class in fixed point; where float differs, the change from float behind the count.
Rows confusion_rows(const Comparison& c);
/// The first `most` samples on which float and fixed point decide differently.
Rows disagreement_rows(const Comparison& c, std::size_t most);
Rows network_rows(const Comparison& c);

/// Root mean square and largest error of a component of the last state, by where it comes from.
Rows state_error_rows(const StateError& error, const Recipe& recipe);
/// How the trials under noise compare fixed point with float, in a sentence or two.
std::string noise_difference_text(const std::vector<NoiseCurve>& curves);
/// "98.37 to 98.81 %"
std::string percent_range(const Interval& interval);
/// The paired difference with its interval, in percentage points, and what it means.
std::string difference_text(const PairedDifference& difference);

}  // namespace stoic
