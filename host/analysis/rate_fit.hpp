#pragma once
#include <map>
#include <vector>

namespace stoic {

/// The mean exponent of some starts at the learning rate 2^x.
struct PlacedExponent {
  double x = 0, exponent = 0;
};

/// Where the exponent is `onset`, by a line through the logarithms of exponents (from 1e-3 to `most`), no
/// further than a factor of two beyond them; their middle where they do not grow. At least two places.
double crossing(const std::vector<PlacedExponent>& placed, double onset, double most);

/// The x where the parabola that fits what was learnt (a figure of merit by x) best has its top, within the
/// places; `best` where it has none. At least three places.
double top_of_fitted_parabola(const std::map<double, double>& learnt, double best);

}  // namespace stoic
