#pragma once
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace stoic {

/// A system of a program's own: a differential equation dx/dt = f(x), or a map x(t+1) = f(x(t)).
struct OwnSystem {
  std::int64_t width = 0;  ///< components of x
  double step = 0;         ///< of RK4, in the equation's time; 0: a map, whose time counts steps
  std::function<void(std::span<const double> x, std::span<double> f)> rule = {};
  /// The derivative of f at x along d.
  std::function<void(std::span<const double> x, std::span<const double> d, std::span<double> f)> push = {};
};

struct ExponentsOptions {
  std::int64_t count = 0;  ///< of the largest exponents; 0: all
  double transient = 0;    ///< time before anything is measured
  double duration = 0;     ///< time that is measured
  std::uint64_t seed = 1;  ///< of the tangents' first directions
};

/// A rate with the half width of its confidence interval of 95 %.
struct Exponent {
  double value = 0, half_width = 0;
};

struct ExponentsResult {
  std::vector<Exponent> exponents;  ///< largest first, in 1/time
  Exponent sum;                     ///< of those
  bool converged = false;
  std::string verdict;                 ///< why, in words
  std::optional<double> kaplan_yorke;  ///< dimension of the attractor, where all it takes was asked for
  std::int64_t steps = 0;              ///< measured

  std::string print() const;
  nlohmann::ordered_json json() const;
};

/// Lyapunov exponents of the long run from this start, by the method of Benettin and others, with intervals
/// by batch means. Throws Error for an orbit that diverges, and for a duration of less than twenty steps.
ExponentsResult exponents(const OwnSystem& system, std::span<const double> start,
                          const ExponentsOptions& options);

}  // namespace stoic
