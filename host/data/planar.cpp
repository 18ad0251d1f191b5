#include <cmath>
#include <numbers>
#include <utility>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using PlanarPoint = std::pair<double, double>;

PlanarPoint polar(double radius, double turns) {
  const double angle = 2 * std::numbers::pi * turns;
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

/// A point of a class without noise; `along` is uniform in [0, 1).
PlanarPoint point_of(const std::string& set, double label, double classes, double along) {
  if (set == "blobs") return polar(0.75, label / classes);
  if (set == "circles") return polar((label + 1) / classes, along);
  if (set == "spirals") {
    // The square root spreads the samples evenly along the arm, which lengthens with its radius.
    const double radius = std::sqrt(along);
    return polar(radius, label / classes + 1.5 * radius);
  }
  // Moons: the second one upside down, its tips at the middle of the first.
  const auto [x, y] = polar(0.6, along / 2);
  return label == 0 ? PlanarPoint{x - 0.3, y - 0.15} : PlanarPoint{0.3 - x, 0.15 - y};
}

}  // namespace

Dataset make_planar(const std::string& set, std::uint64_t seed, Split split, std::int64_t samples,
                    std::int64_t classes, double noise) {
  Dataset data{2, classes, {}, {}};
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(2 * samples));
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    const std::int64_t label = sample % classes;
    // Even and odd sequences: neither split's samples depend on how many the other has.
    const RandomKey key{seed, Purpose::planar,
                        2 * static_cast<std::uint64_t>(sample) + (split == Split::test)};
    const auto [x, y] =
        point_of(set, static_cast<double>(label), static_cast<double>(classes), random_uniform(key, 0));
    values.push_back(x + noise * random_normal(key, 1));
    values.push_back(y + noise * random_normal(key, 2));
    data.labels.push_back(static_cast<std::uint8_t>(label));
  }
  data.samples = {std::move(values), 2};
  return data;
}

}  // namespace stoic
