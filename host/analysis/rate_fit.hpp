#pragma once
#include <map>
#include <optional>
#include <vector>

namespace stoic {

/// The mean exponent of some starts at the learning rate 2^x.
struct PlacedExponent {
  double x = 0, exponent = 0;
};

/// Where the exponent is `onset`, by a line through the logarithms of exponents (from 1e-3 to `most`), no
/// further than a factor of two beyond them; their middle where they do not grow. At least two places.
double crossing(const std::vector<PlacedExponent>& placed, double onset, double most);

/// Which place to judge next, so that a factor of two lies on each side of the best one: the middle of a wider gap beside
/// it, on the better side first; below all, by `step`, where that is best. Nothing where all is narrow.
std::optional<double> beside_best(const std::map<double, double>& learnt, double step);

/// Where most is learnt, of what was learnt (a figure of merit) by x, at the onset and around: the top of the parabola
/// that fits all best, within the places; the best of them where it has none. At least three places. Of a `full` batch
/// the parabola is that through the best and its neighbours, where it has two; and where the best is no more than a
/// factor of two below the onset, it is the middle of the two: the onset was put too high, and lies between them.
/// Above the onset it is as far beyond the top as learns the same but for `worth`: short trainings know their start
/// alone, where large rates do worst.
double place_best(const std::map<double, double>& learnt, double onset, bool full, double worth = 0);

}  // namespace stoic
